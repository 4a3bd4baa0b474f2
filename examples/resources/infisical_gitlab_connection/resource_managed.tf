# A connection that creates, rotates and revokes its own token, with the provider's gitlab.token.
# Scopes and role follow from use_cases.
resource "infisical_gitlab_connection" "managed" {
  name      = "gitlab-web-managed"
  use_cases = ["group_secret_sync"]

  managed_access_token = {
    group              = "acme/platform"
    expiration_days    = 90
    rotate_before_days = 30
    rotation_triggers  = { quarter = "2026Q4" } # any change rotates the token on the next apply
  }
}
