terraform {
  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

data "infisical_gitlab_secret_sync" "by_id" {
  id = "2b9d1c34-7e5f-4a68-9b10-3c2d4e5f6a7b"
}

data "infisical_gitlab_secret_sync" "by_name" {
  name       = "api-prod"
  project_id = "0a7c3f52-9c1e-4b44-8f0e-2d1b7a6c5e90"
}

output "why_the_latest_run_failed" {
  value = data.infisical_gitlab_secret_sync.by_name.last_message
}
