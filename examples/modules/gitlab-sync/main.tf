# A project token of the GitLab project, which the connection creates, rotates and revokes by itself.
resource "infisical_gitlab_connection" "this" {
  name        = var.name
  description = "Writes CI/CD variables of ${var.gitlab_project}"
  project_id  = var.infisical_project_id
  use_cases   = ["project_secret_sync"]

  managed_access_token = {
    project         = var.gitlab_project
    expiration_days = var.expiration_days
  }
}

resource "infisical_gitlab_secret_sync" "this" {
  name          = var.name
  description   = "Secrets of ${var.environment} for ${var.gitlab_project}"
  project_id    = var.infisical_project_id
  connection_id = infisical_gitlab_connection.this.id

  source = {
    environment = var.environment
    secret_path = var.secret_path
  }

  target = {
    project           = var.gitlab_project
    environment_scope = var.environment_scope
  }

  variables = {
    protected  = var.protected
    masked     = var.masked
    key_schema = var.key_schema
    unmanaged  = var.unmanaged
  }

  on_destroy = var.on_destroy
}
