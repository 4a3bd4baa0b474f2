import {
  to = infisical_gitlab_connection.web
  id = "1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11" # or by name, as below
}
