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

run "another_scope" {
  variables {
    projects = {
      app         = { project = "acme/app", environment = "prod" }
      app-staging = { project = "acme/app", environment = "prod", environment_scope = "staging" }
    }
  }

  assert {
    condition     = output.connection_id == run.two_projects.connection_id && output.token.id == run.two_projects.token.id
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
