package acctest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/cloud"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// Login is a way to log in to the Infisical of a sandbox, as an identity that may do what the one of universal auth
// may. What a cloud is asked for it goes to the sandbox's cloud when the provider's Environment.Clouds is that one.
type Login struct {
	// Method is the name of the attribute of the auth block, and the value of INFISICAL_AUTH_METHOD.
	Method string
	// Route is that of Infisical's API.
	Route string

	block  func(testing.TB, *sandbox.Sandbox) map[string]any
	env    func(testing.TB, *sandbox.Sandbox) map[string]string
	before func(*infisical.Server)
}

// SetUp prepares the identity.
func (l Login) SetUp(infisical *infisical.Server) {
	if l.before != nil {
		l.before(infisical)
	}
}

// Configured is an auth block that says all, with the environment variables that it names.
func (l Login) Configured(t testing.TB, sb *sandbox.Sandbox) (auth map[string]any, variables map[string]string) {
	t.Helper()
	attributes := l.block(t, sb)
	if l.Method != "universal" {
		attributes["identity_id"] = sb.Infisical.IdentityID
	}
	if l.Method == "oidc" {
		variables = l.env(t, sb)
	}
	return map[string]any{l.Method: attributes}, variables
}

// Variables are the environment variables that stand in for the attributes, without the identity's id.
func (l Login) Variables(t testing.TB, sb *sandbox.Sandbox) map[string]string {
	t.Helper()
	return l.env(t, sb)
}

func writeFile(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	check(os.WriteFile(path, []byte(content), 0o600))
	return path
}

// Logins are all of them, by name: each method with all inputs in the block or in the environment, and each way to give
// them.
func Logins() map[string]Login {
	none := func(testing.TB, *sandbox.Sandbox) map[string]string { return map[string]string{} }
	nothing := func(testing.TB, *sandbox.Sandbox) map[string]any { return map[string]any{} }
	return map[string]Login{
		"universal": {Method: "universal", Route: "universal-auth",
			block: func(_ testing.TB, sb *sandbox.Sandbox) map[string]any {
				return map[string]any{"client_id": sb.Infisical.ClientID, "client_secret": sb.Infisical.ClientSecret}
			},
			env: func(_ testing.TB, sb *sandbox.Sandbox) map[string]string {
				return map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": sb.Infisical.ClientID,
					"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": sb.Infisical.ClientSecret + "\n"}
			}},
		"oidc": {Method: "oidc", Route: "oidc-auth",
			block: func(testing.TB, *sandbox.Sandbox) map[string]any {
				return map[string]any{"token_environment_variable_name": "CI_JOB_JWT"}
			},
			env: func(_ testing.TB, sb *sandbox.Sandbox) map[string]string {
				return map[string]string{"CI_JOB_JWT": sb.Infisical.IDToken(nil), "INFISICAL_OIDC_AUTH_TOKEN_NAME": "CI_JOB_JWT",
					"INFISICAL_AUTH_JWT": "another"}
			}},
		"oidc, default variable": {Method: "oidc", Route: "oidc-auth", block: nothing,
			env: func(_ testing.TB, sb *sandbox.Sandbox) map[string]string {
				return map[string]string{"INFISICAL_AUTH_JWT": sb.Infisical.IDToken(nil)}
			}},
		"jwt": {Method: "jwt", Route: "jwt-auth",
			block: func(_ testing.TB, sb *sandbox.Sandbox) map[string]any {
				return map[string]any{"jwt": sb.Infisical.IDToken(nil) + "\n"}
			},
			env: func(_ testing.TB, sb *sandbox.Sandbox) map[string]string {
				return map[string]string{"INFISICAL_JWT": sb.Infisical.IDToken(nil)}
			}},
		"kubernetes, path": {Method: "kubernetes", Route: "kubernetes-auth",
			block: func(t testing.TB, sb *sandbox.Sandbox) map[string]any {
				return map[string]any{"service_account_token_path": writeFile(t, sb.Infisical.ServiceAccountToken(nil)+"\n")}
			},
			env: func(t testing.TB, sb *sandbox.Sandbox) map[string]string {
				return map[string]string{"INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH": writeFile(t, sb.Infisical.ServiceAccountToken(nil))}
			}},
		"kubernetes, token": {Method: "kubernetes", Route: "kubernetes-auth",
			block: func(_ testing.TB, sb *sandbox.Sandbox) map[string]any {
				return map[string]any{"service_account_token": sb.Infisical.ServiceAccountToken(nil), "service_account_token_path": "/nowhere"}
			},
			env: func(_ testing.TB, sb *sandbox.Sandbox) map[string]string {
				return map[string]string{"INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN": sb.Infisical.ServiceAccountToken(nil)}
			}},
		"aws_iam": {Method: "aws_iam", Route: "aws-auth", block: nothing, env: none},
		"azure": {Method: "azure", Route: "azure-auth", env: none,
			block: func(testing.TB, *sandbox.Sandbox) map[string]any {
				return map[string]any{"resource": cloud.AzureResource}
			}},
		"azure, assigned identity": {Method: "azure", Route: "azure-auth",
			block: func(testing.TB, *sandbox.Sandbox) map[string]any {
				return map[string]any{"client_id": cloud.AzureClientID}
			},
			env: func(testing.TB, *sandbox.Sandbox) map[string]string {
				return map[string]string{"INFISICAL_AZURE_AUTH_CLIENT_ID": cloud.AzureClientID}
			}},
		"gcp_id_token": {Method: "gcp_id_token", Route: "gcp-auth", block: nothing, env: none},
		"gcp_iam": {Method: "gcp_iam", Route: "gcp-auth", before: (*infisical.Server).ExpectGCPIAM,
			block: func(t testing.TB, sb *sandbox.Sandbox) map[string]any {
				return map[string]any{"service_account_key_file_path": writeFile(t, string(sb.Cloud.ServiceAccountKey()))}
			},
			env: func(t testing.TB, sb *sandbox.Sandbox) map[string]string {
				return map[string]string{"INFISICAL_GCP_IAM_SERVICE_ACCOUNT_KEY_FILE_PATH": writeFile(t, string(sb.Cloud.ServiceAccountKey()))}
			}},
		"ldap": {Method: "ldap", Route: "ldap-auth",
			block: func(_ testing.TB, sb *sandbox.Sandbox) map[string]any {
				return map[string]any{"username": infisical.LDAPUsername, "password": sb.Infisical.LDAPPassword()}
			},
			env: func(_ testing.TB, sb *sandbox.Sandbox) map[string]string {
				return map[string]string{"INFISICAL_LDAP_USERNAME": infisical.LDAPUsername, "INFISICAL_LDAP_PASSWORD": sb.Infisical.LDAPPassword()}
			}},
	}
}
