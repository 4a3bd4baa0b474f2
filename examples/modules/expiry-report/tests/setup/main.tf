# Connections to report on: one that makes its own token.
terraform {
  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

resource "infisical_gitlab_connection" "managed" {
  name      = "expiry-report-managed"
  use_cases = ["project_secret_sync"]

  managed_access_token = {
    group           = "acme"
    expiration_days = 60
  }
}

output "tokens" {
  value = { managed = infisical_gitlab_connection.managed.token_details }
}
