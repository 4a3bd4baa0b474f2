variable "sync_projects" {
  description = "Ids of the Infisical projects whose secret syncs are adopted."
  type        = set(string)
  default     = []
}

variable "managed_elsewhere" {
  description = "Regular expression for the names of the connections that other workspaces manage."
  type        = string
  default     = "^managed-"
}

list "infisical_gitlab_connection" "all" {
  provider = infisical
  limit    = 10000

  config {
    except_name_regex = var.managed_elsewhere
  }
}

list "infisical_gitlab_secret_sync" "all" {
  for_each = var.sync_projects
  provider = infisical
  limit    = 10000

  config {
    project_id = each.value
  }
}

list "infisical_gitlab_secret_scanning_data_source" "all" {
  provider = infisical
  limit    = 10000
}
