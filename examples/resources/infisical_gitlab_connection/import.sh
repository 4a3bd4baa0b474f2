# By id, which the data source infisical_gitlab_connections and `terraform query` show.
terraform import infisical_gitlab_connection.web 1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11

# By name: of the organization itself, or of a project.
terraform import infisical_gitlab_connection.web name/gitlab-web
terraform import infisical_gitlab_connection.web 0a7c3f52-9c1e-4b44-8f0e-2d1b7a6c5e90/name/gitlab-web
