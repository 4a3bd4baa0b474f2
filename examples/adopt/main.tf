terraform {
  required_version = ">= 1.14"

  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

provider "infisical" {}
