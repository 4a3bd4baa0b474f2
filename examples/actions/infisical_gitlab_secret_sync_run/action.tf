terraform {
  required_version = ">= 1.14"

  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

# Runs the sync when somebody asks for it:
# terraform apply -invoke=action.infisical_gitlab_secret_sync_run.api
action "infisical_gitlab_secret_sync_run" "api" {
  config {
    id      = "2b9d1c34-7e5f-4a68-9b10-3c2d4e5f6a7b"
    timeout = "10m"
  }
}
