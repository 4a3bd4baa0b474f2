# Runs against the servers that the environment names. `make sandbox` prints an environment to paste, with
# TF_VAR_infisical_project_id, an Infisical project of that server.

variables {
  name           = "module-test"
  environment    = "prod"
  gitlab_project = "acme/app"
}

run "writes_the_variables" {
  assert {
    condition     = output.status == "succeeded" && output.last_message == null
    error_message = "The first run did not succeed."
  }

  assert {
    condition     = can(tonumber(output.gitlab_project_id))
    error_message = "The path of the project was not looked up."
  }
}

# What the run before put out passes through a variable: in OpenTofu, assertions do not know run.
run "updates_in_place" {
  variables {
    key_schema = "INF_{{secretKey}}"
    masked     = true
    before     = run.writes_the_variables
  }

  assert {
    condition     = output.sync_id == var.before.sync_id && output.connection_id == var.before.connection_id
    error_message = "The sync or the connection was replaced."
  }

  assert {
    condition     = output.status == "succeeded"
    error_message = "The run after the change did not succeed."
  }
}

run "refuses_an_empty_scope" {
  command = plan

  variables {
    environment_scope = ""
  }

  expect_failures = [var.environment_scope]
}
