variable "name" {
  type        = string
  description = "Name of the connection and of the sync: up to 64 lower-case letters, digits and single hyphens."
}

variable "infisical_project_id" {
  type        = string
  description = "Id of the Infisical project that holds the secrets."
}

variable "environment" {
  type        = string
  description = "Slug of the environment in Infisical, such as prod."
}

variable "secret_path" {
  type        = string
  default     = "/"
  description = "Path of the folder in Infisical."
}

variable "gitlab_project" {
  type        = string
  description = "Full path or numeric id of the GitLab project that gets the variables."
}

variable "environment_scope" {
  type        = string
  default     = "*"
  description = "Environment scope of the variables in GitLab."

  validation {
    condition     = var.environment_scope != ""
    error_message = "To Infisical, an empty scope means all of them. Write * for variables that every environment gets."
  }
}

variable "protected" {
  type        = bool
  default     = false
  description = "Whether only jobs on protected branches and tags get the variables."
}

variable "masked" {
  type        = bool
  default     = false
  description = "Whether GitLab masks the values in job logs. Values that it cannot mask then fail the sync."
}

variable "key_schema" {
  type        = string
  default     = null
  description = "Template of the variables' names, such as INF_{{secretKey}}."
}

variable "unmanaged" {
  type        = string
  default     = "keep"
  description = "What to do with variables in that scope that Infisical does not have: keep or delete."
}

variable "on_destroy" {
  type        = string
  default     = "remove_variables"
  description = "What to do with the variables when the sync is destroyed: keep or remove_variables."
}

variable "expiration_days" {
  type        = number
  default     = 90
  description = "Days for which each token of the connection is valid, 2 to 365."
}
