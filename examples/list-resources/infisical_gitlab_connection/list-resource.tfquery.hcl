# terraform query -generate-config-out=found.tf
list "infisical_gitlab_connection" "platform" {
  provider = infisical

  config {
    name_regex = "^platform-"
  }
}
