package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// shortly is how long a test waits for an answer that must not come, once the server has the request.
const shortly = 50 * time.Millisecond

// page is one that anybody may ask for.
const page = "/organization/app-connections/gitlab/oauth/callback"

// createBriefly sends a request as try does, for a client that waits only shortly, and returns when the server is done
// with it.
func (sb *Sandbox) createBriefly(t *testing.T, name string) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sb.OnRequest(func(*server.Request) { time.AfterFunc(shortly, cancel) })
	body := mustJSON(sb.connectionBody(name, sb.GitLab.Token("personal-api").Value))
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, sb.Infisical.URL()+connectionsPath, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+sb.Infisical.AccessToken())
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		_ = response.Body.Close()
	}
	sb.WaitIdle()
	return err
}

func TestFault_kinds(t *testing.T) {
	t.Parallel()
	var syntax *json.SyntaxError
	cases := map[server.FaultKind]struct {
		fault     server.Fault
		status    int
		lost      bool // no whole answer comes
		processed bool
		text      string // part of the body
	}{
		server.FaultStatus:      {server.Fault{}, 500, false, false, "Something went wrong"},
		server.FaultStatusAfter: {server.Fault{Status: 502}, 502, false, true, "<h1>502 Bad Gateway</h1>"},
		server.FaultDropBefore:  {server.Fault{}, 0, true, false, ""},
		server.FaultDropAfter:   {server.Fault{}, 0, true, true, ""},
		server.FaultHTML:        {server.Fault{}, 200, false, false, "<h1>Sign in</h1>"},
		server.FaultTruncate:    {server.Fault{}, 200, true, true, `{"appConnection":`},
		server.FaultSlow:        {server.Fault{Delay: time.Millisecond}, 200, false, true, "credentialsHash"},
		server.FaultRedirect:    {server.Fault{Status: 307, Header: http.Header{"location": {"https://elsewhere.example.com"}}}, 307, false, false, ""},
	}
	for kind, c := range cases {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			c.fault.Kind, c.fault.Server, c.fault.Method, c.fault.Times = kind, server.Infisical, http.MethodPost, 1
			sb.Fail(c.fault)
			body := sb.connectionBody("platform", sb.GitLab.Token("personal-api").Value)
			a, err := try(t, http.MethodPost, sb.Infisical.URL()+connectionsPath, bearer(sb.Infisical.AccessToken()), body)
			if lost := err != nil; lost != c.lost || a.status != c.status || !strings.Contains(a.text, c.text) {
				t.Errorf("error %v, %d %s", err, a.status, a.text)
			}
			if kind == server.FaultTruncate && !errors.As(json.Unmarshal([]byte(a.text), new(any)), &syntax) {
				t.Errorf("a whole body: %s", a.text)
			}
			if processed := len(sb.Infisical.Connections()) == 1; processed != c.processed {
				t.Errorf("processed: %t", processed)
			}
			if kind == server.FaultRedirect && a.header.Get("Location") != "https://elsewhere.example.com" {
				t.Errorf("headers %v", a.header)
			}
			entry := sb.Log.Requests()[0]
			if entry.Fault != string(kind) || entry.Status != c.status {
				t.Errorf("logged as %q with %d", entry.Fault, entry.Status)
			}
			// Once was enough.
			if a := sb.infisical(t, http.MethodGet, connectionsPath, nil); a.status != http.StatusOK {
				t.Errorf("afterwards: %d", a.status)
			}
		})
	}
}

func TestFault_hangs(t *testing.T) {
	t.Parallel()
	for kind, want := range map[server.FaultKind]int{server.FaultHang: 0, server.FaultHangAfter: 1} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			sb.Fail(server.Fault{Kind: kind})
			if err := sb.createBriefly(t, "platform"); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			if n := len(sb.Infisical.Connections()); n != want {
				t.Errorf("%d connections", n)
			}
		})
	}
}

func TestFault_closeEndsAHang(t *testing.T) {
	t.Parallel()
	sb, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	arrived := make(chan struct{})
	sb.OnRequest(func(*server.Request) { close(arrived) })
	sb.Fail(server.Fault{Kind: server.FaultHang})
	answered := make(chan error, 1)
	go func() {
		_, err := try(t, http.MethodGet, sb.Infisical.URL()+page, nil, nil)
		answered <- err
	}()
	<-arrived
	sb.Close()
	if err := <-answered; err == nil {
		t.Error("an answer came")
	}
}

// A request is processed whether or not its client waits for the answer.
func TestNetwork_waitsUntilIdle(t *testing.T) {
	t.Parallel()
	sb := start(t)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	left := make(chan struct{})
	sb.OnRequest(func(*server.Request) {
		leave()
		<-left
		time.Sleep(10 * time.Millisecond)
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, sb.Infisical.URL()+page, nil)
	if err != nil {
		t.Fatal(err)
	}
	if response, err := http.DefaultClient.Do(request); err == nil {
		_ = response.Body.Close()
		t.Fatal("an answer came")
	}
	close(left)
	sb.WaitIdle()
	if requests := sb.Log.Requests(); len(requests) != 1 || requests[0].Status == 0 {
		t.Errorf("not processed: %d requests", len(requests))
	}
}

func TestFault_naturalAnswers(t *testing.T) {
	t.Parallel()
	sb := start(t)
	cases := []struct {
		server                  string
		status                  int
		contentType, retryAfter string
	}{
		{server.Infisical, 429, "application/json; charset=utf-8", "1"},
		{server.GitLab, 429, "text/plain", "1"},
		{server.Infisical, 502, "text/html; charset=utf-8", ""},
		{server.GitLab, 503, "text/html; charset=utf-8", ""},
		{server.GitLab, 500, "application/json", ""},
	}
	for _, c := range cases {
		lift := sb.Fail(server.Fault{Server: c.server, Kind: server.FaultStatus, Status: c.status})
		base := sb.Infisical.URL()
		if c.server == server.GitLab {
			base = sb.GitLab.URL()
		}
		a := send(t, http.MethodGet, base+"/any", nil, nil)
		lift()
		contentType, _, _ := strings.Cut(a.header.Get("Content-Type"), "; charset")
		want, _, _ := strings.Cut(c.contentType, "; charset")
		if a.status != c.status || contentType != want || a.header.Get("Retry-After") != c.retryAfter {
			t.Errorf("%s %d: %d %v", c.server, c.status, a.status, a.header)
		}
	}
	sb.Fail(server.Fault{Kind: server.FaultStatus, Status: 429, Header: http.Header{"Retry-After": {"7"}}, Body: "custom"})
	if a := send(t, http.MethodGet, sb.GitLab.URL()+"/any", nil, nil); a.header.Get("Retry-After") != "7" || a.text != "custom" {
		t.Errorf("%s %v", a.text, a.header)
	}
}

func TestFault_skipsAndCounts(t *testing.T) {
	t.Parallel()
	sb := start(t)
	lift := sb.Fail(server.Fault{Kind: server.FaultStatus, Status: 500, Skip: 1, Times: 2})
	statuses := func(n int) []int {
		got := []int{}
		for range n {
			got = append(got, send(t, http.MethodGet, sb.Infisical.URL()+page, nil, nil).status)
		}
		return got
	}
	if got := statuses(4); !slices.Equal(got, []int{200, 500, 500, 200}) {
		t.Errorf("%v", got)
	}
	lift()
	forever := sb.Fail(server.Fault{Kind: server.FaultStatus, Status: 503})
	if got := statuses(2); !slices.Equal(got, []int{503, 503}) {
		t.Errorf("%v", got)
	}
	forever()
	if got := statuses(1); !slices.Equal(got, []int{200}) {
		t.Errorf("lifted: %v", got)
	}
}

// A client that keeps its connections sends a GET again by itself when one breaks under it; a fault must strike it all
// the same.
func TestFault_strikesAClientThatKeepsConnections(t *testing.T) {
	t.Parallel()
	sb := start(t)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	get := func() error {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, sb.Infisical.URL()+page, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		return errors.Join(err, response.Body.Close())
	}
	if err := get(); err != nil {
		t.Fatal(err)
	}
	sb.Fail(server.Fault{Kind: server.FaultDropBefore, Times: 1})
	if err := get(); err == nil {
		t.Error("the client saw nothing of the fault")
	}
}

func TestFault_refuses(t *testing.T) {
	t.Parallel()
	sb := start(t)
	get := func() (answer, error) { return try(t, http.MethodGet, sb.Infisical.URL()+page, nil, nil) }
	lift := sb.Fail(server.Fault{Server: server.Infisical, Kind: server.FaultRefuse, Path: page, Skip: 2})
	for n := range 2 {
		if a, err := get(); err != nil || a.status != http.StatusOK {
			t.Fatalf("request %d: %v, %d", n, err, a.status)
		}
	}
	for range 2 {
		if _, err := get(); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("afterwards: %v", err)
		}
	}
	lift()
	if _, err := get(); err != nil {
		t.Errorf("lifted: %v", err)
	}

	// With nothing to skip it begins at once, and the other server goes on.
	lift = sb.Fail(server.Fault{Server: server.GitLab, Kind: server.FaultRefuse})
	a := sb.infisical(t, http.MethodPost, connectionsPath, sb.connectionBody("platform", sb.GitLab.Token("personal-api").Value))
	if a.field("message") != "Failed to validate credentials: fetch failed" {
		t.Errorf("%d %s", a.status, a.text)
	}
	lift()
	if a := sb.gitlab(t, http.MethodGet, "/user", sb.GitLab.Token("personal-api").Value, nil); a.status != http.StatusOK {
		t.Errorf("lifted: %d", a.status)
	}
}

func TestServer_stopsAndRestarts(t *testing.T) {
	t.Parallel()
	sb := start(t)
	kept := sb.created(t, "kept")
	was := sb.Infisical.URL()
	sb.Infisical.Stop()
	if _, err := try(t, http.MethodGet, was+page, nil, nil); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("stopped: %v", err)
	}
	if err := sb.Infisical.Restart(); err != nil {
		t.Fatal(err)
	}
	if a := sb.infisical(t, http.MethodGet, idPath(kept), nil); a.status != http.StatusOK || sb.Infisical.URL() != was {
		t.Errorf("restarted at %s: %d", sb.Infisical.URL(), a.status)
	}
	sb.GitLab.Stop()
	a := sb.infisical(t, http.MethodPost, connectionsPath, sb.connectionBody("other", kept.AccessToken))
	if a.field("message") != "Failed to validate credentials: fetch failed" {
		t.Errorf("GitLab stopped: %d %s", a.status, a.text)
	}
}

func TestServer_speaksTLS(t *testing.T) {
	t.Parallel()
	sb := start(t, WithTLS())
	body := sb.connectionBody("platform", sb.GitLab.Token("personal-api").Value)
	a := sb.tlsClient(t, http.MethodPost, sb.Infisical.URL()+connectionsPath, bearer(sb.Infisical.AccessToken()), body)
	if a.status != http.StatusOK || !strings.HasPrefix(sb.GitLab.URL(), "https://") {
		t.Errorf("%d %s", a.status, a.text)
	}
	if _, err := try(t, http.MethodGet, sb.GitLab.URL(), nil, nil); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("without the authority: %v", err)
	}
}

// While a server refuses connections, its address is given to nobody else, so that it gets it back.
func TestFault_refusedAddressIsKept(t *testing.T) {
	t.Parallel()
	sb := start(t)
	address := strings.TrimPrefix(sb.GitLab.URL(), "http://")
	lift := sb.Fail(server.Fault{Server: server.GitLab, Kind: server.FaultRefuse})
	if connection, err := net.Dial("tcp", address); err == nil {
		_ = connection.Close()
		t.Error("a connection was accepted")
	}
	for range 500 { // Whoever wants any free port gets another one.
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = listener.Close() }()
		if listener.Addr().String() == address {
			t.Error("somebody else got the address")
		}
	}
	lift()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	_ = connection.Close()
}
