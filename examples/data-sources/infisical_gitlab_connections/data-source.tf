data "infisical_gitlab_connections" "platform" {
  name_regex = "^platform-"
}

# Those of them that use OAuth. By id, because a name may be there once in each project.
output "oauth_connections" {
  value = { for c in data.infisical_gitlab_connections.platform.connections : c.id => c.name if c.method == "oauth" }
}
