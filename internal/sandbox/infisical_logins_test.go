package sandbox

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/cloud"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// login sends the body of a login with IdentityID, unless the body names another.
func (sb *Sandbox) loginBy(t *testing.T, method string, body map[string]any) answer {
	t.Helper()
	sent := map[string]any{"identityId": sb.Infisical.IdentityID}
	for name, value := range body {
		sent[name] = value
	}
	return send(t, http.MethodPost, sb.Infisical.URL()+"/api/v1/auth/"+method+"-auth/login", nil, sent)
}

// proof is a body that the method accepts.
func (sb *Sandbox) proof(t *testing.T, method string) map[string]any {
	t.Helper()
	jwt := func(token string) map[string]any { return map[string]any{"jwt": token} }
	switch method {
	case infisical.MethodOIDC, infisical.MethodJWT:
		return jwt(sb.Infisical.IDToken(nil))
	case infisical.MethodKubernetes:
		return jwt(sb.Infisical.ServiceAccountToken(nil))
	case infisical.MethodAzure:
		return jwt(sb.fromCloud(t, "/metadata/identity/oauth2/token?api-version=2018-02-01&resource="+cloud.AzureResource, "Metadata",
			"true").field("access_token"))
	case infisical.MethodGCP:
		return jwt(sb.fromCloud(t, "/computeMetadata/v1/instance/service-accounts/default/identity?format=full&audience="+sb.Infisical.IdentityID,
			"Metadata-Flavor", "Google").text)
	case infisical.MethodLDAP:
		return map[string]any{"username": infisical.LDAPUsername, "password": sb.Infisical.LDAPPassword()}
	case infisical.MethodAWS:
		return sb.signedBody(nil)
	}
	t.Fatalf("no proof for %s", method)
	return nil
}

func (sb *Sandbox) fromCloud(t *testing.T, path, header, value string) answer {
	t.Helper()
	return send(t, http.MethodGet, sb.Cloud.URL()+path, map[string]string{header: value}, nil)
}

// awsExample is a request that the AWS SDK for Go v2 (aws/signer/v4) signed, with the credentials and at the time in
// it.
var awsExample = map[string]string{
	"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Host": "sts.eu-central-1.amazonaws.com",
	"X-Amz-Date": "20261122T112302Z", "X-Amz-Security-Token": "session-example", "Content-Length": "43",
	"Authorization": "AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/20261122/eu-central-1/sts/aws4_request, " +
		"SignedHeaders=content-length;content-type;host;x-amz-date;x-amz-security-token, " +
		"Signature=0b9ccf3ff1f47a0de61fadce3a32ebcb89f30c36ef7b929a247b35f1e934afe6",
}

func (sb *Sandbox) signedBody(changes map[string]string) map[string]any {
	headers := map[string]string{}
	for name, value := range awsExample {
		headers[name] = value
	}
	for name, value := range changes {
		headers[name] = value
	}
	return map[string]any{
		"iamHttpRequestMethod": "POST", "iamRequestHeaders": base64JSON(headers),
		"iamRequestBody": base64Text("Action=GetCallerIdentity&Version=2011-06-15"),
	}
}

// startAt starts a sandbox at the time of awsExample and with its credentials.
func startAt(t *testing.T) (*Sandbox, *server.Clock) {
	t.Helper()
	now := server.NewClock(recordedAt)
	sb := start(t, WithClock(now.Now))
	sb.Cloud.AccessKeyID, sb.Cloud.SecretAccessKey, sb.Cloud.SessionToken = "ASIAEXAMPLE", "example-secret-access-key", "session-example"
	return sb, now
}

func TestInfisical_logsInByEveryMethod(t *testing.T) {
	t.Parallel()
	for method, title := range map[string]string{
		infisical.MethodOIDC: "OIDC", infisical.MethodJWT: "JWT", infisical.MethodKubernetes: "Kubernetes", infisical.MethodAWS: "AWS",
		infisical.MethodAzure: "Azure", infisical.MethodGCP: "GCP", infisical.MethodLDAP: "LDAP",
	} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			sb, _ := startAt(t)
			proof := sb.proof(t, method)
			accepted := sb.loginBy(t, method, proof)
			if accepted.status != http.StatusOK {
				t.Fatalf("%d %s", accepted.status, accepted.text)
			}
			list := send(t, http.MethodGet, sb.Infisical.URL()+connectionsPath, bearer(accepted.field("accessToken")), nil)
			if list.status != http.StatusOK {
				t.Errorf("its token gets %d", list.status)
			}
			if missing := sb.loginBy(t, method, nil); missing.status != http.StatusUnprocessableEntity {
				t.Errorf("no proof: %d", missing.status)
			}
			for id, want := range map[string]int{"no-uuid": http.StatusInternalServerError, "5e2c5f2e-6a39-4b41-a7a5-2d1f6f5a2f10": http.StatusNotFound} {
				proof["identityId"] = id
				if method == infisical.MethodLDAP && want == http.StatusInternalServerError {
					want = http.StatusUnprocessableEntity
				}
				if other := sb.loginBy(t, method, proof); other.status != want {
					t.Errorf("identity %s: %d %s, want %d", id, other.status, other.text, want)
				}
			}
			delete(proof, "identityId")
			sb.Infisical.RemoveMethod(method)
			want := title + " auth method not found for identity, did you configure " + title + " auth?"
			if absent := sb.loginBy(t, method, proof); absent.status != http.StatusNotFound || absent.field("message") != want {
				t.Errorf("without the method: %d %s", absent.status, absent.text)
			}
		})
	}
}

func TestInfisical_refusesJWTs(t *testing.T) {
	t.Parallel()
	sb, now := startAt(t)
	sb.Infisical.BindOIDC(infisical.JWTSubject, map[string]string{"ref_protected": "true", "namespace_path": "ac*"})
	other, _ := startAt(t)
	expired := map[string]any{"exp": now.Now().Add(-time.Second).Unix()}
	id := func(changes map[string]any) string { return sb.Infisical.IDToken(changes) }
	account := func(changes map[string]any) string { return sb.Infisical.ServiceAccountToken(changes) }
	azure := func(changes map[string]any) string {
		claims := map[string]any{"aud": cloud.AzureResource, "tid": cloud.AzureTenant, "oid": cloud.AzurePrincipal}
		return server.SignJWT(claims, changes)
	}
	google := func(changes map[string]any) string {
		return server.SignJWT(map[string]any{"iss": cloud.GoogleIssuer, "aud": sb.Infisical.IdentityID, "email": cloud.ServiceAccountEmail}, changes)
	}
	forged := id(nil)[:len(id(nil))-8] + "AAAAAAAA"
	for _, c := range []struct {
		method, token string
		status        int
		message       string
	}{
		{infisical.MethodOIDC, id(nil), 200, ""},
		{infisical.MethodOIDC, "no JWT", 401, "Invalid JWT"},
		{infisical.MethodOIDC, forged, 401, "Access denied: invalid signature"},
		{infisical.MethodOIDC, id(expired), 401, "Access denied: jwt expired"},
		{infisical.MethodOIDC, id(map[string]any{"nbf": now.Now().Add(time.Hour).Unix()}), 401, "Access denied: jwt not active"},
		{infisical.MethodOIDC, id(map[string]any{"iss": "https://gitlab.com"}), 401, "Access denied: jwt issuer invalid. expected: " + infisical.JWTIssuer},
		{infisical.MethodOIDC, id(map[string]any{"sub": "project_path:acme/other:ref_type:branch:ref:main"}), 403, "Access denied: OIDC subject not allowed."},
		{infisical.MethodOIDC, id(map[string]any{"aud": "https://elsewhere.example.com"}), 401, "Access denied: OIDC audience not allowed."},
		{infisical.MethodOIDC, id(map[string]any{"aud": []string{"x", infisical.JWTAudience}}), 200, ""},
		{infisical.MethodOIDC, id(map[string]any{"ref_protected": nil}), 401, "Access denied: token has no ref_protected field"},
		{infisical.MethodOIDC, id(map[string]any{"namespace_path": "evil"}), 401, "Access denied: OIDC claim not allowed."},
		{infisical.MethodJWT, "no JWT", 401, "Invalid JWT"},
		{infisical.MethodJWT, forged, 401, "Access denied: JWT verification failed with all keys. Errors - invalid signature"},
		{infisical.MethodJWT, id(map[string]any{"iss": "https://gitlab.com"}), 403, "Access denied: issuer mismatch"},
		{infisical.MethodJWT, id(map[string]any{"sub": "x"}), 403, "Access denied: subject not allowed"},
		{infisical.MethodJWT, id(map[string]any{"aud": "x"}), 401, "Access denied: token audience not allowed"},
		{infisical.MethodKubernetes, account(expired), 401, "Kubernetes token not authenticated"},
		{infisical.MethodKubernetes, account(map[string]any{"sub": "system:serviceaccount:default:x"}), 401, "Access denied: K8s namespace not allowed."},
		{infisical.MethodAzure, azure(nil), 200, ""},
		{infisical.MethodAzure, "no JWT", 500, "Something went wrong"},
		{infisical.MethodAzure, azure(expired), 403, "Your token has expired. Please re-authenticate."},
		{infisical.MethodAzure, azure(map[string]any{"aud": "https://vault.azure.net"}), 403, "jwt audience invalid. expected: " + cloud.AzureResource},
		{infisical.MethodAzure, azure(map[string]any{"tid": "x"}), 401, "Tenant ID mismatch"},
		{infisical.MethodAzure, azure(map[string]any{"oid": "x"}), 401, "Service principal 'x' not allowed"},
		{infisical.MethodGCP, google(nil), 200, ""},
		{infisical.MethodGCP, google(map[string]any{"aud": other.Infisical.IdentityID}), 401, "Invalid GCP ID token"},
		{infisical.MethodGCP, google(map[string]any{"email": "x@acme-prod.iam.gserviceaccount.com"}), 401, "Access denied: GCP service account not allowed."},
	} {
		a := sb.loginBy(t, c.method, map[string]any{"jwt": c.token})
		if a.status != c.status || a.field("message") != c.message {
			t.Errorf("%s: got %d %q, want %d %q", c.method, a.status, a.field("message"), c.status, c.message)
		}
	}

	sb.Infisical.ExpectGCPIAM()
	iam := map[string]any{"sub": cloud.ServiceAccountEmail, "email": nil}
	for message, changes := range map[string]map[string]any{
		"":                                   nil,
		"Invalid service account identifier": {"sub": "x@example.com"},
		"Invalid audience in GCP IAM Token":  {"aud": "x"},
		"Invalid GCP IAM token signature":    expired,
	} {
		a := sb.loginBy(t, infisical.MethodGCP, map[string]any{"jwt": server.SignJWT(map[string]any{"sub": iam["sub"], "aud": sb.Infisical.IdentityID},
			changes)})
		if a.field("message") != message {
			t.Errorf("gcp iam: got %q, want %q", a.field("message"), message)
		}
	}
}

// What GitLab issues for the jobs of a pipeline is judged by the settings of each identity.
func TestInfisical_pipelineIdentities(t *testing.T) {
	t.Parallel()
	sb, now := startAt(t)
	pipeline := sb.AddPipeline("acme/infra")
	main, branch := pipeline.IDToken("main"), pipeline.IDToken("feature/x")
	fork := sb.GitLab.IDToken(sb.GitLab.AddProject("ada/infra"), "main", infisical.JWTAudience)
	elsewhere := sb.GitLab.IDToken(pipeline.Project, "main", "https://elsewhere.example.com")
	for _, c := range []struct {
		identity, token string
		message         string
	}{
		{pipeline.PlanIdentityID, branch, ""},
		{pipeline.PlanIdentityID, main, ""},
		{pipeline.PlanIdentityID, fork, "Access denied: OIDC claim not allowed."},
		{pipeline.PlanIdentityID, elsewhere, "Access denied: OIDC audience not allowed."},
		{pipeline.PlanIdentityID, sb.Infisical.IDToken(nil), "Access denied: jwt issuer invalid. expected: " + sb.GitLab.URL()},
		{pipeline.ApplyIdentityID, main, ""},
		{pipeline.ApplyIdentityID, branch, "Access denied: OIDC subject not allowed."},
		{pipeline.ApplyIdentityID, fork, "Access denied: OIDC subject not allowed."},
		{sb.Infisical.IdentityID, main, "Access denied: jwt issuer invalid. expected: " + infisical.JWTIssuer},
	} {
		a := sb.loginBy(t, infisical.MethodOIDC, map[string]any{"identityId": c.identity, "jwt": c.token})
		if message := a.field("message"); message != c.message || (a.status == http.StatusOK) != (c.message == "") {
			t.Errorf("identity %s: %d %q, want %q", c.identity, a.status, message, c.message)
		}
	}

	// No other method is set up for them, and a token ends with the longest job.
	if a := sb.loginBy(t, infisical.MethodJWT, map[string]any{"identityId": pipeline.PlanIdentityID, "jwt": main}); a.status != http.StatusNotFound {
		t.Errorf("by jwt: %d %s", a.status, a.text)
	}
	now.Advance(time.Hour + time.Second)
	a := sb.loginBy(t, infisical.MethodOIDC, map[string]any{"identityId": pipeline.PlanIdentityID, "jwt": main})
	if a.field("message") != "Access denied: jwt expired" {
		t.Errorf("an hour later: %d %s", a.status, a.text)
	}
}

func TestInfisical_refusesAWSRequests(t *testing.T) {
	t.Parallel()
	sb, now := startAt(t)
	authorization := awsExample["Authorization"]
	for name, c := range map[string]struct {
		changes map[string]string
		status  int
		message string
	}{
		"as signed": {nil, 200, ""},
		"no region": {map[string]string{"Authorization": "AWS4-HMAC-SHA256"}, 400, "Invalid AWS region"},
		"a host as region": {map[string]string{"Authorization": strings.Replace(authorization, "eu-central-1", "evil.example.com", 1)}, 400,
			"Invalid AWS region"},
		"another region": {map[string]string{"Authorization": strings.Replace(authorization, "eu-central-1", "us-east-1", 1)}, 500,
			"Something went wrong"},
		"another host": {map[string]string{"Host": "sts.amazonaws.com"}, 500, "Something went wrong"},
		"another key": {map[string]string{"Authorization": strings.Replace(authorization, "ASIAEXAMPLE", "ASIAOTHER", 1)}, 500,
			"Something went wrong"},
		"another session":      {map[string]string{"X-Amz-Security-Token": "other"}, 500, "Something went wrong"},
		"another content type": {map[string]string{"Content-Type": "text/plain"}, 500, "Something went wrong"},
	} {
		a := sb.loginBy(t, infisical.MethodAWS, sb.signedBody(c.changes))
		if a.status != c.status || a.field("message") != c.message {
			t.Errorf("%s: got %d %q, want %d %q", name, a.status, a.field("message"), c.status, c.message)
		}
	}
	for _, field := range []string{"iamRequestBody", "iamRequestHeaders"} {
		body := sb.signedBody(nil)
		body[field] = "no base64!"
		if a := sb.loginBy(t, infisical.MethodAWS, body); a.status != http.StatusInternalServerError {
			t.Errorf("%s not base64: %d %s", field, a.status, a.text)
		}
	}
	sb.Infisical.AllowAWSAccounts("210987654321")
	if a := sb.loginBy(t, infisical.MethodAWS, sb.signedBody(nil)); a.field("message") != "Access denied: AWS account ID not allowed." {
		t.Errorf("another account: %d %s", a.status, a.text)
	}
	sb.Infisical.AllowAWSAccounts(cloud.AWSAccount)
	now.Advance(16 * time.Minute)
	if a := sb.loginBy(t, infisical.MethodAWS, sb.signedBody(nil)); a.status != http.StatusInternalServerError {
		t.Errorf("an old signature: %d %s", a.status, a.text)
	}
}

func TestInfisical_locksOutLDAPUsers(t *testing.T) {
	t.Parallel()
	sb, now := startAt(t)
	try := func(username, password string) string {
		return sb.loginBy(t, infisical.MethodLDAP, map[string]any{"username": username, "password": password}).field("message")
	}
	for range lockoutThreshold {
		if message := try(infisical.LDAPUsername, "wrong"); message != "LDAP authentication failed" {
			t.Errorf("wrong password: %q", message)
		}
	}
	if message := try(infisical.LDAPUsername, sb.Infisical.LDAPPassword()); !strings.Contains(message, "temporarily locked") {
		t.Errorf("after three failures: %q", message)
	}
	if message := try("another", "wrong"); message != "LDAP authentication failed" {
		t.Errorf("another user: %q", message)
	}
	now.Advance(lockoutDuration)
	if message := try(infisical.LDAPUsername, sb.Infisical.LDAPPassword()); message != "" {
		t.Errorf("after the lock: %q", message)
	}
}

func TestInfisical_limitsAccessTokens(t *testing.T) {
	t.Parallel()
	sb, now := startAt(t)
	sb.Infisical.LimitAccessTokens(time.Minute, 2)
	login := sb.login(t, sb.Infisical.ClientID, sb.Infisical.ClientSecret)
	if login.body["expiresIn"] != float64(60) {
		t.Errorf("expiresIn %v", login.body["expiresIn"])
	}
	list := func(token string) answer {
		return send(t, http.MethodGet, sb.Infisical.URL()+connectionsPath, bearer(token), nil)
	}
	for use, want := range []int{200, 200, 401, 401} {
		if a := list(login.field("accessToken")); a.status != want {
			t.Errorf("use %d: %d %s", use+1, a.status, a.text)
		} else if want == 401 && a.field("message") != "Failed to authorize: token usage limit reached" {
			t.Errorf("use %d: %s", use+1, a.text)
		}
	}
	unused := sb.Infisical.AccessToken()
	now.Advance(time.Minute)
	if a := list(unused); a.status != http.StatusForbidden || a.field("error") != "TokenError" {
		t.Errorf("after its life: %d %s", a.status, a.text)
	}
}

// The metadata services answer only whom they should.
func TestCloud_asksForItsHeaders(t *testing.T) {
	t.Parallel()
	sb := start(t)
	const google = "/computeMetadata/v1/instance/service-accounts/default/identity"
	for path, want := range map[string]int{
		"/latest/meta-data/iam/security-credentials/":            http.StatusUnauthorized,
		"/latest/dynamic/instance-identity/document":             http.StatusUnauthorized,
		"/metadata/identity/oauth2/token?api-version=2018-02-01": http.StatusBadRequest,
		google + "?audience=x":                                   http.StatusForbidden,
		"/msi/token?resource=x":                                  http.StatusBadRequest,
	} {
		if a := send(t, http.MethodGet, sb.Cloud.URL()+path, nil, nil); a.status != want {
			t.Errorf("%s: %d, want %d", path, a.status, want)
		}
	}
	if a := send(t, http.MethodPut, sb.Cloud.URL()+"/latest/api/token", nil, nil); a.status != http.StatusBadRequest {
		t.Errorf("a session without an end: %d", a.status)
	}
	if a := sb.fromCloud(t, google, "Metadata-Flavor", "Google"); a.status != http.StatusBadRequest {
		t.Errorf("no audience: %d", a.status)
	}
}
