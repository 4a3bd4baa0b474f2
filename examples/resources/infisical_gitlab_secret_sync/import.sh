# By id, which the address of the sync's page in Infisical ends with.
terraform import infisical_gitlab_secret_sync.api 2b9d1c34-7e5f-4a68-9b10-3c2d4e5f6a7b

# By name, in its project.
terraform import infisical_gitlab_secret_sync.api 0a7c3f52-9c1e-4b44-8f0e-2d1b7a6c5e90/name/api-prod
