# Save this as a file that ends in .tfquery.hcl, beside a .tf file with required_providers and the provider block. Run:
# terraform query -generate-config-out=found.tf
list "infisical_gitlab_secret_scanning_data_source" "all" {
  provider = infisical
}
