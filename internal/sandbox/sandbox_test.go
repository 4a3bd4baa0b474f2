package sandbox

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

func start(t *testing.T, opts ...Option) *Sandbox {
	t.Helper()
	sb, err := Start(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sb.Close)
	return sb
}

type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any // nil when the answer is no JSON object
}

// field is a string field of the answer, "" when there is none. Fields of objects in it are named by their path.
func (a answer) field(path ...string) string {
	object := a.body
	for _, name := range path[:len(path)-1] {
		object, _ = object[name].(map[string]any)
	}
	text, _ := object[path[len(path)-1]].(string)
	return text
}

// try sends one request; body is nil, a string sent as it is, or a value sent as JSON.
func try(t *testing.T, method, url string, header map[string]string, body any) (answer, error) {
	t.Helper()
	return tryTrusting(t, nil, method, url, header, body)
}

func tryTrusting(t *testing.T, roots *x509.CertPool, method, url string, header map[string]string, body any) (answer, error) {
	t.Helper()
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(b)
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url, content)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{status: response.StatusCode, text: string(text)}, err
	}
	a := answer{status: response.StatusCode, header: response.Header, text: string(text)}
	_ = json.Unmarshal(text, &a.body) // lists and pages have no fields
	return a, nil
}

func send(t *testing.T, method, url string, header map[string]string, body any) answer {
	t.Helper()
	a, err := try(t, method, url, header, body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// tlsClient sends a request with trust in the sandbox's authority, if it has one.
func (sb *Sandbox) tlsClient(t *testing.T, method, url string, header map[string]string, body any) answer {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(sb.CACertificate())
	a, err := tryTrusting(t, roots, method, url, header, body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func base64Text(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func base64JSON(fields map[string]string) string { return base64Text(mustJSON(fields)) }

func bearer(token string) map[string]string {
	return map[string]string{"Authorization": "Bearer " + token}
}

// infisical sends a request as the identity that may do everything.
func (sb *Sandbox) infisical(t *testing.T, method, path string, body any) answer {
	t.Helper()
	return send(t, method, sb.Infisical.URL()+path, bearer(sb.Infisical.AccessToken()), body)
}

// gitlab sends a request below /api/v4 with a token.
func (sb *Sandbox) gitlab(t *testing.T, method, path, token string, body any) answer {
	t.Helper()
	return send(t, method, sb.GitLab.URL()+"/api/v4"+path, bearer(token), body)
}

const connectionsPath = "/api/v1/app-connections/gitlab"

func (sb *Sandbox) login(t *testing.T, clientID, clientSecret string) answer {
	t.Helper()
	return send(t, http.MethodPost, sb.Infisical.URL()+"/api/v1/auth/universal-auth/login", nil,
		map[string]any{"clientId": clientID, "clientSecret": clientSecret})
}

func (sb *Sandbox) connectionBody(name, token string) map[string]any {
	return map[string]any{"name": name, "method": "access-token", "credentials": map[string]any{
		"accessToken": token, "accessTokenType": "personal", "instanceUrl": sb.GitLab.URL(),
	}}
}

// created makes a connection over HTTP and returns it as it is stored.
func (sb *Sandbox) created(t *testing.T, name string) infisical.Connection {
	t.Helper()
	a := sb.infisical(t, http.MethodPost, connectionsPath, sb.connectionBody(name, sb.GitLab.Token("personal-api").Value))
	if a.status != http.StatusOK {
		t.Fatalf("create: %d %s", a.status, a.text)
	}
	c, _ := sb.Infisical.Connection(a.field("appConnection", "id"))
	return c
}

// Hundreds of tests start a sandbox each.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		sb, err := Start()
		if err != nil {
			b.Fatal(err)
		}
		sb.Close()
	}
}

func TestConnection_lives(t *testing.T) {
	t.Parallel()
	sb := start(t)

	login := sb.login(t, sb.Infisical.ClientID, sb.Infisical.ClientSecret)
	if login.status != http.StatusOK {
		t.Fatalf("login: %d %s", login.status, login.text)
	}
	made := sb.created(t, "platform")
	path := connectionsPath + "/" + made.ID
	if got := sb.infisical(t, http.MethodGet, path, nil); got.status != http.StatusOK {
		t.Errorf("get: %d %s", got.status, got.text)
	}
	renamed := sb.infisical(t, http.MethodPatch, path, map[string]any{"name": "renamed"})
	if renamed.status != http.StatusOK {
		t.Errorf("patch: %d %s", renamed.status, renamed.text)
	}
	if hash := renamed.field("appConnection", "credentialsHash"); hash != made.CredentialsHash {
		t.Errorf("a rename moved the hash from %s to %s", made.CredentialsHash, hash)
	}
	if got := sb.infisical(t, http.MethodDelete, path, nil); got.status != http.StatusOK {
		t.Errorf("delete: %d %s", got.status, got.text)
	}
	if got := sb.infisical(t, http.MethodDelete, path, nil); got.status != http.StatusNotFound {
		t.Errorf("second delete: %d %s", got.status, got.text)
	}
	want := []string{
		"POST /api/v1/auth/universal-auth/login",
		"POST /api/v1/app-connections/gitlab",
		"GET /api/v1/app-connections/gitlab/{id}",
		"PATCH /api/v1/app-connections/gitlab/{id}",
		"DELETE /api/v1/app-connections/gitlab/{id}",
		"DELETE /api/v1/app-connections/gitlab/{id}",
	}
	if got := sb.Log.Provider(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("log:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	asked := 0
	for _, r := range sb.Log.Requests() {
		if r.Server == server.GitLab && r.Client == server.ClientInfisical && r.Line() == "GET /api/v4/user" {
			asked++
		}
	}
	if asked != 1 {
		t.Errorf("Infisical asked GitLab %d times for the current user, want 1", asked)
	}
}
