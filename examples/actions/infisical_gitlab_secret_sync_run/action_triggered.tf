# Runs the sync whenever this version changes, here for a sync that Infisical does not run by itself.
resource "terraform_data" "release" {
  input = "2026.11"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.infisical_gitlab_secret_sync_run.api]
    }
  }
}
