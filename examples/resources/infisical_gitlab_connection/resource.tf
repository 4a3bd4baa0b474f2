terraform {
  required_providers {
    infisical = {
      source = "infisical-community/infisical"
    }
  }
}

# Set TF_VAR_gitlab_token. An ephemeral variable and a write-only attribute: the token is in neither plan nor state.
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
  use_cases    = ["project_secret_sync"] # a token that cannot do this fails in the plan

  access_token = {
    type     = "group"
    value_wo = var.gitlab_token
  }
}
