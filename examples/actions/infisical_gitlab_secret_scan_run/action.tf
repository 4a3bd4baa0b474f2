terraform {
  required_version = ">= 1.14"

  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

# Scans everything, history included, when somebody asks for it:
# terraform apply -invoke=action.infisical_gitlab_secret_scan_run.acme
action "infisical_gitlab_secret_scan_run" "acme" {
  config {
    id      = "7c4a1e62-0b3d-4f95-a8c7-5d2e9f1b6a30"
    timeout = "1h"
  }
}
