terraform {
  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

data "infisical_gitlab_connection" "by_id" {
  id = "1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11"
}

# Without project_id, the connections of the organization itself are searched.
data "infisical_gitlab_connection" "by_name" {
  name       = "gitlab-platform"
  project_id = "5e0ac7b0-3c4e-4a55-8f6d-2f8f1a3b9d10"
}

output "gitlab" {
  value = data.infisical_gitlab_connection.by_name.instance_url
}
