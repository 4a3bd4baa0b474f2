package acctest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
)

func recordings(t *testing.T) map[string]sandbox.Recording {
	t.Helper()
	all, err := sandbox.Recordings()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]sandbox.Recording{}
	for _, one := range all {
		byName[one.Name] = one
	}
	return byName
}

// A wire asks any servers what was recorded.
type wire struct {
	*acctest.Servers
	t *testing.T
	// session is an access token of Infisical's.
	session string
}

// answered is a status with a decoded body; what is no JSON is text.
type answered struct {
	status int
	body   any
}

func (w *wire) send(method, url, token string, body any) answered {
	w.t.Helper()
	text, isText := body.(string)
	content := []byte(text)
	if !isText && body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			w.t.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(w.t.Context(), method, url, bytes.NewReader(content))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	var decoded any
	if json.Unmarshal(said, &decoded) != nil {
		decoded = string(said)
	}
	return answered{response.StatusCode, decoded}
}

const connections = "/api/v1/app-connections/gitlab"

func (w *wire) infisical(method, path string, body any) answered {
	w.t.Helper()
	return w.send(method, w.Host+path, w.session, body)
}

func (w *wire) gitlab(of sandbox.Recording, token string) answered {
	w.t.Helper()
	return w.send(of.Request.Method, w.InstanceURL+of.Request.Path, token, nil)
}

func (w *wire) login(secret string) answered {
	w.t.Helper()
	return w.send(http.MethodPost, w.Host+"/api/v1/auth/universal-auth/login", "", map[string]any{"clientId": w.ClientID, "clientSecret": secret})
}

// create makes a connection with a token, removed at the end of the test.
func (w *wire) create(name, token string) answered {
	w.t.Helper()
	made := w.infisical(http.MethodPost, connections, map[string]any{
		"name": name, "description": "GitLab for CI variables", "method": "access-token",
		"credentials": map[string]any{"accessToken": token, "accessTokenType": w.TokenType, "instanceUrl": w.InstanceURL},
	})
	if id := connectionID(made); id != "" {
		w.t.Cleanup(func() {
			request, _ := http.NewRequest(http.MethodDelete, w.Host+connections+"/"+id, http.NoBody) //nolint:noctx // The test's has ended.
			request.Header.Set("Authorization", "Bearer "+w.session)
			if response, err := http.DefaultClient.Do(request); err == nil {
				response.Body.Close() //nolint:errcheck // It is not read.
			}
		})
	}
	return made
}

// existing is the path of a new connection.
func (w *wire) existing() string {
	w.t.Helper()
	made := w.create(acctest.Name(w.t), w.Token)
	id := connectionID(made)
	if id == "" {
		w.t.Fatalf("creating a connection answered %d", made.status)
	}
	return connections + "/" + id
}

func connectionID(made answered) string {
	body, _ := made.body.(map[string]any)
	connection, _ := body["appConnection"].(map[string]any)
	id, _ := connection["id"].(string)
	return id
}

// repeatable are the recordings that can be repeated at any servers.
var repeatable = map[string]func(*wire, sandbox.Recording) answered{
	"infisical: universal auth login":               func(w *wire, _ sandbox.Recording) answered { return w.login(w.ClientSecret) },
	"infisical: universal auth login, wrong secret": func(w *wire, _ sandbox.Recording) answered { return w.login("wrong-secret") },
	"infisical: app connection options":             again,
	"infisical: create with an empty body object":   again,
	"infisical: create with several invalid fields": again,
	"infisical: read unknown id":                    again,
	"infisical: read malformed id":                  again,
	"infisical: malformed JSON body":                again,
	"infisical: create GitLab connection, organisation scope": func(w *wire, _ sandbox.Recording) answered {
		return w.create(acctest.Name(w.t), w.Token)
	},
	"infisical: create with a token GitLab refuses": func(w *wire, _ sandbox.Recording) answered {
		return w.create(acctest.Name(w.t), "glpat-xxxxxxxxxxxxxxxxxxxx")
	},
	"infisical: create with a name in use": func(w *wire, _ sandbox.Recording) answered {
		name := acctest.Name(w.t)
		w.create(name, w.Token)
		return w.create(name, w.Token)
	},
	"infisical: read by id": func(w *wire, _ sandbox.Recording) answered { return w.infisical(http.MethodGet, w.existing(), nil) },
	"infisical: update name and description only": func(w *wire, _ sandbox.Recording) answered {
		return w.infisical(http.MethodPatch, w.existing(), map[string]any{"name": acctest.Name(w.t), "description": nil})
	},
	"infisical: delete": func(w *wire, _ sandbox.Recording) answered { return w.infisical(http.MethodDelete, w.existing(), nil) },
	"infisical: malformed access token": func(w *wire, _ sandbox.Recording) answered {
		return w.send(http.MethodGet, w.Host+connections, "not-a-token", nil)
	},
	"gitlab: describe a project token": func(w *wire, of sandbox.Recording) answered { return w.gitlab(of, w.Token) },
	"gitlab: describe, unknown token":  func(w *wire, of sandbox.Recording) answered { return w.gitlab(of, "unknown") },
	"gitlab: current user, project bot": func(w *wire, of sandbox.Recording) answered {
		return w.gitlab(of, w.Token)
	},
	"gitlab: no such route": func(w *wire, of sandbox.Recording) answered { return w.gitlab(of, w.Token) },
	"gitlab: project not visible": func(w *wire, of sandbox.Recording) answered {
		of.Request.Path = "/api/v4/projects/2147483647"
		return w.gitlab(of, w.Token)
	},
}

func again(w *wire, of sandbox.Recording) answered {
	return w.infisical(of.Request.Method, of.Request.Path, of.Request.Body)
}

// settingsOf are fields that depend on how a server is set up.
var settingsOf = map[string]string{"infisical: app connection options": ".appConnectionOptions[].oauthClientId"}

// With real servers, it tells where these answer otherwise than the recordings to which the sandbox is held: another
// status, a field that is not there, or of another kind. Fields that they have in addition are logged.
func TestAccWire_answersAsRecorded(t *testing.T) {
	t.Parallel()
	servers := acctest.Start(t)
	samples := recordings(t)
	first := &wire{Servers: servers, t: t}
	session, _ := first.login(servers.ClientSecret).body.(map[string]any)
	token, _ := session["accessToken"].(string)
	for name, ask := range repeatable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sample, ok := samples[name]
			if !ok {
				t.Fatal("there is no such recording")
			}
			got := ask(&wire{Servers: servers, t: t, session: token}, sample)
			if got.status != sample.Response.Status {
				t.Errorf("status %d, recorded %d", got.status, sample.Response.Status)
			}
			otherwise, additional := compare(sample.Response.Body, got.body)
			for _, difference := range otherwise {
				if optional := settingsOf[name]; optional == "" || !strings.HasPrefix(difference, optional+":") {
					t.Error(difference)
				}
			}
			for _, difference := range additional {
				t.Log(difference)
			}
		})
	}
}

// compare tells what an answer has otherwise than the recorded one, and what in addition, by names and kinds alone.
// Null stands for any kind; an empty list has members of any.
func compare(recorded, answer any) (otherwise, additional []string) {
	want, got := outline(recorded), outline(answer)
	for _, path := range slices.Sorted(maps.Keys(want)) {
		switch {
		case within(got, path):
		case got[path] == "":
			otherwise = append(otherwise, fmt.Sprintf("%s: recorded as %s, is not there", path, want[path]))
		case !alike(want[path], got[path]):
			otherwise = append(otherwise, fmt.Sprintf("%s: recorded as %s, is %s", path, want[path], got[path]))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(got)) {
		if want[path] == "" && !within(want, path) {
			additional = append(additional, fmt.Sprintf("%s: %s, which is not recorded", path, got[path]))
		}
	}
	return otherwise, additional
}

func alike(kind, other string) bool {
	return kind == other || kind == "null" || other == "null" || strings.TrimPrefix(kind, "empty ") == strings.TrimPrefix(other, "empty ")
}

// within reports whether a path lies in something of which the outline knows only that it is null or an empty list.
func within(known map[string]string, path string) bool {
	for i := range path {
		if path[i] != '.' && path[i] != '[' || i == 0 {
			continue
		}
		if kind := known[path[:i]]; kind == "null" || kind == "empty list" {
			return true
		}
	}
	return false
}

// outline is the kind of everything in a document, by its path. Members of a list share theirs.
func outline(document any) map[string]string {
	kinds := map[string]string{}
	describe(kinds, "", document)
	return kinds
}

func describe(kinds map[string]string, path string, value any) {
	var kind string
	switch v := value.(type) {
	case nil:
		kind = "null"
	case map[string]any:
		kind = "object"
		for name, member := range v {
			describe(kinds, path+"."+name, member)
		}
	case []any:
		kind = "list"
		if len(v) == 0 {
			kind = "empty list"
		}
		for _, member := range v {
			describe(kinds, path+"[]", member)
		}
	case string:
		kind = "string"
	case bool:
		kind = "bool"
	default:
		kind = "number"
	}
	// Of members that differ, what is known counts.
	if path == "" || kind == "null" && kinds[path] != "" {
		if path != "" {
			return
		}
		path = "."
	}
	kinds[path] = kind
}

func TestWire_compare(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ recorded, answer, otherwise, additional string }{
		"the same":               {`{"a":1,"b":[{"c":"x"}]}`, `{"a":2,"b":[{"c":"y"},{"c":"z"}]}`, "", ""},
		"missing":                {`{"a":1,"b":"x"}`, `{"a":1}`, ".b: recorded as string, is not there", ""},
		"missing in a list":      {`{"b":[{"c":"x"}]}`, `{"b":[{}]}`, ".b[].c: recorded as string, is not there", ""},
		"another kind":           {`{"a":1}`, `{"a":"1"}`, ".a: recorded as number, is string", ""},
		"additional":             {`{"a":1}`, `{"a":1,"b":true}`, "", ".b: bool, which is not recorded"},
		"null is of any kind":    {`{"a":null,"b":1}`, `{"a":{"c":1},"b":null}`, "", ""},
		"an empty list":          {`{"b":[{"c":"x"}]}`, `{"b":[]}`, "", ""},
		"an empty list recorded": {`{"b":[]}`, `{"b":[{"c":"x"}]}`, "", ""},
		"an object, not a list":  {`{"b":{}}`, `{"b":[1]}`, ".b: recorded as object, is list", ".b[]: number, which is not recorded"},
		"no document":            {`{"a":1}`, `"502 Bad Gateway"`, ".: recorded as object, is string; .a: recorded as number, is not there", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var recorded, answer any
			for text, into := range map[string]*any{tc.recorded: &recorded, tc.answer: &answer} {
				if err := json.Unmarshal([]byte(text), into); err != nil {
					t.Fatal(err)
				}
			}
			otherwise, additional := compare(recorded, answer)
			if got := strings.Join(otherwise, "; "); got != tc.otherwise {
				t.Errorf("otherwise %q, want %q", got, tc.otherwise)
			}
			if got := strings.Join(additional, "; "); got != tc.additional {
				t.Errorf("additional %q, want %q", got, tc.additional)
			}
		})
	}
}
