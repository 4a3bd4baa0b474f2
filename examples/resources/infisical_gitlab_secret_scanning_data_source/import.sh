# By id, which the address of the data source's page in Infisical ends with.
terraform import infisical_gitlab_secret_scanning_data_source.platform 3c8e2f51-4d6a-4b79-8a21-5e6f7a8b9c0d

# By name, in its project.
terraform import infisical_gitlab_secret_scanning_data_source.platform 7b1d4e20-6c3f-4d58-9e72-1a2b3c4d5e6f/name/platform

# By name, in the organization's only project for Secret Scanning, with newer servers.
terraform import infisical_gitlab_secret_scanning_data_source.platform name/platform
