# INFISICAL_HOST, INFISICAL_UNIVERSAL_AUTH_CLIENT_ID, INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET, GITLAB_BASE_URL, GITLAB_TOKEN
provider "infisical" {
  host = "https://infisical.example.com"

  auth = {
    universal = {
      client_id     = "00000000-0000-0000-0000-000000000000"
      client_secret = var.infisical_client_secret
    }
  }

  gitlab = {
    instance_url = "https://gitlab.example.com"
    token        = var.gitlab_token # looks up targets (read_api), creates managed tokens (api)
  }
}

variable "infisical_client_secret" {
  type      = string
  sensitive = true
  ephemeral = true
}
