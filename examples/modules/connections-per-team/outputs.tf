output "connection_ids" {
  description = "Id of each team's connection, for its Secret Syncs."
  value       = { for team, connection in infisical_gitlab_connection.team : team => connection.id }
}

output "tokens" {
  description = "Each team's token without its secret, as the module expiry-report takes it."
  value       = { for team, connection in infisical_gitlab_connection.team : team => connection.token_details }
}
