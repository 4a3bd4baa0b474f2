package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// A stage is a sandbox at the moment of a recording, with the request about to be repeated.
type stage struct {
	*Sandbox
	clock  *server.Clock
	sample Recording
}

// recordedAt is the day of the recordings, on which the dates in them depend.
var recordedAt = time.Date(2026, time.November, 22, 11, 23, 2, 554_000_000, time.UTC)

// fields is the recorded body with the hosts, projects and secrets of this sandbox.
func (s *stage) fields(changes map[string]any) map[string]any {
	body := map[string]any{}
	if recorded, ok := s.placed(s.sample.Request.Body).(map[string]any); ok {
		maps.Copy(body, recorded)
	}
	maps.Copy(body, changes)
	return body
}

func (s *stage) placed(value any) any {
	switch v := value.(type) {
	case string:
		v = strings.ReplaceAll(v, "https://gitlab.example.com", s.GitLab.URL())
		return strings.ReplaceAll(v, "77d88a2b-06bc-421b-8eac-c10b6d8d4e9b", s.Infisical.Projects[0])
	case map[string]any:
		placed := map[string]any{}
		for name, member := range v {
			placed[name] = s.placed(member)
		}
		return placed
	default:
		return v
	}
}

// with puts a credential in the recorded body.
func (s *stage) with(token string) map[string]any {
	body := s.fields(nil)
	if credentials, ok := body["credentials"].(map[string]any); ok {
		credentials["accessToken"] = token
	}
	return body
}

// repeat sends the recorded request to Infisical. A path given replaces the recorded one.
func (s *stage) repeat(t *testing.T, body any, path ...string) answer {
	t.Helper()
	target, _ := s.placed(s.sample.Request.Path).(string)
	if len(path) > 0 {
		target = path[0]
	}
	return s.infisical(t, s.sample.Request.Method, target, body)
}

// ask sends the recorded request to GitLab with the token of a name.
func (s *stage) ask(t *testing.T, name string) answer {
	t.Helper()
	return s.askWith(t, s.GitLab.Token(name).Value)
}

func (s *stage) askWith(t *testing.T, token string) answer {
	t.Helper()
	return send(t, s.sample.Request.Method, s.GitLab.URL()+s.sample.Request.Path, bearer(token), s.sample.Request.Body)
}

// handMade stores the connection that the recordings read, change and delete.
func (s *stage) handMade(name, description string) infisical.Connection {
	c := infisical.Connection{ID: "0" + uuid.NewString()[1:], Name: name, AccessTokenType: "project", AccessToken: s.GitLab.Token("personal-api").Value}
	if description != "" {
		c.Description = &description
	}
	return s.Infisical.Add(c)
}

// scopedToProject stores the connection of the recordings that belongs to a project and GitLab.com.
func (s *stage) scopedToProject() infisical.Connection {
	return s.Infisical.Add(infisical.Connection{ // Listed after the one made by hand, of the same name.
		ID: "f" + uuid.NewString()[1:], Name: "gitlab-ci", AccessTokenType: "group", ProjectID: &s.Infisical.Projects[0], InstanceURL: new(""),
	})
}

func idPath(c infisical.Connection) string { return connectionsPath + "/" + c.ID }

func (s *stage) refreshableCode() (gitlab.Application, string) {
	a := s.GitLab.AddApplication(callback)
	return a, s.GitLab.AuthorizationCode(a.ClientID, a.RedirectURI, "api")
}

func (s *stage) exchange(t *testing.T) answer {
	t.Helper()
	a, code := s.refreshableCode()
	return send(t, http.MethodPost, s.GitLab.URL()+"/oauth/token", nil, map[string]any{
		"grant_type": "authorization_code", "code": code, "client_id": a.ClientID, "client_secret": a.ClientSecret, "redirect_uri": a.RedirectURI,
	})
}

// scenes say how to bring a sandbox to where each recording was made, and repeat its request.
var scenes = map[string]func(*testing.T, *stage) answer{
	"infisical: universal auth login": func(t *testing.T, s *stage) answer {
		return s.repeat(t, s.fields(map[string]any{"clientId": s.Infisical.ClientID, "clientSecret": s.Infisical.ClientSecret}))
	},
	"infisical: universal auth login, wrong secret": func(t *testing.T, s *stage) answer {
		return s.repeat(t, s.fields(map[string]any{"clientId": s.Infisical.ClientID}))
	},
	"infisical: universal auth login, locked out": func(t *testing.T, s *stage) answer {
		for range lockoutThreshold {
			s.login(t, s.Infisical.ClientID, "wrong")
		}
		return s.repeat(t, s.fields(map[string]any{"clientId": s.Infisical.ClientID, "clientSecret": s.Infisical.ClientSecret}))
	},
	"infisical: app connection options": func(t *testing.T, s *stage) answer {
		a, _ := s.refreshableCode()
		s.Infisical.ConfigureOAuth(a.ClientID, a.ClientSecret, "https://infisical.example.com")
		return s.repeat(t, nil)
	},
	"infisical: create GitLab connection, organisation scope": func(t *testing.T, s *stage) answer {
		return s.repeat(t, s.with(s.GitLab.Token("project-owner-api").Value))
	},
	"infisical: create GitLab connection, project scope, GitLab.com": func(t *testing.T, s *stage) answer {
		return s.repeat(t, s.with(s.GitLab.Token("group-owner-api").Value))
	},
	"infisical: create with an empty body object":                         repeatAsRecorded,
	"infisical: create with several invalid fields":                       repeatAsRecorded,
	"infisical: create with projectId null":                               repeatAsRecorded,
	"infisical: create with a gateway":                                    repeatAsRecorded,
	"infisical: create with a token GitLab refuses":                       repeatAsRecorded,
	"infisical: create, GitLab host unreachable":                          repeatAsRecorded,
	"infisical: read unknown id":                                          repeatAsRecorded,
	"infisical: read malformed id":                                        repeatAsRecorded,
	"infisical: update name and description only":                         changeOne("GitLab for CI variables"),
	"infisical: update with partial credentials (instanceUrl only)":       changeOne(""),
	"infisical: update with credentials of another method":                changeOne(""),
	"infisical: update with method and projectId (ignored by the server)": changeRenamed,
	"infisical: create with a token whose scopes are too small": func(t *testing.T, s *stage) answer {
		return s.repeat(t, s.with(s.GitLab.Token("personal-read-repository").Value))
	},
	"infisical: create with a name in use": func(t *testing.T, s *stage) answer {
		s.handMade("gitlab-ci", "")
		return s.repeat(t, s.with(s.GitLab.Token("project-owner-api").Value))
	},
	"infisical: read by id": func(t *testing.T, s *stage) answer {
		return s.repeat(t, nil, idPath(s.handMade("gitlab-ci", "GitLab for CI variables")))
	},
	"infisical: read by name, project scope": func(t *testing.T, s *stage) answer {
		s.handMade("gitlab-ci", "of the organization")
		s.scopedToProject()
		return s.repeat(t, nil)
	},
	"infisical: list, no projectId (organisation and project rows)": func(t *testing.T, s *stage) answer {
		s.handMade("gitlab-ci", "GitLab for CI variables")
		s.scopedToProject()
		s.Infisical.Add(infisical.Connection{App: "github", Name: "other-app"})
		s.Infisical.Add(infisical.Connection{OrgID: s.Infisical.OtherOrganizationID, Name: "other-organization"})
		return s.repeat(t, nil)
	},
	"infisical: read the connection of another app": func(t *testing.T, s *stage) answer {
		return s.repeat(t, nil, idPath(s.Infisical.Add(infisical.Connection{App: "github"})))
	},
	"infisical: update with complete credentials": func(t *testing.T, s *stage) answer {
		return s.repeat(t, s.with(s.GitLab.Token("project-owner-api").Value), idPath(s.handMade("gitlab-ci-2", "")))
	},
	"infisical: delete while in use": func(t *testing.T, s *stage) answer {
		c := s.scopedToProject()
		s.Infisical.SetInUse(c.ID, true)
		return s.repeat(t, nil, idPath(c))
	},
	"infisical: delete": func(t *testing.T, s *stage) answer {
		return s.repeat(t, nil, idPath(s.handMade("gitlab-ci-2", "")))
	},
	"infisical: malformed access token": func(t *testing.T, s *stage) answer {
		return send(t, http.MethodGet, s.Infisical.URL()+connectionsPath, bearer("not-a-token"), nil)
	},
	"infisical: identity without permission": func(t *testing.T, s *stage) answer {
		login := s.login(t, s.Infisical.ReadOnlyClientID, s.Infisical.ReadOnlyClientSecret)
		return send(t, http.MethodPost, s.Infisical.URL()+connectionsPath, bearer(login.field("accessToken")), s.fields(nil))
	},
	"infisical: revoked access token": func(t *testing.T, s *stage) answer {
		token := s.Infisical.AccessToken()
		s.Infisical.RevokeAccessTokens()
		return send(t, http.MethodGet, s.Infisical.URL()+connectionsPath, bearer(token), nil)
	},
	"infisical: malformed JSON body": repeatAsRecorded,
	"infisical: rate limited": func(t *testing.T, s *stage) answer {
		s.repeat(t, nil)
		return s.repeat(t, nil)
	},
	"gitlab: describe a project token":                            askAs("project-owner-api"),
	"gitlab: describe, expired token":                             askAs("personal-expired"),
	"gitlab: describe, revoked token":                             askAs("personal-revoked"),
	"gitlab: describe, fine-grained token without the permission": askAs("granular"),
	"gitlab: describe with an OAuth access token":                 askAs("oauth-api"),
	"gitlab: current user, project bot":                           askAs("project-maintainer-api"),
	"gitlab: project not visible":                                 askAs("project-maintainer-api"),
	"gitlab: role probe, too low":                                 askAs("project-developer-api"),
	"gitlab: no such route":                                       askAs("personal-api"),
	"gitlab: create a project token":                              askAs("admin-management"),
	"gitlab: describe, unknown token": func(t *testing.T, s *stage) answer {
		return s.askWith(t, "unknown")
	},
	"gitlab: OAuth code exchange": func(t *testing.T, s *stage) answer { return s.exchange(t) },
	"gitlab: member, all levels": func(t *testing.T, s *stage) answer {
		token := s.GitLab.Token("project-maintainer-api")
		s.sample.Request.Path = strings.Replace(s.sample.Request.Path, "2002", strconv.Itoa(token.UserID), 1)
		return s.askWith(t, token.Value)
	},
	"gitlab: rate limited": func(t *testing.T, s *stage) answer {
		s.ask(t, "personal-api")
		return s.ask(t, "personal-api")
	},
}

// settings are those of servers that were not as they are by default when they were recorded.
var settings = map[string][]Option{
	"infisical: revoked access token": {WithOlderInfisical()},
	"infisical: rate limited":         {WithRateLimit(1, 0)},
	"gitlab: rate limited":            {WithGitLabRateLimit(1)},
}

func repeatAsRecorded(t *testing.T, s *stage) answer {
	return s.repeat(t, s.placed(s.sample.Request.Body))
}

func changeOne(description string) func(*testing.T, *stage) answer {
	return func(t *testing.T, s *stage) answer {
		return s.repeat(t, s.fields(nil), idPath(s.handMade("gitlab-ci", description)))
	}
}

func changeRenamed(t *testing.T, s *stage) answer {
	return s.repeat(t, s.fields(nil), idPath(s.handMade("gitlab-ci-2", "")))
}

func askAs(name string) func(*testing.T, *stage) answer {
	return func(t *testing.T, s *stage) answer { return s.ask(t, name) }
}

func mustJSON(v any) string {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

// shapes replace what differs from one server to the next.
var shapes = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`^eyJ[\w-]+\.[\w-]+\.[\w-]+$`), "<jwt>"},
	{regexp.MustCompile(`^glpat-[\w-]+$`), "<token>"},
	{regexp.MustCompile(`^req-[A-Za-z0-9]{14}$`), "<request id>"},
	{regexp.MustCompile(`^[0-9a-fx]{64}$`), "<hex>"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "<uuid>"},
	{regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`), "<time>"},
	{regexp.MustCompile(`_bot_[0-9a-f]{32}`), "_bot_<hex>"},
	{regexp.MustCompile(`^project-alpha-[0-9a-f]{4}$`), "<slug>"},
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+|https://gitlab\.example\.com`), "<gitlab>"},
	{regexp.MustCompile(`127\.0\.0\.1$|gitlab\.example\.com$|^203\.0\.113\.7$`), "<host>"},
}

func shape(value any) any {
	switch v := value.(type) {
	case string:
		for _, s := range shapes {
			v = s.pattern.ReplaceAllString(v, s.name)
		}
		return v
	case []any:
		list := []any{}
		for _, member := range v {
			list = append(list, shape(member))
		}
		return list
	case map[string]any:
		shaped := map[string]any{}
		for name, member := range v {
			if _, number := member.(float64); number && name != "resource_id" && (name == "id" || strings.HasSuffix(name, "_id") || name == "created_at") {
				member = "<number>"
			}
			shaped[name] = shape(member)
		}
		// The ids of projects and groups in the recordings are those of the seeds.
		if id, seeded := v["id"]; seeded && (v["path_with_namespace"] != nil || v["full_path"] != nil) {
			shaped["id"] = id
		}
		return shaped
	default:
		return v
	}
}

func TestWire_answersAsRecorded(t *testing.T) {
	t.Parallel()
	samples, err := Recordings()
	if err != nil {
		t.Fatal(err)
	}
	if len(samples) != len(scenes) {
		t.Errorf("%d recordings, %d scenes", len(samples), len(scenes))
	}
	for _, recorded := range samples {
		t.Run(recorded.Name, func(t *testing.T) {
			t.Parallel()
			scene := scenes[recorded.Name]
			if scene == nil {
				t.Fatal("no scene for this recording")
			}
			now := server.NewClock(recordedAt)
			got := scene(t, &stage{start(t, append(settings[recorded.Name], WithClock(now.Now), WithGitLabDotCom())...), now, recorded})
			want := recorded.Response
			if got.status != want.Status {
				t.Errorf("status %d, recorded %d: %s", got.status, want.Status, got.text)
			}
			for name, value := range want.Headers {
				if volatile := strings.HasPrefix(name, "ratelimit-reset"); volatile && got.header.Get(name) != "" {
					continue
				}
				if got.header.Get(name) != value {
					t.Errorf("header %s: %q, recorded %q", name, got.header.Get(name), value)
				}
			}
			var body any = got.text
			if got.body != nil {
				body = got.body
			}
			if !reflect.DeepEqual(shape(body), shape(want.Body)) {
				t.Errorf("body:\n%s\nrecorded:\n%s", mustJSON(shape(body)), mustJSON(shape(want.Body)))
			}
		})
	}
}
