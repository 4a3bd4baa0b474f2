terraform {
  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

# Set TF_VAR_gitlab_token. The variable is ephemeral and the attribute write-only: neither plan nor state holds the token.
variable "gitlab_token" {
  type      = string
  sensitive = true
  ephemeral = true
  default   = null # only an apply that sends the token needs it
}

resource "infisical_gitlab_connection" "web" {
  name         = "gitlab-web"
  description  = "Syncs secrets into the projects of acme/platform"
  instance_url = "https://gitlab.example.com"
  use_cases    = ["project_secret_sync"]                   # the plan fails for a token that cannot do this
  targets      = { projects = ["acme/platform/apps/api"] } # or that cannot do it here

  access_token = {
    type     = "group"
    value_wo = var.gitlab_token
  }
}
