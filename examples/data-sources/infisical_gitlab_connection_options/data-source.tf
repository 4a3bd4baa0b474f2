terraform {
  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

# What this server offers, and the page to visit for an OAuth authorization code.
data "infisical_gitlab_connection_options" "this" {
  use_cases = ["group_secret_sync"]
}

output "visit_this_page" {
  value = data.infisical_gitlab_connection_options.this.authorize_url
}
