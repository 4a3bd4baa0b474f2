terraform {
  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

data "infisical_gitlab_secret_scanning_data_source" "platform" {
  name = "platform"
}

output "scanned" {
  value = data.infisical_gitlab_secret_scanning_data_source.platform.target.include_projects
}
