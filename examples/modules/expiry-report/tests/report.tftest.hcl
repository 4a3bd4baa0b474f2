# The connections of these tests belong to the organization, whatever TF_VAR_project_id says.
variables {
  project_id = null
}

run "connections" {
  module {
    source = "./tests/setup"
  }
}

run "all_last" {
  variables {
    tokens = run.connections.tokens
  }

  assert {
    condition     = contains([59, 60], output.tokens.managed.days_left)
    error_message = "The token has ${output.tokens.managed.days_left} days left."
  }

  assert {
    condition     = length(output.expiring) == 0
    error_message = "A token of 60 days expires soon."
  }

  assert {
    condition     = output.connections["access-token"] >= 1
    error_message = "The connection was not counted."
  }
}

run "last_changed" {
  command = plan

  variables {
    tokens = run.connections.tokens
  }

  assert {
    condition     = contains([for c in output.last_changed : c.name if c.updated_at != null], "expiry-report-managed")
    error_message = "The connection is missing: ${jsonencode(output.last_changed)}"
  }
}

run "one_expires" {
  command = plan

  variables {
    tokens     = run.connections.tokens
    least_days = 61
  }

  expect_failures = [check.tokens_last]
}

run "leap_days" {
  command = plan

  variables {
    tokens = {
      past    = { name = "past", type = "group", expires_at = "2024-02-29", rotation_due = null }
      never   = { name = "never", type = "personal", expires_at = null, rotation_due = null }
      unknown = null
    }
  }

  assert {
    condition     = output.tokens.past.days_left < 0 && output.tokens.never.days_left == null && output.tokens.unknown.days_left == null
    error_message = "Days are counted wrongly: ${jsonencode(output.tokens)}"
  }

  expect_failures = [check.tokens_last]
}

run "no_days" {
  command = plan

  variables {
    tokens     = {}
    least_days = 0
  }

  expect_failures = [var.least_days]
}
