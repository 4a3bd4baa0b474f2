# Save this as a file that ends in .tfquery.hcl, beside a .tf file with required_providers and the provider block. Run:
# terraform query -generate-config-out=found.tf
list "infisical_gitlab_secret_sync" "prod" {
  provider = infisical

  config {
    project_id = "0a7c3f52-9c1e-4b44-8f0e-2d1b7a6c5e90"
    name_regex = "-prod$"
  }
}
