variable "tokens" {
  description = "The attribute token_details of each connection to watch, by any key, such as { web = infisical_gitlab_connection.web.token_details }. Null for a connection whose token GitLab has not described."
  type = map(object({
    name         = string
    type         = string
    expires_at   = string
    rotation_due = string
  }))
}

variable "least_days" {
  description = "Full days that each token must have left, 1 to 365. The check fails for tokens with fewer."
  type        = number
  default     = 14

  validation {
    condition     = var.least_days >= 1 && var.least_days <= 365 && floor(var.least_days) == var.least_days
    error_message = "least_days must be a whole number from 1 to 365."
  }
}

variable "project_id" {
  description = "Infisical project whose connections are counted; all that the provider's identity can see when null."
  type        = string
  default     = null
}
