terraform {
  required_providers {
    infisical = {
      source = "infisical-community/infisical"
    }
  }
}

data "infisical_gitlab_connections" "all" {
  name_regex = "^gitlab-"
}

# Those of them that use OAuth. By id, because a name may be there once in each project.
output "oauth_connections" {
  value = { for c in data.infisical_gitlab_connections.all.connections : c.id => c.name if c.method == "oauth" }
}
