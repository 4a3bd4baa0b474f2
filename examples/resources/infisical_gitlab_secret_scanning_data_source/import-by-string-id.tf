import {
  to = infisical_gitlab_secret_scanning_data_source.platform
  id = "7b1d4e20-6c3f-4d58-9e72-1a2b3c4d5e6f/name/platform" # or its id
}
