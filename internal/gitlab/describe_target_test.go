package gitlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// scripted is a GitLab that gives prepared answers and remembers what it was asked. What has no answer is a 404 of the
// router.
type scripted struct {
	*httptest.Server
	mu       sync.Mutex
	answers  map[string]answer
	requests []string
}

type answer struct {
	status   int
	body     string
	location string
}

func script(t *testing.T, answers map[string]answer) *scripted {
	t.Helper()
	s := &scripted{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := strings.TrimPrefix(r.URL.RequestURI(), "/api/v4/")
		s.mu.Lock()
		s.requests = append(s.requests, asked)
		given, ok := s.answers[asked]
		s.mu.Unlock()
		if !ok {
			given = answer{status: http.StatusNotFound, body: `{"error":"404 Not Found"}`}
		}
		if given.location != "" {
			w.Header().Set("Location", strings.ReplaceAll(given.location, "{host}", s.URL))
			w.Header()["Content-Type"] = nil // GitLab's code sets none for its redirects; whether all versions do so was not seen.
		}
		w.WriteHeader(given.status)
		fmt.Fprint(w, given.body)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *scripted) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// The requests about the project acme/platform/api, which has the id 1203, and the group acme/platform, which has 88.
const (
	byPath         = "projects/acme%2Fplatform%2Fapi"
	byID           = "projects/1203"
	itsVariables   = "projects/1203/variables?per_page=1"
	itsHooks       = "projects/1203/hooks?per_page=100"
	itsMember      = "projects/1203/members/all/2001"
	groupByPath    = "groups/acme%2Fplatform?with_projects=false"
	groupVariables = "groups/88/variables?per_page=1"
	groupHooks     = "groups/88/hooks?per_page=100"
	groupMember    = "groups/88/members/all/2001"
)

func ok(body string) answer { return answer{status: http.StatusOK, body: body} }

var (
	forbidden = answer{status: http.StatusForbidden, body: `{"message":"403 Forbidden"}`}
	failing   = answer{status: http.StatusInternalServerError, body: `{"message":"500 Internal Server Error"}`}
	noMember  = answer{status: http.StatusNotFound, body: `{"message":"404 Not found"}`}
	secret    = "s3cr3t-value-of-a-variable"
	aVariable = ok(`[{"variable_type":"env_var","key":"DATABASE_URL","value":"` + secret + `","masked":false}]`)
	aHook     = ok(`[{"id":1,"url":"https://hooks.example.com/` + secret + `"}]`)
)

// project is the entry of the project as its owner is shown it, with more fields.
func project(more string) answer {
	return ok(`{"id":1203,"name":"API","path_with_namespace":"acme/platform/api","runners_token":"` + secret + `",
		"namespace":{"id":88,"kind":"group","full_path":"acme/platform"}` + more + `}`)
}

func group(more string) answer {
	return ok(`{"id":88,"name":"Platform","full_path":"acme/platform","parent_id":87,"runners_token":"` + secret + `"` + more + `}`)
}

// permissions of a direct and an inherited role; 0 is none, as GitLab has it for those who come through an invited
// group.
func permissions(direct, inherited int) string {
	half := func(level int) string {
		if level == 0 {
			return "null"
		}
		return fmt.Sprintf(`{"access_level":%d,"notification_level":3}`, level)
	}
	return fmt.Sprintf(`,"permissions":{"project_access":%s,"group_access":%s}`, half(direct), half(inherited))
}

func member(level int) answer {
	return ok(fmt.Sprintf(`{"id":2001,"username":"jane","access_level":%d,"expires_at":null}`, level))
}

var (
	theProject = Resource{Kind: KindProject, ID: "acme/platform/api"}
	theGroup   = Resource{Kind: KindGroup, ID: "acme/platform"}
	all        = TargetOptions{UserID: 2001, AccessLevel: true, Variables: true, Hooks: true}
)

func describeTarget(t *testing.T, client *Client, instance string, target Resource, options TargetOptions) TargetDescription {
	t.Helper()
	described, err := client.At(instance, "glpat-example").DescribeTarget(t.Context(), TargetQuestion{Resource: target, TargetOptions: options})
	if err != nil {
		t.Fatal(err)
	}
	return described
}

func TestDescribeTarget(t *testing.T) {
	t.Parallel()
	variables, hooks := TargetOptions{UserID: 2001, Variables: true}, TargetOptions{UserID: 2001, Hooks: true}
	tests := map[string]struct {
		target   Resource
		options  TargetOptions
		answers  map[string]answer
		requests []string
		want     func(*TargetDescription)
	}{
		"direct role": {
			theProject, TargetOptions{UserID: 2001}, map[string]answer{byPath: project(permissions(30, 0))}, []string{byPath},
			func(d *TargetDescription) { d.AccessLevel = AccessLevelDeveloper },
		},
		"inherited role is the higher one": {
			theProject, TargetOptions{UserID: 2001}, map[string]answer{byPath: project(permissions(30, 50))}, []string{byPath},
			func(d *TargetDescription) { d.AccessLevel = AccessLevelOwner },
		},
		"role proven, nothing else asked": {
			theProject, TargetOptions{UserID: 2001, AccessLevel: true}, map[string]answer{byPath: project(permissions(0, 50))}, []string{byPath},
			func(d *TargetDescription) { d.AccessLevel = AccessLevelOwner },
		},
		"invited group: the entry tells no role": {
			theProject, TargetOptions{UserID: 2001, AccessLevel: true},
			map[string]answer{byPath: project(permissions(0, 0)), itsMember: member(40)},
			[]string{byPath, itsMember},
			func(d *TargetDescription) { d.AccessLevel = AccessLevelMaintainer },
		},
		"a low role in the entry is no proof": {
			theProject, TargetOptions{UserID: 2001, AccessLevel: true},
			map[string]answer{byPath: project(permissions(20, 0)), itsMember: member(40)},
			[]string{byPath, itsMember},
			func(d *TargetDescription) { d.AccessLevel = AccessLevelMaintainer },
		},
		"an older GitLab answers with any of the memberships": {
			theProject, TargetOptions{UserID: 2001, AccessLevel: true},
			map[string]answer{byPath: project(permissions(40, 0)), itsMember: member(20)},
			[]string{byPath, itsMember},
			func(d *TargetDescription) { d.AccessLevel = AccessLevelMaintainer },
		},
		"administrator: everything is allowed, without a role": {
			theProject, all, map[string]answer{byPath: project(permissions(0, 0)), itsVariables: aVariable, itsHooks: aHook, itsMember: noMember},
			[]string{byPath, itsVariables, itsHooks},
			func(d *TargetDescription) { d.Variables.Granted, d.Hooks.Granted = true, true },
		},
		"public project of others": {
			theProject, variables, map[string]answer{byPath: project(permissions(0, 0)), itsVariables: forbidden, itsMember: noMember},
			[]string{byPath, itsVariables, itsMember},
			func(d *TargetDescription) {
				d.Variables.Failure, d.AccessLevelFailure = &Error{Reason: ReasonForbidden}, &Error{Reason: ReasonNotFound}
			},
		},
		"user not known: the role cannot be asked for": {
			theProject, TargetOptions{Variables: true}, map[string]answer{byPath: project(permissions(0, 0)), itsVariables: forbidden},
			[]string{byPath, itsVariables},
			func(d *TargetDescription) { d.Variables.Failure = &Error{Reason: ReasonForbidden} },
		},
		"variables granted": {
			theProject, variables, map[string]answer{byPath: project(permissions(40, 0)), itsVariables: aVariable}, []string{byPath, itsVariables},
			func(d *TargetDescription) { d.AccessLevel, d.Variables.Granted = AccessLevelMaintainer, true },
		},
		"variables refused, role looked up to say why": {
			theProject, all, map[string]answer{byPath: project(permissions(0, 0)), itsVariables: forbidden, itsHooks: aHook, itsMember: member(30)},
			[]string{byPath, itsVariables, itsMember},
			func(d *TargetDescription) {
				d.AccessLevel, d.Variables.Failure = AccessLevelDeveloper, &Error{Reason: ReasonForbidden}
			},
		},
		"variables refused, role known: hooks of a custom role": {
			theProject, all, map[string]answer{byPath: project(permissions(30, 0)), itsVariables: forbidden, itsHooks: aHook, itsMember: member(30)},
			[]string{byPath, itsVariables, itsHooks},
			func(d *TargetDescription) {
				d.AccessLevel, d.Variables.Failure, d.Hooks.Granted = AccessLevelDeveloper, &Error{Reason: ReasonForbidden}, true
			},
		},
		"hooks refused": {
			theProject, hooks, map[string]answer{byPath: project(permissions(0, 0)), itsHooks: forbidden, itsMember: member(30)},
			[]string{byPath, itsHooks, itsMember},
			func(d *TargetDescription) {
				d.AccessLevel, d.Hooks.Failure = AccessLevelDeveloper, &Error{Reason: ReasonForbidden}
			},
		},
		"variables could not be asked for": {
			theProject, variables, map[string]answer{byPath: project(permissions(0, 0)), itsVariables: failing, itsMember: member(40)},
			[]string{byPath, itsVariables, itsMember},
			func(d *TargetDescription) {
				d.AccessLevel, d.Variables.Failure = AccessLevelMaintainer, &Error{Reason: ReasonServerError}
			},
		},
		"archived, marked for deletion, CI/CD off": {
			theProject, TargetOptions{},
			map[string]answer{byPath: project(`,"archived":true,"marked_for_deletion_on":"2026-12-24","builds_access_level":"disabled"`)},
			[]string{byPath},
			func(d *TargetDescription) { d.Archived, d.DeletionDate, d.CICDOff = true, "2026-12-24", true },
		},
		"older twin of the deletion's date": {
			theProject, TargetOptions{}, map[string]answer{byPath: project(`,"marked_for_deletion_at":"2026-12-24"`)}, []string{byPath},
			func(d *TargetDescription) { d.DeletionDate = "2026-12-24" },
		},
		"repository off, no CI/CD without it": {
			theProject, TargetOptions{}, map[string]answer{byPath: project(`,"builds_access_level":"enabled","repository_access_level":"disabled"`)},
			[]string{byPath}, func(d *TargetDescription) { d.CICDOff = true },
		},
		"CI/CD for members only is on": {
			theProject, TargetOptions{}, map[string]answer{byPath: project(`,"builds_access_level":"private"`)}, []string{byPath},
			func(*TargetDescription) {},
		},
		"personal namespace": {
			theProject, TargetOptions{},
			map[string]answer{byPath: ok(`{"id":1203,"name":"API","path_with_namespace":"acme/platform/api","namespace":{"id":9,"kind":"user"}}`)},
			[]string{byPath}, func(d *TargetDescription) { d.Personal, d.NamespaceID = true, 9 },
		},
		"groups invited to the project itself": {
			theProject, TargetOptions{}, map[string]answer{byPath: project(`,"shared_with_groups":[{"group_id":90,"group_access_level":40}]`)},
			[]string{byPath}, func(d *TargetDescription) { d.InvitedGroups = []InvitedGroup{{90, AccessLevelMaintainer}} },
		},
		"numeric id": {
			Resource{Kind: KindProject, ID: "1203"}, TargetOptions{}, map[string]answer{byID: project("")}, []string{byID},
			func(d *TargetDescription) { d.Asked.ID = "1203" },
		},
		"renamed project: only the id of the address is used": {
			theProject, variables,
			map[string]answer{
				byPath: {status: http.StatusMovedPermanently, location: "http://gitlab.internal:8080/api/v4/projects/1203",
					body: "This resource has been moved permanently to"},
				byID: project(permissions(0, 50)), itsVariables: aVariable,
			},
			[]string{byPath, byID, itsVariables},
			func(d *TargetDescription) {
				d.Renamed, d.AccessLevel, d.Variables.Granted = true, AccessLevelOwner, true
			},
		},
		"renamed project, more asked than three requests tell": {
			theProject, all,
			map[string]answer{
				byPath: {status: http.StatusMovedPermanently, location: "{host}/api/v4/projects/1203"},
				byID:   project(permissions(40, 0)), itsVariables: aVariable, itsHooks: aHook, itsMember: member(40),
			},
			[]string{byPath, byID, itsVariables},
			func(d *TargetDescription) {
				d.Renamed, d.AccessLevel, d.Variables.Granted = true, AccessLevelMaintainer, true
			},
		},
		"group: nothing in its entry tells the role": {
			theGroup, TargetOptions{UserID: 2001, AccessLevel: true}, map[string]answer{groupByPath: group(""), groupMember: member(50)},
			[]string{groupByPath, groupMember},
			func(d *TargetDescription) { d.AccessLevel = AccessLevelOwner },
		},
		"group, both uses": {
			theGroup, TargetOptions{UserID: 2001, Variables: true, Hooks: true},
			map[string]answer{groupByPath: group(""), groupVariables: aVariable, groupHooks: ok("[]")},
			[]string{groupByPath, groupVariables, groupHooks},
			func(d *TargetDescription) { d.Variables.Granted, d.Hooks.Granted = true, true },
		},
		"group without webhooks, a community edition": {
			theGroup, TargetOptions{UserID: 2001, Hooks: true}, map[string]answer{groupByPath: group(""), groupMember: member(50)},
			[]string{groupByPath, groupHooks, groupMember},
			func(d *TargetDescription) {
				d.AccessLevel, d.Hooks.Failure = AccessLevelOwner, &Error{Reason: ReasonNoSuchRoute}
			},
		},
		"archived group": {
			theGroup, TargetOptions{}, map[string]answer{groupByPath: group(`,"archived":true,"marked_for_deletion_on":null`)}, []string{groupByPath},
			func(d *TargetDescription) { d.Archived = true },
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := script(t, test.answers)
			got := describeTarget(t, newClient(t), server.URL, test.target, test.options)
			want := TargetDescription{Asked: test.target, ID: 88, Path: "acme/platform", Name: "Platform", NamespaceID: 87}
			if test.target.Kind == KindProject {
				want = TargetDescription{Asked: test.target, ID: 1203, Path: "acme/platform/api", Name: "API", NamespaceID: 88}
			}
			test.want(&want)
			assertNoSecret(t, secret, got)
			if got := onlyReasons(got); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			if asked := server.asked(); !slices.Equal(asked, test.requests) {
				t.Errorf("requests:\n got %q\nwant %q", asked, test.requests)
			}
		})
	}
}

// onlyReasons leaves of the failures what tests compare.
func onlyReasons(d TargetDescription) TargetDescription {
	for _, failure := range []**Error{&d.Failure, &d.AccessLevelFailure, &d.Variables.Failure, &d.Hooks.Failure} {
		if *failure != nil {
			*failure = &Error{Reason: (*failure).Reason}
		}
	}
	return d
}

func TestDescribeTarget_notShown(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		target Resource
		answer answer
		reason Reason
	}{
		"project not there, or not for this token": {theProject, answer{status: 404, body: `{"message":"404 Project Not Found"}`}, ReasonNotFound},
		"group not there, or by an older path":     {theGroup, answer{status: 404, body: `{"message":"404 Group Not Found"}`}, ReasonNotFound},
		"scopes": {theProject, answer{status: 403,
			body: `{"error":"insufficient_scope","error_description":"…","scope":"api read_api"}`}, ReasonScope},
		"fine-grained token":           {theProject, answer{status: 403, body: `{"error":"insufficient_granular_scope"}`}, ReasonGranular},
		"token expires meanwhile":      {theProject, answer{status: 401, body: `{"message":"401 Unauthorized"}`}, ReasonTokenUnknown},
		"500":                          {theProject, failing, ReasonServerError},
		"503 is not repeated":          {theProject, answer{status: 503}, ReasonServerError},
		"rate limit is not waited out": {theProject, answer{status: 429, body: "Retry later"}, ReasonRateLimited},
		"sign-in page":                 {theProject, ok("<html>"), ReasonNotGitLab},
		"another JSON":                 {theProject, ok(`{"ok":true}`), ReasonNotGitLab},
		"redirect of a group":          {theGroup, answer{status: 301, location: "{host}/api/v4/projects/1203"}, ReasonRedirected},
		"redirect to a sign-in page":   {theProject, answer{status: 302, location: "{host}/users/sign_in"}, ReasonRedirected},
		"redirect of a numeric id": {Resource{Kind: KindProject, ID: "1203"},
			answer{status: 301, location: "https://{host}/api/v4/projects/1203"}, ReasonRedirected},
		"redirect to the same path, https": {theProject, answer{status: 301,
			location: "https://gitlab.example.com/api/v4/projects/acme%2Fplatform%2Fapi"}, ReasonRedirected},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := map[Resource]string{theProject: byPath, theGroup: groupByPath, {Kind: KindProject, ID: "1203"}: byID}[test.target]
			server := script(t, map[string]answer{asked: test.answer})
			got := describeTarget(t, newClient(t), server.URL, test.target, all)
			if want := (TargetDescription{Asked: test.target, Failure: &Error{Reason: test.reason}}); !reflect.DeepEqual(onlyReasons(got), want) {
				t.Errorf("got %+v, %v", got, got.Failure)
			}
			if !strings.HasPrefix(got.Failure.Error(), "looking up "+test.target.String()+": ") {
				t.Errorf("got %q", got.Failure)
			}
			if requests := server.asked(); !slices.Equal(requests, []string{asked}) {
				t.Errorf("requests: %q", requests)
			}
		})
	}
}

// A redirect within the redirect is not followed, wherever it leads: a numeric id never redirects.
func TestDescribeTarget_redirectsWithoutEnd(t *testing.T) {
	t.Parallel()
	moved := answer{status: http.StatusMovedPermanently, location: "{host}/api/v4/projects/1203"}
	server := script(t, map[string]answer{byPath: moved, byID: moved})
	got := describeTarget(t, newClient(t), server.URL, theProject, all)
	if got.Failure == nil || got.Failure.Reason != ReasonRedirected {
		t.Errorf("got %+v", got)
	}
	if requests := server.asked(); !slices.Equal(requests, []string{byPath, byID}) {
		t.Errorf("requests: %q", requests)
	}
}

func TestDescribeTargets_fortyConnectionsWithTheSameTen(t *testing.T) {
	t.Parallel()
	answers := map[string]answer{}
	var questions []TargetQuestion
	for i := range 10 {
		id := 100 + i
		answers[fmt.Sprintf("projects/acme%%2Fp%d", i)] = ok(fmt.Sprintf(`{"id":%d,"path_with_namespace":"acme/p%d"%s}`, id, i, permissions(0, 50)))
		answers[fmt.Sprintf("projects/%d/variables?per_page=1", id)] = aVariable
		questions = append(questions, TargetQuestion{Resource{Kind: KindProject, ID: fmt.Sprintf("acme/p%d", i)}, TargetOptions{UserID: 2001, Variables: true}})
	}
	server := script(t, answers)
	client := newClient(t)
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			described, err := client.At(server.URL, "glpat-example").DescribeTargets(t.Context(), questions)
			if err != nil || len(described) != 10 {
				t.Errorf("got %v, %v", described, err)
			}
			for i, target := range described {
				if target.ID != int64(100+i) || !target.Variables.Granted {
					t.Errorf("got %+v", target)
				}
			}
		})
	}
	wg.Wait()
	requests := server.asked()
	slices.Sort(requests)
	lookUps := 0
	for _, request := range requests {
		if !strings.Contains(request, "variables") {
			lookUps++
		}
	}
	if lookUps != 10 || len(requests) != 20 || len(slices.Compact(requests)) != 20 {
		t.Errorf("%d look-ups, %d requests: %q", lookUps, len(requests), requests)
	}

	// Another spelling of a path is the same target, another token is another question.
	describeTarget(t, client, server.URL, Resource{Kind: KindProject, ID: "Acme/P3"}, TargetOptions{UserID: 2001, Variables: true})
	if got := len(server.asked()); got != 20 {
		t.Errorf("%d requests", got)
	}
	if _, err := client.At(server.URL, "glpat-other").DescribeTarget(t.Context(), questions[0]); err != nil || len(server.asked()) != 22 {
		t.Errorf("%v, %d requests", err, len(server.asked()))
	}
}

// Those who ask for different things share the budget, too.
func TestDescribeTarget_threeRequestsWhoeverAsks(t *testing.T) {
	t.Parallel()
	server := script(t, map[string]answer{byPath: project(permissions(0, 0)), itsVariables: forbidden, itsHooks: forbidden, itsMember: member(30)})
	client := newClient(t)
	for range 3 {
		for _, options := range []TargetOptions{{UserID: 2001, Variables: true}, {UserID: 2001, Hooks: true}, {UserID: 2001, AccessLevel: true}, all, {}} {
			describeTarget(t, client, server.URL, theProject, options)
		}
	}
	if requests := server.asked(); len(requests) != mostTargetRequests {
		t.Errorf("requests: %q", requests)
	}
}

func TestDescribeTargets_silentGitLabIsWaitedForOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked := 0
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked++
		mu.Unlock()
		<-r.Context().Done()
	}))
	t.Cleanup(silent.Close)
	var questions []TargetQuestion
	for i := range 20 {
		questions = append(questions, TargetQuestion{Resource: Resource{Kind: KindProject, ID: fmt.Sprintf("acme/p%d", i)}})
	}
	described, err := newClient(t, waitAtMost(100*time.Millisecond)).At(silent.URL, "glpat-example").DescribeTargets(t.Context(), questions)
	if err != nil {
		t.Fatal(err)
	}
	for i, target := range described {
		if target.Asked != questions[i].Resource || target.Failure == nil || target.Failure.Reason != ReasonUnreachable {
			t.Errorf("got %+v", target)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if asked > targetsAtOnce {
		t.Errorf("asked %d times", asked)
	}
}

func TestDescribeTargets_contextEnds(t *testing.T) {
	t.Parallel()
	server := script(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	session := newClient(t).At(server.URL, "glpat-example")
	if _, err := session.DescribeTargets(ctx, []TargetQuestion{{Resource: theProject}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := newClient(t).At("gitlab.example.com", "glpat-example").DescribeTarget(t.Context(), TargetQuestion{Resource: theProject}); err == nil {
		t.Error("got no error for an address that is none")
	}
}

func TestTargetDescription_within(t *testing.T) {
	t.Parallel()
	platform := TargetDescription{Asked: theGroup, ID: 88, Path: "acme/platform"}
	tests := map[string]struct {
		target TargetDescription
		want   bool
	}{
		"itself":              {TargetDescription{Asked: Resource{Kind: KindGroup, ID: "88"}, ID: 88, Path: "acme/platform"}, true},
		"a project in it":     {TargetDescription{Asked: theProject, ID: 1203, Path: "Acme/Platform/api"}, true},
		"a group below":       {TargetDescription{Asked: Resource{Kind: KindGroup}, ID: 89, Path: "acme/platform/apps"}, true},
		"a project deeper":    {TargetDescription{Asked: theProject, ID: 1204, Path: "acme/platform/apps/web"}, true},
		"its parent":          {TargetDescription{Asked: Resource{Kind: KindGroup}, ID: 87, Path: "acme"}, false},
		"its name goes on":    {TargetDescription{Asked: Resource{Kind: KindGroup}, ID: 91, Path: "acme/platform-old"}, false},
		"a project by its id": {TargetDescription{Asked: theProject, ID: 88, Path: "other/project"}, false},
	}
	for name, test := range tests {
		if got := test.target.Within(platform); got != test.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
	if project := (TargetDescription{Asked: theProject, ID: 1203, Path: "acme/platform/api"}); platform.Within(project) || !project.Within(project) {
		t.Error("only itself is within a project")
	}
}

func TestMembersPage(t *testing.T) {
	t.Parallel()
	for want, resource := range map[string]Resource{
		"https://gitlab.example.com/acme/platform/api/-/project_members":   theProject,
		"https://gitlab.example.com/groups/acme/platform/-/group_members":  {Kind: KindGroup, ID: "88", Path: "acme/platform"},
		"https://gitlab.example.com/projects/1203":                         {Kind: KindProject, ID: "1203"},
		"https://gitlab.example.com/groups/acme/platform2/-/group_members": {Kind: KindGroup, ID: "acme/platform2"},
		"https://gitlab.example.com/acme/platform/api2/-/project_members":  {Kind: KindProject, ID: "1204", Path: "acme/platform/api2"},
		"https://gitlab.example.com/-/g/88":                                {Kind: KindGroup, ID: "88"},
	} {
		if got := MembersPage("https://gitlab.example.com/", resource); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
