terraform {
  required_version = ">= 1.11"

  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}
