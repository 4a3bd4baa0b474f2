terraform {
  required_providers {
    infisical = {
      source = "infisical-community/infisical"
    }
  }
}

# The page on which a person grants an OAuth application what syncing secrets to groups needs.
output "visit_this_page" {
  value = provider::infisical::gitlab_oauth_authorize_url(
    "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
    "https://infisical.example.com/organization/app-connections/gitlab/oauth/callback",
    ["group_secret_sync"],
    "asked-by-terraform", # handed back together with the code
    "https://gitlab.example.com",
  )
}
