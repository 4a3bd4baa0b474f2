# infisical_project_id comes from the environment, as TF_VAR_infisical_project_id.
variables {
  name  = "many-projects"
  group = "acme"
}

run "two_projects" {
  variables {
    projects = {
      app = { project = "acme/app", environment = "prod" }
      api = { project = "acme/platform/apps/api", environment = "prod", protected = true }
    }
  }

  assert {
    condition     = output.status == { app = "succeeded", api = "succeeded" }
    error_message = "Not every sync succeeded: ${jsonencode(output.status)}"
  }
}

# What the run before put out passes through a variable: in OpenTofu, assertions do not know run.
run "another_scope" {
  variables {
    projects = {
      app         = { project = "acme/app", environment = "prod" }
      app-staging = { project = "acme/app", environment = "prod", environment_scope = "staging" }
    }
    before = run.two_projects
  }

  assert {
    condition     = output.connection_id == var.before.connection_id && output.token.id == var.before.token.id
    error_message = "The connection was replaced, or its token."
  }
}

run "same_target_twice" {
  command = plan

  variables {
    projects = {
      one = { project = "acme/app", environment = "prod" }
      two = { project = "Acme/App", environment = "dev" }
    }
  }

  expect_failures = [var.projects]
}
