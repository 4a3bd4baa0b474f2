terraform {
  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

data "infisical_gitlab_connections" "all" {
  name_regex = "^gitlab-"
}

# The connections that use OAuth, by id, because a name can exist once in each project.
output "oauth_connections" {
  value = { for c in data.infisical_gitlab_connections.all.connections : c.id => c.name if c.method == "oauth" }
}
