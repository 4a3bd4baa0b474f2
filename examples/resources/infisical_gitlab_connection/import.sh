# By the id of the connection; the data source infisical_gitlab_connection finds it by name.
terraform import infisical_gitlab_connection.platform 1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11
