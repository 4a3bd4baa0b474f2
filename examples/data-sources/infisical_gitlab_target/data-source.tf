terraform {
  required_providers {
    infisical = {
      source = "infisical-community/infisical"
    }
  }
}

# Looked up with the provider's gitlab.management_token, before anything is written.
data "infisical_gitlab_target" "api" {
  project = "acme/platform/api"

  lifecycle {
    postcondition {
      condition     = !self.archived && self.marked_for_deletion_on == null
      error_message = "The project is archived, or about to be deleted."
    }
  }
}

# Its id survives renames.
output "project_id" {
  value = data.infisical_gitlab_target.api.id
}
