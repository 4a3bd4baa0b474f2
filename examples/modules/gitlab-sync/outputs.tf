output "connection_id" {
  value       = infisical_gitlab_connection.this.id
  description = "Id of the connection, for further syncs to the same GitLab project."
}

output "sync_id" {
  value       = infisical_gitlab_secret_sync.this.id
  description = "Id of the sync."
}

output "gitlab_project_id" {
  value       = infisical_gitlab_secret_sync.this.target.id
  description = "Numeric id of the GitLab project."
}

output "status" {
  value       = infisical_gitlab_secret_sync.this.status
  description = "State of the latest run: pending, running, succeeded or failed."
}

output "last_message" {
  value       = infisical_gitlab_secret_sync.this.last_message
  description = "Why the latest run failed; null if it did not."
}

output "token_expires_at" {
  value       = infisical_gitlab_connection.this.token_details.expires_at
  description = "When the connection's token expires. An apply within the last third of its life replaces it."
}
