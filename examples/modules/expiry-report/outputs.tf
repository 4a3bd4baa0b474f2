output "tokens" {
  description = "Each token with its date of expiry and the full days until then; days_left is null for a token that never expires or is not described."
  value       = local.report
}

output "expiring" {
  description = "Those with fewer than least_days days."
  value       = local.expiring
}

output "connections" {
  description = "Number of GitLab connections in Infisical, by method. More than the tokens given to this module means that some are not watched."
  value = {
    for method in ["access-token", "oauth"] : method => length([for c in data.infisical_gitlab_connections.all.connections : c if c.method == method])
  }
}

output "last_changed" {
  description = "When each connection was last changed in Infisical, by id, with its project. One that was not changed for a year holds a token that is at least as old."
  value = {
    for c in data.infisical_gitlab_connections.all.connections : c.id => { name = c.name, project = c.project_name, updated_at = c.updated_at }
  }
}
