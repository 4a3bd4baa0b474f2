terraform {
  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

# The connection makes its own token, which may write the variables of everything in acme/platform.
resource "infisical_gitlab_connection" "platform" {
  name       = "gitlab-sync"
  project_id = "0a7c3f52-9c1e-4b44-8f0e-2d1b7a6c5e90"
  use_cases  = ["project_secret_sync"]

  managed_access_token = {
    group = "acme/platform"
  }
}

resource "infisical_gitlab_secret_sync" "api" {
  name          = "api-prod"
  description   = "Production secrets of the API"
  project_id    = "0a7c3f52-9c1e-4b44-8f0e-2d1b7a6c5e90"
  connection_id = infisical_gitlab_connection.platform.id

  source = {
    environment = "prod"
    secret_path = "/api"
  }

  target = {
    project           = "acme/platform/apps/api"
    environment_scope = "production"
  }

  variables = {
    protected  = true
    key_schema = "INF_{{secretKey}}"
    unmanaged  = "keep"
  }

  timeouts = {
    create = "10m"
  }
}
