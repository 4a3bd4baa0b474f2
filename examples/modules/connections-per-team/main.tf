terraform {
  required_version = ">= 1.8"

  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

# Each connection creates, rotates and revokes a token of its team's group, with the provider's gitlab.token.
resource "infisical_gitlab_connection" "team" {
  for_each = var.teams

  name        = "${var.name_prefix}${each.key}"
  description = "Team ${each.key}, GitLab group ${each.value.group}"
  project_id  = each.value.project_id
  use_cases   = each.value.use_cases
  targets     = each.value.targets

  managed_access_token = {
    group              = each.value.group
    service_account    = each.value.service_account
    expiration_days    = each.value.expiration_days
    rotate_before_days = each.value.rotate_before_days
    rotation_triggers  = var.rotation_triggers
  }
}
