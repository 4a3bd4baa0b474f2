package cloudidentity_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/infisical-community/terraform-provider-infisical/internal/cloudidentity"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/cloud"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

func TestMain(m *testing.M) {
	cloud.ClearEnvironment()
	os.Exit(m.Run())
}

// start returns a sandbox and a machine in its cloud.
func start(t *testing.T) (*sandbox.Sandbox, *cloudidentity.Machine) {
	t.Helper()
	sb, err := sandbox.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sb.Close)
	return sb, machine(&http.Client{Transport: sb.Cloud}, 10*time.Second)
}

func machine(client *http.Client, timeout time.Duration) *cloudidentity.Machine {
	return cloudidentity.New(cloudidentity.Config{HTTP: client, Now: time.Now, Timeout: timeout, Remember: func(...string) {}})
}

func claims(t *testing.T, token string) jwt.MapClaims {
	t.Helper()
	parsed := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, parsed); err != nil {
		t.Fatalf("%q: %v", token, err)
	}
	return parsed
}

func expectClaims(t *testing.T, token string, want map[string]string) {
	t.Helper()
	got := claims(t, token)
	for name, value := range want {
		if got[name] != value {
			t.Errorf("claim %s is %v, want %s", name, got[name], value)
		}
	}
}

func keyFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAWS_instance(t *testing.T) {
	t.Parallel()
	sb, machine := start(t)
	signed, err := machine.AWSCallerIdentity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if signed.Method != http.MethodPost || signed.Body != "Action=GetCallerIdentity&Version=2011-06-15" {
		t.Errorf("got %s %q", signed.Method, signed.Body)
	}
	for name, want := range map[string]string{
		"Host": "sts." + cloud.AWSRegion + ".amazonaws.com", "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
		"Content-Length": "43", "X-Amz-Security-Token": sb.Cloud.SessionToken,
	} {
		if signed.Headers[name] != want {
			t.Errorf("header %s is %q, want %q", name, signed.Headers[name], want)
		}
	}
	if !strings.HasPrefix(signed.Headers["Authorization"], "AWS4-HMAC-SHA256 Credential="+sb.Cloud.AccessKeyID+"/") {
		t.Errorf("signed with %q", signed.Headers["Authorization"])
	}
}

// What is in the environment goes before the instance, and a bundle of certificates does not get in the way.
func TestAWS_environment(t *testing.T) {
	sb, machine := start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_REGION", "us-west-2")
	bundle := filepath.Join(t.TempDir(), "bundle.pem")
	other, err := sandbox.Start(sandbox.WithTLS())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	if err := os.WriteFile(bundle, other.CACertificate(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", bundle} {
		t.Setenv("AWS_CA_BUNDLE", path)
		signed, err := machine.AWSCallerIdentity(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := signed.Headers["Authorization"]; !strings.Contains(got, "Credential=AKIAENVIRONMENT/") ||
			!strings.Contains(got, "/us-west-2/sts/aws4_request") {
			t.Errorf("signed with %q", got)
		}
		if token, there := signed.Headers["X-Amz-Security-Token"]; there {
			t.Errorf("there is a session token %q", token)
		}
	}
	if requests := sb.Log.Requests(); len(requests) > 0 {
		t.Errorf("asked %s", requests[0].Line())
	}
}

// A container of ECS or a pod of EKS, through the variable that they set.
func TestAWS_container(t *testing.T) {
	sb, machine := start(t)
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", sb.Cloud.URL()+"/container/credentials")
	t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token")
	signed, err := machine.AWSCallerIdentity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if signed.Headers["X-Amz-Security-Token"] != sb.Cloud.SessionToken {
		t.Error("not signed with the container's credentials")
	}
}

func TestAzure(t *testing.T) {
	t.Parallel()
	sb, machine := start(t)
	// The SDK keeps tokens for the process, so each test asks for another resource. A slash at the end is part of the
	// audience.
	for _, resource := range []string{"https://" + uuid.NewString() + "/", "api://" + uuid.NewString()} {
		token, err := machine.AzureToken(t.Context(), resource, "")
		if err != nil {
			t.Fatal(err)
		}
		expectClaims(t, token, map[string]string{"aud": resource})
		query := sb.Log.Requests()[0].Query
		if query.Get("resource") != resource || query.Get("client_id") != "" {
			t.Errorf("asked for %v", query)
		}
		sb.Log.Reset()
	}
	if _, err := machine.AzureToken(t.Context(), "api://"+uuid.NewString(), cloud.AzureClientID); err != nil {
		t.Error(err)
	}
	if got := sb.Log.Requests()[0].Query.Get("client_id"); got != cloud.AzureClientID {
		t.Errorf("asked for the identity %q", got)
	}
}

func TestAzure_appService(t *testing.T) {
	sb, machine := start(t)
	t.Setenv("IDENTITY_ENDPOINT", sb.Cloud.URL()+"/msi/token")
	t.Setenv("IDENTITY_HEADER", "example")
	resource := "https://" + uuid.NewString() + "/"
	token, err := machine.AzureToken(t.Context(), resource, "")
	if err != nil {
		t.Fatal(err)
	}
	expectClaims(t, token, map[string]string{"aud": resource})
}

func TestGoogle(t *testing.T) {
	t.Parallel()
	sb, machine := start(t)
	audience := uuid.NewString()
	token, err := machine.GoogleIdentityToken(t.Context(), audience)
	if err != nil {
		t.Fatal(err)
	}
	expectClaims(t, token, map[string]string{"iss": "https://accounts.google.com", "aud": audience, "email": cloud.ServiceAccountEmail})

	signed, err := machine.GoogleSignedJWT(t.Context(), keyFile(t, string(sb.Cloud.ServiceAccountKey())), audience)
	if err != nil {
		t.Fatal(err)
	}
	expectClaims(t, signed, map[string]string{"sub": cloud.ServiceAccountEmail, "aud": audience})
}

// Whatever goes wrong is said in one line, under our deadline.
func TestFailures(t *testing.T) {
	t.Parallel()
	ask := map[string]func(context.Context, *cloudidentity.Machine, *sandbox.Sandbox) error{
		"aws": func(ctx context.Context, m *cloudidentity.Machine, _ *sandbox.Sandbox) error {
			_, err := m.AWSCallerIdentity(ctx)
			return err
		},
		"azure": func(ctx context.Context, m *cloudidentity.Machine, _ *sandbox.Sandbox) error {
			_, err := m.AzureToken(ctx, "https://"+uuid.NewString()+"/", "")
			return err
		},
		"azure, identity not assigned": func(ctx context.Context, m *cloudidentity.Machine, _ *sandbox.Sandbox) error {
			_, err := m.AzureToken(ctx, "https://"+uuid.NewString()+"/", uuid.NewString())
			return err
		},
		"google": func(ctx context.Context, m *cloudidentity.Machine, _ *sandbox.Sandbox) error {
			_, err := m.GoogleIdentityToken(ctx, "x")
			return err
		},
		"google iam": func(ctx context.Context, m *cloudidentity.Machine, sb *sandbox.Sandbox) error {
			_, err := m.GoogleSignedJWT(ctx, keyFile(t, string(sb.Cloud.ServiceAccountKey())), "x")
			return err
		},
		"google iam, no file": func(ctx context.Context, m *cloudidentity.Machine, _ *sandbox.Sandbox) error {
			_, err := m.GoogleSignedJWT(ctx, "/nowhere/key.json", "x")
			return err
		},
		"google iam, another file": func(ctx context.Context, m *cloudidentity.Machine, _ *sandbox.Sandbox) error {
			_, err := m.GoogleSignedJWT(ctx, keyFile(t, `{"type":"authorized_user","client_secret":"hush"}`), "x")
			return err
		},
	}
	const denied = `{"error":{"status":"PERMISSION_DENIED","message":"Permission denied"}}`
	withBody := func(fault *server.Fault, body string) *server.Fault {
		fault.Body = body
		return fault
	}
	fault := func(kind server.FaultKind, status int, path string) *server.Fault {
		return &server.Fault{Server: server.Cloud, Kind: kind, Status: status, Path: path}
	}
	for _, tc := range []struct {
		ask   string
		fault *server.Fault
		says  string
	}{
		{"aws", fault(server.FaultHang, 0, ""), "could not get AWS credentials: no complete answer within 300ms"},
		{"azure", fault(server.FaultHang, 0, ""), "could not get a token of a managed identity of Azure: no complete answer within 300ms"},
		{"google", fault(server.FaultHang, 0, ""), "could not get an identity token of Google's metadata service: no complete answer within 300ms"},
		{"google iam", fault(server.FaultHang, 0, ""), "could not get a JWT signed by Google: no complete answer within 300ms"},
		{"aws", fault(server.FaultStatus, 404, "/latest/meta-data/*"), "could not get AWS credentials: "},
		{"azure", fault(server.FaultStatus, 403, ""), "could not get a token of a managed identity of Azure: Azure's metadata service answered with 403: " +
			"Forbidden"},
		{"azure", fault(server.FaultHTML, 200, ""), "could not get a token of a managed identity of Azure: "},
		{"azure, identity not assigned", nil, "could not get a token of a managed identity of Azure: Azure's metadata service answered with 400: " +
			"invalid_request: Identity not found"},
		{"google", fault(server.FaultStatus, 404, ""), "could not get an identity token of Google's metadata service: the machine has no service account"},
		{"google", fault(server.FaultStatus, 403, ""), "could not get an identity token of Google's metadata service: the service answered with 403: "},
		{"google iam", withBody(fault(server.FaultStatus, 400, "/token"), `{"error":"invalid_grant","error_description":"Invalid JWT"}`),
			"could not get a JWT signed by Google: Google's token service answered with 400: invalid_grant: Invalid JWT"},
		{"google iam", withBody(fault(server.FaultStatus, 403, "/v1/*"), denied),
			"could not get a JWT signed by Google: the IAM Service Account Credentials API answered with 403: PERMISSION_DENIED: Permission denied"},
		{"google iam", fault(server.FaultHTML, 200, "/v1/*"), "could not get a JWT signed by Google: reading the answer"},
		{"google iam, no file", nil, "could not get a JWT signed by Google: the key file /nowhere/key.json: "},
		{"google iam, another file", nil, "is not the key file of a service account: "},
	} {
		name := tc.ask
		if tc.fault != nil {
			name += " " + string(tc.fault.Kind)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb, _ := start(t)
			if tc.fault != nil {
				sb.Fail(*tc.fault)
			}
			began := time.Now()
			err := ask[tc.ask](t.Context(), machine(&http.Client{Transport: sb.Cloud}, 300*time.Millisecond), sb)
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %v, want %q", err, tc.says)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
			t.Log(err)
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Errorf("it shows a secret")
			}
		})
	}

	t.Run("given up", func(t *testing.T) {
		t.Parallel()
		_, machine := start(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var timeout *transport.TimeoutError
		if err := ask["google"](ctx, machine, nil); !errors.Is(err, context.Canceled) || errors.As(err, &timeout) {
			t.Errorf("got %v, want the caller's own end", err)
		}
	})
}
