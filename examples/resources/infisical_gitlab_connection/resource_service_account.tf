# A managed connection whose tokens belong to a service account of the group, so that no rotation makes a new user.
# The account exists, with a role in the targets.
resource "infisical_gitlab_connection" "account" {
  name      = "gitlab-web-account"
  use_cases = ["project_secret_sync"]
  targets   = { projects = ["acme/platform/apps/api"] }

  managed_access_token = {
    group           = "acme"
    service_account = "deployer"
  }
}
