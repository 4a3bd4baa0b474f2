# Terraform 1.12, OpenTofu 1.12
import {
  to = infisical_gitlab_secret_sync.api
  identity = {
    id = "2b9d1c34-7e5f-4a68-9b10-3c2d4e5f6a7b"
  }
}
