# Set TF_VAR_gitlab_token. An ephemeral variable and a write-only attribute: the token is in neither plan nor state.
variable "gitlab_token" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "infisical_gitlab_connection" "platform" {
  name         = "gitlab-platform"
  description  = "Syncs secrets into the projects of acme/platform"
  instance_url = "https://gitlab.example.com"
  use_cases    = ["project_secret_sync"] # a token that cannot do this fails in the plan

  access_token = {
    type     = "group"
    value_wo = var.gitlab_token
  }
}
