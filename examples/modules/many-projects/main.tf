terraform {
  required_version = ">= 1.8"

  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

# One token for all projects. The plan checks each of them with the provider's GitLab token.
resource "infisical_gitlab_connection" "this" {
  name       = var.name
  project_id = var.infisical_project_id
  use_cases  = ["project_secret_sync"]
  targets    = { projects = distinct([for p in var.projects : p.project]) }

  managed_access_token = {
    group = var.group
  }
}

resource "infisical_gitlab_secret_sync" "project" {
  for_each = var.projects

  name          = "${var.name}-${each.key}"
  project_id    = var.infisical_project_id
  connection_id = infisical_gitlab_connection.this.id

  source = {
    environment = each.value.environment
    secret_path = each.value.secret_path
  }

  target = {
    project           = each.value.project
    environment_scope = each.value.environment_scope
  }

  variables = {
    protected = each.value.protected
    unmanaged = var.unmanaged
  }

  on_destroy = var.on_destroy
}
