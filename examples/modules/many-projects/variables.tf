variable "infisical_project_id" {
  description = "Id of the Infisical project that holds the secrets, and gets the connection."
  type        = string
}

variable "group" {
  description = "Full path or id of the GitLab group that holds all projects. The connection's token is made for it."
  type        = string
}

variable "name" {
  description = "Name of the connection, and beginning of the names of the syncs: lower-case letters, digits and single hyphens."
  type        = string
  default     = "gitlab"
}

variable "projects" {
  description = "What goes where, by any key, which becomes part of the sync's name: the GitLab project's full path or id, and the environment and folder of its secrets."
  type = map(object({
    project           = string
    environment       = string
    secret_path       = optional(string, "/")
    environment_scope = optional(string, "*")
    protected         = optional(bool, false)
  }))
  nullable = false

  validation {
    condition     = length(distinct([for p in var.projects : lower("${p.project} ${p.environment_scope}")])) == length(var.projects)
    error_message = "Two syncs write to the same project and environment scope, where each would undo what the other does."
  }
}

variable "unmanaged" {
  description = "What to do with variables that Infisical does not have: keep or delete."
  type        = string
  default     = "keep"
}

variable "on_destroy" {
  description = "What to do with the variables of a sync that is destroyed: keep or remove_variables."
  type        = string
  default     = "keep"
}
