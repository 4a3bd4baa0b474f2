# Terraform 1.12, OpenTofu 1.12
import {
  to = infisical_gitlab_secret_scanning_data_source.platform
  identity = {
    id = "3c8e2f51-4d6a-4b79-8a21-5e6f7a8b9c0d"
  }
}
