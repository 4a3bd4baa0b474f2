terraform {
  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

# The connection makes its own token, which may add webhooks to the group and read its repositories.
resource "infisical_gitlab_connection" "scanning" {
  name      = "gitlab-scanning"
  use_cases = ["group_secret_scanning"]

  managed_access_token = {
    group = "acme/platform"
  }
}

# Every project of the group, new ones included. Needs GitLab Premium.
resource "infisical_gitlab_secret_scanning_data_source" "platform" {
  name          = "platform"
  description   = "Repositories of the platform team"
  connection_id = infisical_gitlab_connection.scanning.id

  target = {
    group = "acme/platform"
  }
}

# One project, with any GitLab.
resource "infisical_gitlab_secret_scanning_data_source" "api" {
  name          = "api"
  connection_id = infisical_gitlab_connection.scanning.id

  target = {
    project = "acme/platform/apps/api"
  }
}
