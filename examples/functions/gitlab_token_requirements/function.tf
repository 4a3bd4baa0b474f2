terraform {
  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

# What a group access token needs to sync secrets to group variables, as { scopes, access_level }.
locals {
  needed = provider::infisical::gitlab_token_requirements("group", ["group_secret_sync"])
}

output "scopes" {
  value = local.needed.scopes # ["api"]
}

output "access_level" {
  value = local.needed.access_level # "owner"
}
