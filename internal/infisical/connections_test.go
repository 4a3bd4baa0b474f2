package infisical_test

import (
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	sandboxinfisical "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// credentials are of a seeded token, for the sandbox's GitLab.
func credentials(sb *sandbox.Sandbox, seed, kind string) infisical.Credentials {
	return infisical.Credentials{Token: sb.GitLab.Token(seed).Value, Type: kind, InstanceURL: sb.GitLab.URL()}
}

// wanted is a connection at organization level that the server accepts.
func wanted(sb *sandbox.Sandbox, name string) infisical.NewConnection {
	return infisical.NewConnection{Name: name, Credentials: credentials(sb, "group-owner-api", "group")}
}

// described is a stored connection as the client should describe it.
func described(stored sandboxinfisical.Connection) infisical.Connection {
	connection := infisical.Connection{
		Record: infisical.Record{
			ID: stored.ID, Name: stored.Name, Description: stored.Description, OrganizationID: stored.OrgID,
			CreatedAt: stored.CreatedAt.UTC().Truncate(time.Millisecond), UpdatedAt: stored.UpdatedAt.UTC().Truncate(time.Millisecond),
		},
		Method: stored.Method, AccessTokenType: stored.AccessTokenType, InstanceURL: infisical.DefaultInstanceURL, CredentialsHash: stored.CredentialsHash,
	}
	if stored.ProjectID != nil {
		connection.ProjectID = *stored.ProjectID
	}
	if stored.InstanceURL != nil {
		connection.InstanceURL = *stored.InstanceURL
	}
	return connection
}

func stored(t *testing.T, sb *sandbox.Sandbox, id string) sandboxinfisical.Connection {
	t.Helper()
	connection, ok := sb.Infisical.Connection(id)
	if !ok {
		t.Fatalf("the server has no connection %s", id)
	}
	return connection
}

func TestCreate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		description *string
		inProject   bool
		sends       []string // fields besides name, method and credentials
	}{
		// projectId null is refused with 422, so it must be absent.
		"organization": {},
		"described":    {description: new("CI, \"quoted\""), sends: []string{"description"}},
		"project":      {inProject: true, sends: []string{"projectId"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			connection := wanted(sb, name)
			connection.Description = tc.description
			if tc.inProject {
				connection.ProjectID = sb.Infisical.Projects[0]
			}
			want := map[string]any{"name": name, "method": "access-token", "credentials": map[string]any{
				"accessToken": connection.Credentials.Token, "accessTokenType": "group", "instanceUrl": sb.GitLab.URL(),
			}}
			for _, field := range tc.sends {
				want[field] = map[string]any{"description": "CI, \"quoted\"", "projectId": connection.ProjectID}[field]
			}

			created := succeed[infisical.Connection](t)(newClient(t, sb, nil).Connections.Create(t.Context(), connection))
			same(t, "request", last(t, sb).Line(), "POST "+connectionsPath)
			same(t, "body", body(t, last(t, sb)), want)
			same(t, "result", created, described(stored(t, sb, created.ID)))
			same(t, "description", created.Description, tc.description)
			same(t, "project", created.ProjectID, connection.ProjectID)
			same(t, "stored token", stored(t, sb, created.ID).AccessToken, connection.Credentials.Token)
		})
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	sb := start(t, sandbox.WithGitLabDotCom())
	client := newClient(t, sb, nil)
	for name, connection := range map[string]sandboxinfisical.Connection{
		"organization": {Name: "organization", Description: new("all of us")},
		"project":      {Name: "project", ProjectID: &sb.Infisical.Projects[0], AccessTokenType: "project"},
		"oauth":        {Name: "oauth", Method: infisical.MethodOAuth},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			added := sb.Infisical.Add(connection)
			same(t, "result", succeed[infisical.Connection](t)(client.Connections.Get(t.Context(), added.ID)), described(added))
		})
	}
	t.Run("no instance URL", func(t *testing.T) {
		t.Parallel()
		added := sb.Infisical.Add(sandboxinfisical.Connection{Name: "dot-com"})
		sb.Infisical.SetInstanceURL(added.ID, "")
		got := succeed[infisical.Connection](t)(client.Connections.Get(t.Context(), added.ID))
		same(t, "instance URL", got.InstanceURL, "https://gitlab.com")
	})
	t.Run("from before project-level connections", func(t *testing.T) {
		t.Parallel()
		old := start(t)
		old.Infisical.DropProjectID(true)
		added := old.Infisical.Add(sandboxinfisical.Connection{Name: "old"})
		got := succeed[infisical.Connection](t)(newClient(t, old, nil).Connections.Get(t.Context(), added.ID))
		same(t, "project", got.ProjectID, "")
	})
}

func TestGetByName_looksInOneScope(t *testing.T) {
	t.Parallel()
	sb := start(t)
	client := newClient(t, sb, nil)
	projects := sb.Infisical.Projects
	inOrganisation := sb.Infisical.Add(sandboxinfisical.Connection{Name: "same"})
	inProject := sb.Infisical.Add(sandboxinfisical.Connection{Name: "same", ProjectID: &projects[0]})

	same(t, "organization's", succeed[infisical.Connection](t)(client.Connections.GetByName(t.Context(), "same", "")), described(inOrganisation))
	same(t, "project's", succeed[infisical.Connection](t)(client.Connections.GetByName(t.Context(), "same", projects[0])), described(inProject))
	if _, err := client.Connections.GetByName(t.Context(), "same", projects[1]); !infisical.IsNotFound(err) {
		t.Errorf("in the other project: %v, want not found", err)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	sb := start(t)
	client := newClient(t, sb, nil)
	same(t, "none", succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), "")), []infisical.Connection{})

	a := sb.Infisical.Add(sandboxinfisical.Connection{Name: "a"})
	b := sb.Infisical.Add(sandboxinfisical.Connection{Name: "b", ProjectID: &sb.Infisical.Projects[0], Description: new("of a project")})
	sb.Infisical.Add(sandboxinfisical.Connection{Name: "of-another-app", App: "github"})
	sb.Infisical.Add(sandboxinfisical.Connection{Name: "of-another-organization", OrgID: sb.Infisical.OtherOrganizationID})

	// The organization's list holds the rows of its projects, too, and what only lists tell.
	found := succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
	inProject := described(b)
	inProject.ProjectName, inProject.ProjectSlug = "project-alpha", found[1].ProjectSlug
	same(t, "organization", found, []infisical.Connection{described(a), inProject})
	same(t, "slug", strings.HasPrefix(inProject.ProjectSlug, "project-alpha-"), true)
	same(t, "parameters", len(last(t, sb).Query), 0)
	same(t, "project", succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), sb.Infisical.Projects[0])), []infisical.Connection{inProject})
	same(t, "other project", succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), sb.Infisical.Projects[1])), []infisical.Connection{})
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		description     *string
		wantDescription any // in the body: null clears, absent would keep
		credentials     bool
	}{
		"description cleared": {},
		"description set":     {description: new("new"), wantDescription: "new"},
		"credentials":         {description: new("new"), wantDescription: "new", credentials: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			before := sb.Infisical.Add(sandboxinfisical.Connection{Description: new("old"), AccessToken: "before", AccessTokenType: "group"})
			change := infisical.Change{Name: "renamed", Description: tc.description}
			want := map[string]any{"name": "renamed", "description": tc.wantDescription}
			wantToken, wantKind := "before", "group"
			if tc.credentials {
				replacement := credentials(sb, "project-owner-api", "project")
				change.Credentials = &replacement
				want["credentials"] = map[string]any{
					"accessToken": replacement.Token, "accessTokenType": "project", "instanceUrl": sb.GitLab.URL(),
				}
				wantToken, wantKind = replacement.Token, "project"
			}

			updated := succeed[infisical.Connection](t)(newClient(t, sb, nil).Connections.Update(t.Context(), before.ID, change))
			same(t, "request", last(t, sb).Method+" "+last(t, sb).Path, "PATCH "+connectionsPath+"/"+before.ID)
			same(t, "body", body(t, last(t, sb)), want)
			after := stored(t, sb, before.ID)
			same(t, "result", updated, described(after))
			same(t, "name", after.Name, "renamed")
			same(t, "description", after.Description, tc.description)
			same(t, "hash moved", after.CredentialsHash != before.CredentialsHash, tc.credentials)
			same(t, "token", after.AccessToken, wantToken)
			same(t, "kind", after.AccessTokenType, wantKind)
		})
	}
}

func TestDelete_inUse(t *testing.T) {
	t.Parallel()
	sb := start(t)
	added := sb.Infisical.Add(sandboxinfisical.Connection{})
	sb.Infisical.SetInUse(added.ID, true)
	if err := newClient(t, sb, nil).Connections.Delete(t.Context(), added.ID); !infisical.InUse.Is(err) {
		t.Errorf("got %v, want in use", err)
	}
	stored(t, sb, added.ID)
}
