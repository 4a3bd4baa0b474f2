package connection_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

func TestAccConnection_refusedAtValidate(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	const slug = "lower-case letters and digits, in groups joined by single hyphens"
	named := func(name string) string { return fmt.Sprintf("name = %q\naccess_token = %s", name, writeOnly) }
	with := func(attribute string) string { return named("platform") + "\n" + attribute }
	token := func(accessToken string) string {
		return fmt.Sprintf("name = \"platform\"\naccess_token = %s", accessToken)
	}
	for name, tc := range map[string]struct{ attributes, want string }{
		"name with a leading space":     {named(" a"), slug},
		"name with a trailing space":    {named("a "), slug},
		"name in upper case":            {named("Platform"), slug},
		"name of 65 characters":         {named(strings.Repeat("a", 65)), "string length must be between 1 and 64, got: 65"},
		"name with a double hyphen":     {named("a--b"), slug},
		"name with a leading hyphen":    {named("-a"), slug},
		"name with a trailing hyphen":   {named("a-"), slug},
		"name with an underscore":       {named("a_b"), slug},
		"name that is empty":            {named(""), "string length must be between 1 and 64"},
		"description of 256 characters": {with(fmt.Sprintf("description = %q", strings.Repeat("é", 256))), "has 256 characters, and Infisical can store 255"},
		"description of 129 emoji":      {with(fmt.Sprintf("description = %q", strings.Repeat("🦊", 129))), "that makes 258, and it accepts 256"},
		"description that is empty":     {with(`description = ""`), "The description is blank"},
		"description that is blank":     {with(`description = " \n"`), "The description is blank"},
		"description with U+0000":       {with(`description = "a\u0000b"`), "U+0000"},
		"project_id with U+0000":        {with(`project_id = "a\u0000b"`), "Not an id of Infisical"},
		"instance_url without scheme":   {with(`instance_url = "gitlab.example.com"`), "must begin with https://"},
		"instance_url with ftp":         {with(`instance_url = "ftp://gitlab.example.com"`), "must begin with https://"},
		"instance_url with user info":   {with(`instance_url = "https://user:pass@gitlab.example.com"`), "must not hold a user name or password"},
		"instance_url with a query":     {with(`instance_url = "https://gitlab.example.com?x=1"`), "must not have a query"},
		"instance_url with a fragment":  {with(`instance_url = "https://gitlab.example.com#x"`), "must not have a fragment"},
		"instance_url with two slashes": {with(`instance_url = "https://gitlab.example.com//"`), "two slashes"},
		"instance_url with /api/v4":     {with(`instance_url = "https://gitlab.example.com/api/v4"`), "Infisical appends itself"},
		"instance_url with plain http":  {with(`instance_url = "http://gitlab.example.com"`), "Plain http to gitlab.example.com is refused"},
		"project_id that is empty":      {with(`project_id = ""`), "Not an id of Infisical"},
		"unknown kind":                  {token(`{ type = "robot", value_wo = var.token }`), `"personal" "project" "group"`},
		"version without value_wo":      {token(`{ type = "group", value_wo_version = 1 }`), "access_token.value_wo_version needs access_token.value_wo"},
		"negative version":              {token(`{ type = "group", value_wo = var.token, value_wo_version = -1 }`), "must be at least 0"},
		"code that is blank": {`name = "platform"` + "\n" + `oauth = { authorization_code_wo = " " }`,
			"Infisical has no GitLab OAuth application"},
		"code with space inside":          {`name = "platform"` + "\n" + `oauth = { authorization_code_wo = "two words" }`, "which no authorization code does"},
		"value_wo with space inside":      {token(`{ type = "group", value_wo = "two words" }`), "white space or control characters"},
		"no access_token":                 {`name = "platform"`, "Set access_token, managed_access_token or oauth"},
		"instance_url with white space":   {with(`instance_url = " https://gitlab.example.com"`), "white space"},
		"instance_url that is only https": {with(`instance_url = "https://"`), "has no host"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, resource.TestStep{
				Config: servers.Provider("") + acctest.TokenVariable +
					fmt.Sprintf("resource \"infisical_gitlab_connection\" \"test\" {\n%s\n}\n", tc.attributes),
				ConfigVariables: acctest.Token(servers.Token),
				PlanOnly:        true,
				ExpectError:     says(tc.want),
			})
		})
	}
	t.Cleanup(func() { servers.NoWrites(t) })
}

// Each fault strikes the creation of a connection: one clear diagnostic, and nothing is left behind. The next apply,
// without the fault, succeeds.
func TestAccConnection_createFails(t *testing.T) {
	t.Parallel()
	post := server.Fault{Server: "infisical", Method: http.MethodPost, Path: "/api/v1/app-connections/gitlab"}
	fault := func(change func(*server.Fault)) *server.Fault {
		f := post
		change(&f)
		return &f
	}
	refusal := func(status int, body string) *server.Fault {
		return fault(func(f *server.Fault) {
			f.Kind, f.Status, f.Body = server.FaultStatus, status, body
			f.Header = http.Header{"Content-Type": {"application/json; charset=utf-8"}}
		})
	}
	for name, tc := range map[string]struct {
		fault *server.Fault
		token string // name of a seeded token
		warn  bool   // let it pass our own validation
		url   string
		want  string
	}{
		"403 permission": {
			fault: refusal(403, `{"reqId":"req-fFxVE40W0f4mFw","statusCode":403,"message":"You are not allowed to create on app-connections","error":"PermissionDenied","details":[]}`),
			want:  "You are not allowed to create on app-connections (HTTP 403 PermissionDenied, reqId req-fFxVE40W0f4mFw)",
		},
		"422 issue on the name": {
			fault: refusal(422, `{"reqId":"req-vU9Lu5jr4gCEXF","statusCode":422,"message":[{"code":"custom","message":"name field must be at most 32 lowercase characters","path":["name"]}],"error":"ValidationFailure"}`),
			want:  `in resource "infisical_gitlab_connection" "test": 32: name = "platform"`,
		},
		"422 issue on the URL": {
			fault: refusal(422, `{"reqId":"r","statusCode":422,"message":[{"code":"invalid_string","message":"Invalid Instance URL","path":["credentials","instanceUrl"]}],"error":"ValidationFailure"}`),
			want:  "credentials.instanceUrl: Invalid Instance URL",
		},
		"500": {fault: refusal(500, `{"reqId":"req-l5tjBjFf9ZHkPJ","statusCode":500,"message":"Something went wrong","error":"InternalServerError"}`),
			want: "Could not tell whether the GitLab connection was created"},
		"unknown project": {
			fault: refusal(400, `{"reqId":"r","statusCode":400,"message":"Could not find project with ID x","error":"BadRequest"}`),
			want:  "Could not find project with ID x",
		},
		"token revoked":      {token: "personal-revoked", warn: true, want: "Failed to validate credentials: Unauthorized"},
		"scope too small":    {token: "personal-read-repository", warn: true, want: "it needs the scope api"},
		"localhost":          {url: "https://localhost", want: "Infisical does not connect to local addresses"},
		"GitLab unreachable": {url: "https://gitlab.invalid", want: "Infisical cannot reach GitLab"},
		"HTML":               {fault: fault(func(f *server.Fault) { f.Kind = server.FaultHTML }), want: "the answer is text/html instead of JSON"},
		"HTML with 403":      {fault: fault(func(f *server.Fault) { f.Kind, f.Status = server.FaultHTML, 403 }), want: "a proxy may have sent it"},
		"redirect": {
			fault: fault(func(f *server.Fault) {
				f.Kind, f.Status, f.Header = server.FaultRedirect, 307, http.Header{"Location": {"https://elsewhere.example.com/login?next=x"}}
			}),
			want: "the server redirects to https://elsewhere.example.com/login (307)",
		},
		"an answer of another shape": {
			fault: refusal(200, `{"appConnection":{"id":7}}`),
			want:  "not the JSON that an Infisical server sends",
		},
		"an answer without a connection": {fault: refusal(200, `{}`), want: "does not describe a connection"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			lift := func() {}
			if tc.fault != nil {
				lift = servers.Sandbox.Fail(*tc.fault)
			}
			token, attributes := servers.Token, ""
			if tc.token != "" {
				token = servers.Sandbox.GitLab.Token(tc.token).Value
			}
			if tc.warn {
				attributes = `token_validation = "warn"`
			}
			if tc.url != "" {
				attributes = fmt.Sprintf("instance_url = %q", tc.url)
			}
			environment := acctest.Environment()
			environment.Wait = acctest.NoWait
			acctest.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories(environment),
				Steps: []resource.TestStep{
					{Config: connectionConfig(servers, "platform", attributes), ConfigVariables: acctest.Token(token), ExpectError: says(tc.want)},
					{
						PreConfig: func() {
							lift()
							if n := len(servers.Sandbox.Infisical.Connections()); n != 0 {
								t.Errorf("%d connections were left behind", n)
							}
						},
						Config:           connectionConfig(servers, "platform", ""),
						ConfigVariables:  acctest.Token(servers.Token),
						ConfigPlanChecks: action(plancheck.ResourceActionCreate),
					},
				},
			})
		})
	}
}

func TestAccConnection_nameTaken(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	existing := servers.Sandbox.Infisical.Add(infisical.Connection{Name: "platform", AccessToken: servers.Token, AccessTokenType: "group"})
	test(t,
		resource.TestStep{
			Config: connectionConfig(servers, "platform", ""), ConfigVariables: acctest.Token(servers.Token),
			ExpectError: says(fmt.Sprintf("import {\n  to = infisical_gitlab_connection.NAME # the address of this resource\n  id = %q\n}", existing.ID)),
		},
	)
}

// A connection cannot be renamed to what another is called, either.
func TestAccConnection_nameTakenOnRename(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	servers.Sandbox.Infisical.Add(infisical.Connection{Name: "platform", AccessToken: servers.Token, AccessTokenType: "group"})
	test(t,
		resource.TestStep{Config: connectionConfig(servers, "mine", ""), ConfigVariables: acctest.Token(servers.Token)},
		resource.TestStep{
			Config: connectionConfig(servers, "platform", ""), ConfigVariables: acctest.Token(servers.Token),
			ExpectError: says("Name taken"),
		},
	)
}

func TestAccConnection_nameTakenByAnotherApp(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	servers.Sandbox.Infisical.Add(infisical.Connection{App: "github", Name: "platform"})
	test(t, resource.TestStep{
		Config: connectionConfig(servers, "platform", ""), ConfigVariables: acctest.Token(servers.Token),
		ExpectError: says("it may not be for GitLab"),
	})
}

func TestAccConnection_wrongClientSecret(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	wrong := *servers
	wrong.ClientSecret = "wrong"
	config := wrong.Provider("") + acctest.TokenVariable
	for i := range 5 {
		config += fmt.Sprintf("resource \"infisical_gitlab_connection\" \"test%d\" {\n  name = \"c%d\"\n  access_token = %s\n}\n", i, i, writeOnly)
	}
	test(t, resource.TestStep{Config: config, ConfigVariables: acctest.Token(servers.Token),
		ExpectError: says("Invalid credentials (HTTP 401 UnauthorizedError")})
	logins := slices.DeleteFunc(servers.Sandbox.Log.Provider(), func(line string) bool { return line != login })
	if len(logins) != 1 {
		t.Errorf("%d logins with a secret that was refused, want 1", len(logins))
	}
}

func TestAccConnection_accessTokenExpiresMidRun(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*infisical.Server){
		"expired": (*infisical.Server).ExpireAccessTokens,
		"revoked": (*infisical.Server).RevokeAccessTokens,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_token="+servers.Token)...)
			cli.Write(acctest.TokenVariable + fmt.Sprintf(`
resource "infisical_gitlab_connection" "first" {
  name         = "first"
  access_token = %[1]s
}

resource "infisical_gitlab_connection" "second" {
  name         = "second"
  description  = infisical_gitlab_connection.first.id
  access_token = %[1]s
}
`, writeOnly))
			var once sync.Once
			servers.Sandbox.OnAnswer(func(request *server.Request) {
				if request.Line() == postRequest {
					once.Do(func() { end(servers.Sandbox.Infisical) })
				}
			})
			cli.Run("apply", "-auto-approve", "-input=false")
			want := []string{login, postRequest, postRequest, login, postRequest}
			if got := servers.Lines("infisical"); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestAccConnection_serverDropsTheProject(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	servers.Sandbox.Infisical.DropProjectID(true)
	test(t, resource.TestStep{
		Config:          connectionConfig(servers, "platform", fmt.Sprintf("project_id = %q", servers.ProjectID)),
		ConfigVariables: acctest.Token(servers.Token),
		ExpectError:     says("the server created it in the organization: it is probably older than project-level connections. The provider deleted it again."),
	})
	if n := len(servers.Sandbox.Infisical.Connections()); n != 0 {
		t.Errorf("%d connections are left", n)
	}
}

func TestAccConnection_readFails(t *testing.T) {
	t.Parallel()
	get := func(change func(*server.Fault)) server.Fault {
		f := server.Fault{Server: "infisical", Method: http.MethodGet, Path: "/api/v1/app-connections/gitlab/{id}"}
		change(&f)
		return f
	}
	for name, tc := range map[string]struct {
		fault server.Fault
		want  string
	}{
		"HTML":      {get(func(f *server.Fault) { f.Kind = server.FaultHTML }), "the answer is text/html instead of JSON"},
		"truncated": {get(func(f *server.Fault) { f.Kind = server.FaultTruncate }), "Could not read the GitLab connection"},
		"hang":      {get(func(f *server.Fault) { f.Kind = server.FaultHang }), "no complete answer within 1s"},
		"500":       {get(func(f *server.Fault) { f.Kind, f.Status = server.FaultStatus, 500 }), "Something went wrong (HTTP 500 InternalServerError"},
		"429 for ever": {get(func(f *server.Fault) {
			f.Kind, f.Status, f.Header = server.FaultStatus, 429, http.Header{"Retry-After": {"0"}}
		}), "Raise max_retries in the provider block"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			config := connectionConfig(servers, "platform", "")
			struck := config
			if name == "hang" { // Nothing else is to meet the limit.
				struck = strings.Replace(config, "max_retries = 1", "max_retries = 1\nrequest_timeout = \"1s\"", 1)
			}
			var lift func()
			test(t,
				resource.TestStep{Config: config, ConfigVariables: acctest.Token(servers.Token)},
				resource.TestStep{
					PreConfig: func() { lift = servers.Sandbox.Fail(tc.fault) },
					Config:    struck, ConfigVariables: acctest.Token(servers.Token), ExpectError: says(tc.want),
				},
				resource.TestStep{
					PreConfig: func() { lift() },
					Config:    config, ConfigVariables: acctest.Token(servers.Token), ConfigPlanChecks: action(plancheck.ResourceActionNoop),
				},
			)
		})
	}
}

func TestAccConnection_serverDown(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	test(t,
		resource.TestStep{Config: connectionConfig(servers, "platform", ""), ConfigVariables: acctest.Token(servers.Token)},
		resource.TestStep{
			PreConfig: servers.Sandbox.Infisical.Stop,
			Config:    connectionConfig(servers, "platform", ""), ConfigVariables: acctest.Token(servers.Token), ExpectError: says("connection refused"),
		},
		resource.TestStep{
			PreConfig: func() {
				if err := servers.Sandbox.Infisical.Restart(); err != nil {
					t.Fatal(err)
				}
			},
			Config: connectionConfig(servers, "platform", ""), ConfigVariables: acctest.Token(servers.Token),
			ConfigPlanChecks: action(plancheck.ResourceActionNoop),
		},
	)
}

func TestAccConnection_rateLimitIsWaitedFor(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	servers.Sandbox.Fail(server.Fault{
		Server: "infisical", Path: "/api/v1/app-connections/gitlab", Times: 1,
		Kind: server.FaultStatus, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"1"}},
	})
	began := time.Now()
	test(t, resource.TestStep{Config: connectionConfig(servers, "platform", ""), ConfigVariables: acctest.Token(servers.Token)})
	if took := time.Since(began); took < time.Second {
		t.Errorf("done after %s, before the server's Retry-After", took)
	}
}

func TestAccConnection_inUse(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	config := connectionConfig(servers, "platform", "")
	test(t,
		resource.TestStep{
			Config: config, ConfigVariables: acctest.Token(servers.Token),
			Check: after(func() { servers.Sandbox.Infisical.SetInUse(servers.Only(t).ID, true) }),
		},
		resource.TestStep{
			Config: config, ConfigVariables: acctest.Token(servers.Token), Destroy: true,
			ExpectError: says("Secret Syncs, secret rotations or Secret Scanning data sources still use the connection. Remove them, or point them at another connection, and apply again. " +
				"A sync that was just deleted may use the connection for another moment. The data source infisical_gitlab_secret_syncs lists the syncs of a " +
				"project, each with its connection_id."),
		},
		resource.TestStep{
			PreConfig: func() { servers.Sandbox.Infisical.SetInUse(servers.Only(t).ID, false) },
			Config:    config, ConfigVariables: acctest.Token(servers.Token), ConfigPlanChecks: action(plancheck.ResourceActionNoop),
		},
	)
}

// The answer to the creation is lost: the connection that it made is found and adopted.
func TestAccConnection_lostAnswerToCreate(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]server.Fault{
		"no answer":        {Kind: server.FaultDropAfter},
		"truncated answer": {Kind: server.FaultTruncate},
		"500":              {Kind: server.FaultStatusAfter, Status: 500},
		"502 page":         {Kind: server.FaultStatusAfter, Status: 502},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			fault.Server, fault.Method, fault.Path, fault.Times = "infisical", http.MethodPost, postRequest[len("POST "):], 1
			servers.Sandbox.Fail(fault)
			cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_token="+servers.Token)...)
			cli.Write(acctest.TokenVariable + fmt.Sprintf("resource \"infisical_gitlab_connection\" \"test\" {\n  name = \"platform\"\n  access_token = %s\n}\n", writeOnly))
			output := cli.Run("apply", "-auto-approve", "-input=false")
			if !strings.Contains(output, "Warning: GitLab connection adopted") {
				t.Errorf("nothing was said of the adoption:\n%s", output)
			}
			posts := 0
			for _, write := range servers.Writes() {
				if write.Method == http.MethodPost {
					posts++
				}
			}
			if posts != 1 || !cli.PlanIsEmpty() {
				t.Errorf("%d creations, want 1, and an empty plan after them", posts)
			}
			servers.Only(t)
		})
	}
}

// A connection of that name that was there before is not ours, whatever became of our request.
func TestAccConnection_lostAnswerIsNotSomebodyElses(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	servers.Sandbox.Infisical.Add(infisical.Connection{
		Name: "platform", AccessToken: servers.OtherToken, AccessTokenType: "group", InstanceURL: &servers.InstanceURL, CreatedAt: time.Now().Add(-time.Hour),
	})
	servers.Sandbox.Fail(server.Fault{Server: "infisical", Method: http.MethodPost, Path: postRequest[len("POST "):], Kind: server.FaultDropBefore})
	test(t, resource.TestStep{
		Config: connectionConfig(servers, "platform", ""), ConfigVariables: acctest.Token(servers.Token),
		ExpectError: says("it is not the one that was asked for: it existed before the request"),
	})
	if servers.Only(t).AccessToken != servers.OtherToken {
		t.Error("somebody else's connection was overwritten")
	}
}
