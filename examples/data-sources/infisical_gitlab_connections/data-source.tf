data "infisical_gitlab_connections" "platform" {
  name_regex = "^platform-"
}

# Which of them Infisical reaches by OAuth, by name.
output "oauth_connections" {
  value = { for c in data.infisical_gitlab_connections.platform.connections : c.name => c.id if c.method == "oauth" }
}
