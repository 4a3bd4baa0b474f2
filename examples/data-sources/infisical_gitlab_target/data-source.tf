terraform {
  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

# Checks a project before anything is written to it. Needs the provider's gitlab.token.
data "infisical_gitlab_target" "api" {
  project = "acme/platform/apps/api"

  lifecycle {
    postcondition {
      condition     = !self.archived && self.marked_for_deletion_on == null
      error_message = "The project is archived, or about to be deleted."
    }
  }
}

# The id survives renames.
output "project_id" {
  value = data.infisical_gitlab_target.api.id
}
