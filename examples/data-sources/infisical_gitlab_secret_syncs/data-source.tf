terraform {
  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

data "infisical_gitlab_secret_syncs" "prod" {
  project_id = "0a7c3f52-9c1e-4b44-8f0e-2d1b7a6c5e90"
  name_regex = "-prod$"
}

# Warns of each sync whose latest run failed, without failing the plan.
check "secret_syncs" {
  assert {
    condition = alltrue([for s in data.infisical_gitlab_secret_syncs.prod.syncs : s.status != "failed"])
    error_message = join("\n", [
      for s in data.infisical_gitlab_secret_syncs.prod.syncs : "${s.name}: ${s.last_message}" if s.status == "failed"
    ])
  }
}
