package provider_test

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/cloud"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// inCloud configures the provider on a machine in the sandbox's cloud.
func inCloud(t *testing.T, sb *sandbox.Sandbox, variables map[string]string, given block) *providerdata.Data {
	t.Helper()
	env := environment(variables)
	env.Clouds = sb.Cloud
	all := maps.Clone(given)
	all["host"] = sb.Infisical.URL()
	configuration, diags := configureIn(t, env, all)
	if len(diags) > 0 {
		t.Fatalf("unexpected: %v", diags)
	}
	return configuration
}

func startFor(t *testing.T, login acctest.Login) *sandbox.Sandbox {
	t.Helper()
	sb := start(t)
	login.SetUp(sb.Infisical)
	return sb
}

// Each method logs in with what the block says, with what the environment says, and when the environment chooses it.
func TestMethods(t *testing.T) {
	t.Parallel()
	for name, tc := range acctest.Logins() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectLogin := func(how string, sb *sandbox.Sandbox, configuration *providerdata.Data) {
				t.Helper()
				if got := sb.Log.Requests(); len(got) > 0 {
					t.Errorf("%s: asked before anything was wanted: %s", how, got[0].Line())
				}
				if _, err := configuration.Infisical.Connections.List(t.Context(), ""); err != nil {
					t.Errorf("%s: %v", how, err)
				}
				expect(t, how, lines(toInfisical(sb)), "POST /api/v1/auth/"+tc.Route+"/login", listRequest)
			}
			sb := startFor(t, tc)
			auth, variables := tc.Configured(t, sb)
			expectLogin("block", sb, inCloud(t, sb, variables, block{"auth": auth}))

			variables = tc.Variables(t, sb)
			variables["INFISICAL_MACHINE_IDENTITY_ID"] = sb.Infisical.IdentityID
			expectLogin("empty block", sb, inCloud(t, sb, variables, block{"auth": block{tc.Method: block{}}}))

			variables["INFISICAL_AUTH_METHOD"] = tc.Method
			expectLogin("environment", sb, inCloud(t, sb, variables, block{}))
		})
	}
}

// A refused login is not repeated, and its error leads to what is wrong: the method, the field and where it came from,
// the server's reason.
func TestMethods_refused(t *testing.T) {
	t.Parallel()
	const notSetUp = "auth method not found for identity"
	for name, tc := range map[string]struct {
		block  func(*testing.T, *sandbox.Sandbox) block
		env    map[string]string
		before func(*sandbox.Sandbox)
		says   []string
		asked  int
	}{
		"universal": {
			env:   map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "wrong-secret"},
			block: func(*testing.T, *sandbox.Sandbox) block { return block{"universal": block{"client_id": "wrong-id"}} },
			says: []string{"Universal Auth: Invalid credentials (HTTP 401 UnauthorizedError",
				"Check auth.universal.client_id and the environment variable INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET."}, asked: 1,
		},
		"oidc, identity": {
			env:  map[string]string{"INFISICAL_MACHINE_IDENTITY_ID": uuidValue, "INFISICAL_AUTH_JWT": "eyJ"},
			says: []string{"OIDC Auth: OIDC " + notSetUp, "Check the environment variable INFISICAL_MACHINE_IDENTITY_ID."}, asked: 1,
			block: func(*testing.T, *sandbox.Sandbox) block { return block{"oidc": block{}} },
		},
		"oidc, JWT": {
			env: map[string]string{"INFISICAL_AUTH_JWT": "no-jwt-at-all"},
			block: func(_ *testing.T, sb *sandbox.Sandbox) block {
				return block{"oidc": block{"identity_id": sb.Infisical.IdentityID}}
			},
			says: []string{"OIDC Auth: Invalid JWT (HTTP 401", "Check the JWT in the environment variable INFISICAL_AUTH_JWT."}, asked: 1,
		},
		"jwt": {
			block: func(_ *testing.T, sb *sandbox.Sandbox) block {
				return block{"jwt": block{"identity_id": sb.Infisical.IdentityID, "jwt": sb.Infisical.IDToken(map[string]any{"iss": "x"})}}
			},
			says: []string{"JWT Auth: Access denied: issuer mismatch (HTTP 403", "Check auth.jwt.jwt."}, asked: 1,
		},
		"kubernetes": {
			block: func(t *testing.T, sb *sandbox.Sandbox) block {
				return block{"kubernetes": block{"identity_id": sb.Infisical.IdentityID, "service_account_token_path": file(t, "no-token-at-all")}}
			},
			says: []string{"Kubernetes Auth: Kubernetes token not authenticated (HTTP 401 KubernetesTokenReviewError", "Check the token in /"}, asked: 1,
		},
		"kubernetes, no file": {
			env: map[string]string{"INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH": "/nowhere/token"},
			block: func(_ *testing.T, sb *sandbox.Sandbox) block {
				return block{"kubernetes": block{"identity_id": sb.Infisical.IdentityID}}
			},
			says: []string{"Kubernetes Auth: reading the service account's token from /nowhere/token, the path in the environment variable " +
				"INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH: no such file"},
		},
		"kubernetes, large file": {
			block: func(t *testing.T, sb *sandbox.Sandbox) block {
				return block{"kubernetes": block{"identity_id": sb.Infisical.IdentityID, "service_account_token_path": file(t, strings.Repeat("x", 5<<20))}}
			},
			says: []string{"Kubernetes Auth: reading the service account's token from /", "it is larger than 64 KiB"},
		},
		"kubernetes, no regular file": {
			block: func(_ *testing.T, sb *sandbox.Sandbox) block {
				return block{"kubernetes": block{"identity_id": sb.Infisical.IdentityID, "service_account_token_path": "/dev/zero"}}
			},
			says: []string{"Kubernetes Auth: reading the service account's token from /dev/zero", "it is no regular file"},
		},
		"kubernetes, empty file": {
			block: func(t *testing.T, sb *sandbox.Sandbox) block {
				return block{"kubernetes": block{"identity_id": sb.Infisical.IdentityID, "service_account_token_path": file(t, "\n")}}
			},
			says: []string{"Kubernetes Auth: the file /"},
		},
		"aws_iam": {
			before: func(sb *sandbox.Sandbox) { sb.Infisical.AllowAWSAccounts("1") },
			block: func(_ *testing.T, sb *sandbox.Sandbox) block {
				return block{"aws_iam": block{"identity_id": sb.Infisical.IdentityID}}
			},
			says:  []string{"AWS Auth: Access denied: AWS account ID not allowed. (HTTP 401", "Check the AWS credentials of this machine and the region."},
			asked: 1,
		},
		"aws_iam, no credentials": {
			before: func(sb *sandbox.Sandbox) {
				sb.Fail(server.Fault{Server: server.Cloud, Kind: server.FaultStatus, Status: 404, Path: "/latest/meta-data/*"})
			},
			block: func(_ *testing.T, sb *sandbox.Sandbox) block {
				return block{"aws_iam": block{"identity_id": sb.Infisical.IdentityID}}
			},
			says: []string{"AWS Auth: could not get AWS credentials: "},
		},
		"azure": {
			block: func(_ *testing.T, sb *sandbox.Sandbox) block {
				return block{"azure": block{"identity_id": sb.Infisical.IdentityID, "resource": "https://vault.azure.net"}}
			},
			says: []string{"Azure Auth: jwt audience invalid. expected: https://management.azure.com/ (HTTP 403 TokenError",
				"The audience configured for the identity's method must match that of the token. Check the managed identity and auth.azure.resource."},
			asked: 1,
		},
		"gcp_id_token, of the other type": {
			before: func(sb *sandbox.Sandbox) { sb.Infisical.ExpectGCPIAM() },
			block: func(_ *testing.T, sb *sandbox.Sandbox) block {
				return block{"gcp_id_token": block{"identity_id": sb.Infisical.IdentityID}}
			},
			says: []string{"GCP Auth: Invalid service account identifier (HTTP 401", "Check the identity token of Google's metadata service."}, asked: 1,
		},
		"gcp_iam, no file": {
			block: func(_ *testing.T, sb *sandbox.Sandbox) block {
				return block{"gcp_iam": block{"identity_id": sb.Infisical.IdentityID, "service_account_key_file_path": "/nowhere/key.json"}}
			},
			says: []string{"GCP Auth: could not get a JWT signed by Google: the key file /nowhere/key.json: "},
		},
		"ldap": {
			block: func(_ *testing.T, sb *sandbox.Sandbox) block {
				return block{"ldap": block{"identity_id": sb.Infisical.IdentityID, "username": "ada", "password": "wrong-password"}}
			},
			says: []string{"LDAP Auth: LDAP authentication failed (HTTP 401", "Check auth.ldap.username and auth.ldap.password."}, asked: 1,
		},
		"organization": {
			env: map[string]string{"INFISICAL_AUTH_ORGANIZATION_SLUG": "nobodys"},
			block: func(_ *testing.T, sb *sandbox.Sandbox) block {
				return block{"universal": block{"client_id": sb.Infisical.ClientID, "client_secret": sb.Infisical.ClientSecret}}
			},
			says: []string{"Universal Auth: Sub organization with slug nobodys not found (HTTP 404",
				"Check the environment variable INFISICAL_AUTH_ORGANIZATION_SLUG."}, asked: 1,
		},
		"token": {
			env:   map[string]string{"INFISICAL_TOKEN": "eyJhbGciOiJIUzI1NiJ9.e30.wrong"},
			block: func(*testing.T, *sandbox.Sandbox) block { return block{} },
			says:  []string{"The access token from the environment variable INFISICAL_TOKEN has expired or was revoked, or another server issued it."},
			asked: 3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			if tc.before != nil {
				tc.before(sb)
			}
			configuration := inCloud(t, sb, tc.env, block{"auth": tc.block(t, sb)})
			for range 3 {
				_, err := configuration.Infisical.Connections.List(t.Context(), "")
				for _, text := range tc.says {
					if err == nil || !strings.Contains(err.Error(), text) {
						t.Errorf("got %v, want %q", err, text)
					}
				}
				for _, secret := range []string{"wrong-secret", "no-jwt-at-all", "no-token-at-all", "wrong-password", "e30.wrong"} {
					if err != nil && strings.Contains(err.Error(), secret) {
						t.Errorf("it shows a secret: %v", err)
					}
				}
			}
			if got := len(toInfisical(sb)); got != tc.asked {
				t.Errorf("%d requests to Infisical, want %d", got, tc.asked)
			}
		})
	}
}

// In a process of its own, through the provider's own client, the metadata services are found where the clouds' SDKs
// look for them.
func TestAccLogin_clouds(t *testing.T) {
	t.Parallel()
	for method, variables := range map[string]func(*cloud.Server) []string{
		"aws_iam": func(cloud *cloud.Server) []string {
			return []string{"AWS_EC2_METADATA_SERVICE_ENDPOINT=" + cloud.URL(), "AWS_ACCESS_KEY_ID=", "AWS_PROFILE=", "AWS_REGION=", "AWS_DEFAULT_REGION="}
		},
		"azure": func(cloud *cloud.Server) []string {
			return []string{"IDENTITY_ENDPOINT=" + cloud.URL() + "/msi/token", "IDENTITY_HEADER=example"}
		},
		"gcp_id_token": func(cloud *cloud.Server) []string {
			return []string{"GCE_METADATA_HOST=" + strings.TrimPrefix(cloud.URL(), "http://")}
		},
	} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			cli := acctest.NewCLI(t, append(variables(servers.Sandbox.Cloud), "HOME="+t.TempDir(), "INFISICAL_HOST="+servers.Host,
				"INFISICAL_AUTH_METHOD="+method, "INFISICAL_MACHINE_IDENTITY_ID="+servers.Sandbox.Infisical.IdentityID, "TF_LOG=TRACE")...)
			cli.Write("data \"infisical_gitlab_connections\" \"all\" {}\n")
			output := cli.Run("plan", "-input=false")
			session := ""
			for _, request := range toInfisical(servers.Sandbox) {
				if request.Status != http.StatusOK {
					t.Errorf("%s was answered with %d", request.Line(), request.Status)
				}
				session = strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer ")
			}
			for what, secret := range map[string]string{"session": session, "session token of AWS": servers.Sandbox.Cloud.SessionToken} {
				if secret == "" || strings.Contains(output, secret) {
					t.Errorf("the %s is in the log", what)
				}
			}
			if strings.Contains(output, "eyJ") {
				t.Error("a JWT is in the log")
			}
		})
	}
}
