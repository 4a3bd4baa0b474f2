output "connection_id" {
  description = "Id of the connection that all syncs use."
  value       = infisical_gitlab_connection.this.id
}

output "token" {
  description = "The connection's token without its secret, as the module expiry-report takes it."
  value       = infisical_gitlab_connection.this.token_details
}

output "status" {
  description = "Outcome of each sync's last run."
  value       = { for key, sync in infisical_gitlab_secret_sync.project : key => sync.status }
}
