variable "teams" {
  description = "GitLab group and use of each team, by the team's name, which becomes part of the connection's name: lower-case letters, digits and single hyphens."
  type = map(object({
    group              = string
    use_cases          = optional(set(string), ["group_secret_sync"])
    service_account    = optional(string)
    targets            = optional(object({ groups = optional(set(string)), projects = optional(set(string)) }))
    project_id         = optional(string)
    expiration_days    = optional(number, 90)
    rotate_before_days = optional(number)
  }))
  nullable = false

  validation {
    condition     = alltrue([for team in keys(var.teams) : can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", team))])
    error_message = "Names of teams consist of lower-case letters, digits and single hyphens."
  }
}

variable "name_prefix" {
  description = "What the name of each connection begins with, before the team's. Together 64 characters at most."
  type        = string
  default     = "gitlab-"
}

variable "rotation_triggers" {
  description = "Any change of these key/value pairs rotates the tokens of all teams."
  type        = map(string)
  default     = {}
}
