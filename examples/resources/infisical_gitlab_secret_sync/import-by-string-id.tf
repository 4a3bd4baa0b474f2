import {
  to = infisical_gitlab_secret_sync.api
  id = "0a7c3f52-9c1e-4b44-8f0e-2d1b7a6c5e90/name/api-prod" # or its id
}
