# An OAuth connection on a self-hosted Infisical. The code expires after ten minutes and can be used once.
variable "authorization_code" {
  type      = string
  ephemeral = true
  default   = null
}

resource "infisical_gitlab_connection" "oauth" {
  name = "gitlab-web-oauth"
  oauth = {
    authorization_code_wo         = var.authorization_code
    authorization_code_wo_version = 1 # raise it together with a new code
  }
}
