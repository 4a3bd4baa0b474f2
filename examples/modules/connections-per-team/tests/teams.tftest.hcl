run "two_teams" {
  variables {
    teams = {
      platform = { group = "acme/platform" }
      apps = {
        group           = "acme"
        use_cases       = ["project_secret_sync"]
        service_account = "deployer"
        targets         = { projects = ["acme/app"] }
        expiration_days = 30
      }
    }
  }

  assert {
    condition     = toset(keys(output.connection_ids)) == toset(["apps", "platform"])
    error_message = "Not every team has a connection."
  }

  assert {
    condition     = output.tokens.platform.type == "group" && output.tokens.platform.access_level == "owner"
    error_message = "The token of platform is not an owner of its group."
  }

  assert {
    condition     = output.tokens.apps.type == "personal" && output.tokens.apps.username == "deployer"
    error_message = "The token of apps is not its service account's."
  }
}

# What the run before put out passes through a variable: in OpenTofu, assertions do not know run, and the outputs of an
# earlier run are unknown by now.
run "one_leaves" {
  variables {
    teams = {
      platform = { group = "acme/platform" }
    }
    before = run.two_teams
  }

  assert {
    condition     = output.connection_ids == { platform = var.before.connection_ids.platform } && output.tokens.platform.id == var.before.tokens.platform.id
    error_message = "The connection or token of the other team changed."
  }
}

run "all_rotate" {
  variables {
    teams             = { platform = { group = "acme/platform" } }
    rotation_triggers = { incident = "2026-11-28" }
    before            = run.one_leaves
  }

  assert {
    condition     = output.tokens.platform.id != var.before.tokens.platform.id && output.connection_ids.platform == var.before.connection_ids.platform
    error_message = "The token was not replaced, or the connection was."
  }
}

run "wrong_name" {
  command = plan

  variables {
    teams = { "Platform Team" = { group = "acme/platform" } }
  }

  expect_failures = [var.teams]
}
