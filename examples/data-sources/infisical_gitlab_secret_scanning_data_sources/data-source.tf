terraform {
  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

data "infisical_gitlab_secret_scanning_data_sources" "all" {}

# Warns of each data source that Infisical has lost its access for, without failing the plan.
check "secret_scanning" {
  assert {
    condition     = !anytrue([for d in data.infisical_gitlab_secret_scanning_data_sources.all.data_sources : d.disconnected])
    error_message = "Disconnected: ${join(", ", [for d in data.infisical_gitlab_secret_scanning_data_sources.all.data_sources : d.name if d.disconnected])}"
  }
}
