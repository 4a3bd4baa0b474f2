terraform {
  required_providers {
    infisical = {
      source  = "infisical-community/infisical"
      version = "~> 0.1"
    }
  }
}

# The page where a person grants an OAuth application the access that syncing secrets to groups needs.
output "visit_this_page" {
  value = provider::infisical::gitlab_oauth_authorize_url(
    "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
    "https://infisical.example.com/organization/app-connections/gitlab/oauth/callback",
    ["group_secret_sync"],
    "asked-by-terraform", # returned together with the code
    "https://gitlab.example.com",
  )
}
