# Queues a scan every quarter, without waiting for it, when this value changes:
action "infisical_gitlab_secret_scan_run" "quarterly" {
  config {
    id   = "7c4a1e62-0b3d-4f95-a8c7-5d2e9f1b6a30"
    wait = false
  }
}

resource "terraform_data" "quarter" {
  input = "2026Q4"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.infisical_gitlab_secret_scan_run.quarterly]
    }
  }
}
