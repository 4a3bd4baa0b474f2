package acctest_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The scripts of tools/servers, with stand-ins for docker and both servers: this shows what they ask, in which order,
// and what they do with the answers. It shows nothing of the images.
type standIns struct {
	t *testing.T
	// directory is the scripts'; path holds the stand-in for docker.
	directory, path string
	env             []string

	mu sync.Mutex
	// asked are the requests, as "POST /api/v1/projects token=… body".
	asked []string
	// answers are by method and path; one that is not there is refused with 404.
	answers map[string]string
	// starting is how many requests find a server that is not up yet.
	starting int
}

// fakeDocker writes down how it is called, each call on a line, and answers what the scripts read.
const fakeDocker = `#!/bin/sh
printf '%s\n' "$(printf '%s ' "$@" | tr '\n' ' ')" >> "$DOCKER_CALLS"
case "$1 $2" in
"network inspect") echo 127.0.0.1 ;;
"inspect --format") if [ -e "$DOCKER_CALLS.healthy" ]; then echo healthy; else echo starting; touch "$DOCKER_CALLS.healthy"; fi ;;
"logs --tail") echo "what the container said" ;;
esac
`

func newStandIns(t *testing.T) *standIns {
	t.Helper()
	for _, tool := range []string{"curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s here", tool)
		}
	}
	s := &standIns{t: t, directory: filepath.Join(t.TempDir(), "servers"), path: t.TempDir(), answers: map[string]string{
		"GET /api/status":                                                       `{}`,
		"POST /api/v1/admin/bootstrap":                                          `{"identity":{"credentials":{"token":"admin-token"}},"organization":{"id":"org-1"}}`,
		"POST /api/v1/identities":                                               `{"identity":{"id":"identity-1"}}`,
		"POST /api/v1/auth/universal-auth/login":                                `{"accessToken":"own-token"}`,
		"POST /api/v1/projects":                                                 `{"project":{"id":"project-1"}}`,
		"POST /api/v4/secrets/DATABASE_URL":                                     `{"secret":{}}`,
		"POST /api/v4/groups":                                                   `{"id":7}`,
		"POST /api/v4/projects":                                                 `{"id":9}`,
		"POST /api/v4/groups/7/access_tokens":                                   `{"token":"glpat-of-the-group"}`,
		"POST /api/v1/auth/universal-auth/identities/identity-1":                `{"identityUniversalAuth":{"clientId":"client-1"}}`,
		"POST /api/v1/auth/universal-auth/identities/identity-1/client-secrets": `{"clientSecret":"client-secret-1"}`,
	}}
	if err := os.WriteFile(filepath.Join(s.path, "docker"), []byte(fakeDocker), 0o700); err != nil { //nolint:gosec // It is run.
		t.Fatal(err)
	}
	both := httptest.NewServer(s)
	t.Cleanup(both.Close)
	_, port, err := net.SplitHostPort(both.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s.env = append(os.Environ(), "PATH="+s.path+string(os.PathListSeparator)+os.Getenv("PATH"), "SERVERS_DIRECTORY="+s.directory,
		"DOCKER_CALLS="+filepath.Join(s.path, "calls"), "INFISICAL_PORT="+port, "GITLAB_PORT="+port, "WAIT_PAUSE=0", "GITHUB_ACTIONS=", "no_proxy=127.0.0.1")
	return s
}

func (s *standIns) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.starting > 0 {
		s.starting--
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	if r.URL.Path == "/api/v4/version" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var body map[string]any
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			s.t.Errorf("%s: no JSON: %v", r.URL.Path, err)
		}
		s.asked = append(s.asked, fmt.Sprintf("%s token=%s %v", r.URL.Path, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), body))
	}
	answer, ok := s.answers[r.Method+" "+r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		answer = `{"message":"404 Not Found","detail":"not to be shown"}`
	}
	w.Write([]byte(answer)) //nolint:errcheck,gosec // The client is this test's.
}

// change is for a test, beside which the servers answer.
func (s *standIns) change(how func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	how()
}

func (s *standIns) try(script string, env ...string) (string, error) {
	s.t.Helper()
	command := exec.CommandContext(s.t.Context(), "../../tools/servers/"+script) //nolint:gosec // The name is this test's.
	command.Env = append(slices.Clone(s.env), env...)
	output, err := command.CombinedOutput()
	return string(output), err
}

func (s *standIns) run(script string, env ...string) string {
	s.t.Helper()
	output, err := s.try(script, env...)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", script, err, output)
	}
	return output
}

// docker are the calls since the last time, without what is made at random.
func (s *standIns) docker() string {
	s.t.Helper()
	path := filepath.Join(s.path, "calls")
	calls, err := os.ReadFile(path) //nolint:gosec // The path is this test's.
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return string(calls)
}

// saved are the variables that the scripts leave to the tests.
func (s *standIns) saved() map[string]string {
	s.t.Helper()
	content, err := os.ReadFile(filepath.Join(s.directory, "env"))
	if err != nil {
		s.t.Fatal(err)
	}
	variables := map[string]string{}
	for line := range strings.Lines(string(content)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		variables[name] = strings.Trim(value, "'")
	}
	return variables
}

func TestServers_fromStartToStop(t *testing.T) {
	t.Parallel()
	s := newStandIns(t)

	// 1. Start: the images, on a network that both servers reach GitLab by.
	s.run("start.sh")
	calls := s.docker()
	for _, want := range []string{"network create infisical-gitlab-real", " postgres:14-alpine", " redis:7-alpine", " infisical/infisical:latest",
		" gitlab/gitlab-ee:latest", "--env ALLOW_INTERNAL_IP_CONNECTIONS=true", "external_url 'http://127.0.0.1:"} {
		if !strings.Contains(calls, want) {
			t.Errorf("docker was not called with %q:\n%s", want, calls)
		}
	}
	info, err := os.Stat(filepath.Join(s.directory, "env"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the variables: %v %v", info, err)
	}

	// 2. Wait, through what says that it is not up yet.
	s.change(func() { s.starting = 2 })
	if said := s.run("wait.sh"); !strings.Contains(said, "infisical is ready") || !strings.Contains(said, "gitlab is ready") {
		t.Errorf("wait.sh said %s", said)
	}

	// 3. First run.
	said := s.run("first-run.sh")
	if !strings.Contains(s.docker(), "exec real-gitlab gitlab-rails runner token = User.find_by_username('root').personal_access_tokens.create!") {
		t.Error("root got no token")
	}
	variables := s.saved()
	for name, want := range map[string]string{
		"TEST_GITLAB_TOKEN": "glpat-of-the-group", "TEST_GITLAB_TOKEN_2": "glpat-of-the-group", "TEST_GITLAB_TOKEN_TYPE": "group",
		"TEST_GITLAB_PROJECT": "9", "TEST_INFISICAL_PROJECT_ID": "project-1",
		"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "client-1", "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "client-secret-1",
		"GITLAB_BASE_URL": variables["INFISICAL_HOST"],
	} {
		if variables[name] != want {
			t.Errorf("%s is %q, want %q", name, variables[name], want)
		}
	}
	for _, secret := range []string{"admin-token", "own-token", "client-secret-1", "glpat-"} {
		if strings.Contains(said, secret) {
			t.Errorf("first-run.sh shows %s: %s", secret, said)
		}
	}
	s.askedInOrder(
		`^/api/v1/admin/bootstrap token= map\[email:admin@example.com organization:acceptance password:[0-9a-f]{32}\]$`,
		`^/api/v1/identities token=admin-token map\[name:terraform organizationId:org-1 role:admin\]$`,
		`^/api/v1/auth/universal-auth/identities/identity-1 token=admin-token map\[\]$`,
		`^/api/v1/auth/universal-auth/identities/identity-1/client-secrets token=admin-token map\[\]$`,
		`^/api/v1/auth/universal-auth/login token= map\[clientId:client-1 clientSecret:client-secret-1\]$`,
		`^/api/v1/projects token=own-token map\[projectName:acceptance type:secret-manager\]$`,
		`^/api/v4/secrets/DATABASE_URL token=own-token map\[environment:prod projectId:project-1 secretPath:/ secretValue:postgres://database\]$`,
		`^/api/v4/groups token=glpat-[0-9a-f]{20} map\[name:acme path:acme\]$`,
		`^/api/v4/projects token=glpat-[0-9a-f]{20} map\[name:app namespace_id:7 path:app\]$`,
		`^/api/v4/groups/7/access_tokens token=glpat-[0-9a-f]{20} map\[access_level:50 expires_at:20\d\d-\d\d-\d\d name:acceptance-1 scopes:\[api\]\]$`,
		`^/api/v4/groups/7/access_tokens token=glpat-[0-9a-f]{20} map\[access_level:50 expires_at:20\d\d-\d\d-\d\d name:acceptance-2 scopes:\[api\]\]$`,
	)

	// 4. Stop.
	if said := s.run("stop.sh", "LOGS=1"); !strings.Contains(said, "what the container said") {
		t.Errorf("stop.sh said %s", said)
	}
	calls = s.docker()
	for _, want := range []string{"rm --force --volumes real-gitlab", "rm --force --volumes real-infisical", "network rm infisical-gitlab-real"} {
		if !strings.Contains(calls, want) {
			t.Errorf("docker was not called with %q:\n%s", want, calls)
		}
	}
	if _, err := os.Stat(s.directory); !os.IsNotExist(err) {
		t.Errorf("the secrets are left: %v", err)
	}
}

func (s *standIns) askedInOrder(patterns ...string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.asked) != len(patterns) {
		s.t.Errorf("%d requests, want %d", len(s.asked), len(patterns))
	}
	for i, pattern := range patterns[:min(len(patterns), len(s.asked))] {
		if !regexp.MustCompile(pattern).MatchString(s.asked[i]) {
			s.t.Errorf("request %d was %s, want %s", i+1, s.asked[i], pattern)
		}
	}
}

// A server that does not come up, and one that refuses, end the run and say why; secrets stay out of it.
func TestServers_failures(t *testing.T) {
	t.Parallel()
	s := newStandIns(t)
	s.run("start.sh")
	s.change(func() { s.starting = 100 })
	said, err := s.try("wait.sh", "WAIT_ATTEMPTS=3")
	if err == nil || !strings.Contains(said, "infisical is not ready after 3 attempts") || !strings.Contains(said, "what the container said") {
		t.Errorf("wait.sh: %v %s", err, said)
	}
	s.change(func() {
		s.starting = 0
		delete(s.answers, "POST /api/v1/projects")
	})
	said, err = s.try("first-run.sh")
	if err == nil || !strings.Contains(said, "/api/v1/projects: HTTP 404: 404 Not Found") || strings.Contains(said, "not to be shown") {
		t.Errorf("first-run.sh: %v %s", err, said)
	}
	s.change(func() { s.answers["POST /api/v1/projects"] = `{"workspace":{"id":"project-1"}}` })
	if said, err = s.try("first-run.sh"); err == nil {
		t.Errorf("first-run.sh goes on without the project's id: %s", said)
	}
}

// GitHub's logs show stars in place of what is announced as a secret.
func TestServers_mask(t *testing.T) {
	t.Parallel()
	s := newStandIns(t)
	said := s.run("start.sh", "GITHUB_ACTIONS=true") + s.run("first-run.sh", "GITHUB_ACTIONS=true")
	for _, secret := range []string{"admin-token", "own-token", "client-secret-1", "glpat-of-the-group"} {
		if !strings.Contains(said, "::add-mask::"+secret+"\n") {
			t.Errorf("%s is not announced", secret)
		}
	}
}

// test.sh runs the tests that begin with acctest.Start, all of them and no others, with the variables of the servers.
func TestServers_tests(t *testing.T) {
	t.Parallel()
	s := newStandIns(t)
	fake := `#!/bin/sh
printf '%s\n' "$@" "real=$TF_ACC_INFISICAL_REAL" "host=$INFISICAL_HOST" > "$DOCKER_CALLS"
for arg in "$@"; do case $arg in REPORT=*) report=${arg#REPORT=} ;; esac; done
cat > "$report" <<EOF
{"Action":"output","Test":"TestAccWire_answersAsRecorded/x","Output":"    wire_test.go:1: .a: recorded as string, is not there\n"}
{"Action":"output","Test":"TestAccOther","Output":"something else\n"}
EOF
exit 1
`
	if err := os.WriteFile(filepath.Join(s.path, "make"), []byte(fake), 0o700); err != nil { //nolint:gosec // It is run.
		t.Fatal(err)
	}
	s.run("start.sh")
	said, err := s.try("test.sh")
	if err == nil || !strings.Contains(said, ".a: recorded as string, is not there") || strings.Contains(said, "something else") {
		t.Errorf("test.sh: %v %s", err, said)
	}
	calls := s.docker()
	if !strings.Contains(calls, "real=1\nhost=http://127.0.0.1:") {
		t.Errorf("make was called with %s", calls)
	}
	chosen := regexp.MustCompile(`RUN=(.*)\n`).FindStringSubmatch(calls)
	if chosen == nil {
		t.Fatalf("make was called with %s", calls)
	}
	pattern := regexp.MustCompile(chosen[1])
	for name, anyServers := range acceptanceTests(t) {
		if pattern.MatchString(name) != anyServers {
			t.Errorf("%s begins with acctest.Start: %t, chosen by test.sh: %t", name, anyServers, !anyServers)
		}
	}
}

// acceptanceTests are the names of all, and whether each can run against any servers.
func acceptanceTests(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../*/*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	found := map[string]bool{}
	for _, file := range files {
		content, err := os.ReadFile(file) //nolint:gosec // The paths are this repository's.
		if err != nil {
			t.Fatal(err)
		}
		for _, function := range strings.Split(string(content), "\nfunc ")[1:] {
			if name, _, _ := strings.Cut(function, "("); strings.HasPrefix(name, "TestAcc") {
				found[name] = strings.Contains(function, "acctest.Start(t)")
			}
		}
	}
	return found
}
