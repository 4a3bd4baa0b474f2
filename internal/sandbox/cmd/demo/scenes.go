package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	post   = "POST /api/v1/app-connections/gitlab"
	get    = "GET /api/v1/app-connections/gitlab/{id}"
	list   = "GET /api/v1/app-connections/gitlab"
	patch  = "PATCH /api/v1/app-connections/gitlab/{id}"
	remove = "DELETE /api/v1/app-connections/gitlab/{id}"

	lookUpGroup = "GET /api/v4/groups/{id}"
	listTokens  = "GET /api/v4/groups/{id}/access_tokens"
	readToken   = "GET /api/v4/groups/{id}/access_tokens/{id}"
	mint        = "POST /api/v4/groups/{id}/access_tokens"
	revoke      = "DELETE /api/v4/groups/{id}/access_tokens/{id}"

	lookUpProject = "GET /api/v4/projects/{id}"
	listVariables = "GET /api/v4/projects/{id}/variables"
	checkSync     = "POST /api/v1/secret-syncs/gitlab/check-destination"
	postSync      = "POST /api/v1/secret-syncs/gitlab"
	listSyncs     = "GET /api/v1/secret-syncs/gitlab"
	getSync       = "GET /api/v1/secret-syncs/gitlab/{id}"
	patchSync     = "PATCH /api/v1/secret-syncs/gitlab/{id}"
	removeSync    = "DELETE /api/v1/secret-syncs/gitlab/{id}"
)

var (
	apply   = []string{"apply", "-auto-approve"}
	plan    = []string{"plan"}
	destroy = []string{"destroy", "-auto-approve"}
)

// configuration is what the user of this demo wrote.
func (d *demo) configuration() string {
	credential := `access_token = {
    value_wo = var.gitlab_token
  }`
	if d.managed {
		credential = fmt.Sprintf(`managed_access_token = {
    group             = "acme"
    rotation_triggers = { quarter = %q }
  }`, d.quarter)
	}
	return fmt.Sprintf(`terraform {
  required_providers {
    infisical = {
      source = "registry.terraform.io/infisical-community/infisical"
    }
  }
}

variable "gitlab_token" {
  type      = string
  ephemeral = true
}

resource "infisical_gitlab_connection" "platform" {
  name        = "gitlab-platform"
  description = %q
  use_cases   = ["group_secret_sync"]
  %s
}
%s`, d.description, credential, d.sync())
}

// sync is the block of the secret sync, once there is one.
func (d *demo) sync() string {
	if d.variables == "" {
		return ""
	}
	return fmt.Sprintf(`
resource "infisical_gitlab_secret_sync" "app" {
  name          = "app-prod"
  project_id    = %q
  connection_id = infisical_gitlab_connection.platform.id
  source        = { environment = "prod" }
  target        = { project = "acme/app" }
  variables     = { %s }
  on_destroy    = "remove_variables"
}
`, d.servers.Infisical.Projects[0], d.variables)
}

// secret sets one at Infisical, as people do in its web page.
func (d *demo) secret(key, value string) {
	d.servers.Infisical.SetSecret(d.servers.Infisical.Projects[0], "prod", "/", key, value)
}

var scenes = []scene{
	{
		title: "1. A token that cannot do the job is refused in the plan. Infisical itself would have taken it, and failed later.",
		before: func(d *demo) {
			d.description, d.token = "Platform team", d.servers.GitLab.Token("group-maintainer-api").Value
		},
		args:    plan,
		failure: "GitLab token has too low a role",
	},
	{
		title:    "2. With a better token the connection is made, by one request. The token is in neither plan nor state.",
		before:   func(d *demo) { d.token = d.servers.GitLab.Token("group-owner-api").Value },
		args:     apply,
		requests: []string{post},
	},
	{
		title:    "3. Nothing has changed: the plan is empty.",
		args:     plan,
		requests: []string{get},
		says:     "No changes.",
	},
	{
		title:    "4. Another description: one PATCH, in which no credential travels.",
		before:   func(d *demo) { d.description = "Platform and data teams" },
		args:     apply,
		requests: []string{get, patch},
		check:    credentialsWritten(false),
	},
	{
		title:    "5. Another token, noticed without a version to bump: one PATCH with complete credentials. It expires soon: every plan says so.",
		before:   func(d *demo) { d.token = d.servers.GitLab.Token("personal-expires-soon").Value },
		args:     apply,
		requests: []string{get, patch},
		says:     "GitLab token expires soon",
		check:    credentialsWritten(true),
	},
	{
		title: "6. Somebody pastes another token into the web page: the next apply sees it and puts ours back.",
		before: func(d *demo) {
			connection, _ := d.connection()
			d.servers.Infisical.SetAccessToken(connection.ID, d.servers.GitLab.Token("personal-api").Value)
		},
		args:     apply,
		requests: []string{get, patch},
		check:    credentialsWritten(true),
	},
	{
		title: "7. A minute later somebody deletes the connection: that is looked at twice, and it is recreated.",
		before: func(d *demo) {
			d.later(time.Minute + 2*time.Second) // The servers tell the time in whole seconds.
			connection, _ := d.connection()
			d.servers.Infisical.Remove(connection.ID)
		},
		args:     apply,
		requests: []string{get, list, post},
	},
	{
		title:    "8. From here on the connection makes its own token: nobody ever sees it.",
		before:   func(d *demo) { d.managed, d.quarter = true, "2026Q4" },
		args:     apply,
		requests: []string{get, lookUpGroup, lookUpGroup, lookUpGroup, mint, patch, listTokens},
		check:    liveTokens(1),
	},
	{
		title:    "9. Rotation: the new token is made and handed over before the old one is revoked.",
		before:   func(d *demo) { d.quarter = "2027Q1" },
		args:     apply,
		requests: []string{get, readToken, lookUpGroup, lookUpGroup, lookUpGroup, mint, patch, listTokens, revoke},
		check:    liveTokens(1),
	},
	{
		title: "10. A sync: the secrets of a folder become variables of a project. The apply ends when they are in GitLab.",
		before: func(d *demo) {
			d.variables = `unmanaged = "keep"`
			d.secret("DATABASE_URL", "postgres://database")
			d.secret("PIN", "1234")
		},
		args:     apply,
		requests: []string{get, readToken, get, lookUpProject, checkSync, get, lookUpProject, checkSync, postSync, getSync, listVariables},
		check:    variables("DATABASE_URL=postgres://database", "PIN=1234"),
	},
	{
		title:    "11. They shall be masked in job logs, and GitLab cannot mask one of them: that fails in the open, and says what to do.",
		before:   func(d *demo) { d.variables = `unmanaged = "keep", masked = true` },
		args:     apply,
		requests: []string{get, readToken, getSync, patchSync, getSync},
		hurry:    true, // Infisical tries a run that fails five times, which takes it 50 s.
		failure:  "Secret PIN is too short to be masked",
		check:    variables("DATABASE_URL=postgres://database masked", "PIN=1234"),
	},
	{
		title: "12. The secret is made longer, and the next apply waits for the run that this causes.",
		before: func(d *demo) {
			d.servers.Infisical.DelayRuns(longerThanAPlan)
			d.secret("PIN", "12345678")
		},
		args:     apply,
		requests: []string{get, readToken, getSync},
		says:     "Earlier run still awaited",
		check:    variables("DATABASE_URL=postgres://database masked", "PIN=12345678 masked"),
	},
	{
		title:    "13. Nothing has changed: the plan is empty again.",
		before:   func(d *demo) { d.servers.Infisical.DelayRuns(0) },
		args:     plan,
		requests: []string{get, readToken, getSync},
		says:     "No changes.",
	},
	{
		title: "14. Destroy leaves nothing behind, at Infisical or at GitLab.",
		args:  destroy,
		// Whether others write the same variables is looked at in the plan, before the removal and after it.
		requests: []string{get, readToken, getSync, listSyncs, checkSync, listSyncs, checkSync, getSync, removeSync, getSync, listSyncs, checkSync,
			remove, listTokens, revoke},
		check: func(d *demo) error {
			if _, ok := d.connection(); ok || len(d.servers.Infisical.Syncs()) > 0 {
				return errors.New("the connection or the sync is still there")
			}
			if err := variables()(d); err != nil {
				return err
			}
			return liveTokens(0)(d)
		},
	},
}

// longerThanAPlan takes the CLI to start and to plan, on a busy machine, too.
const longerThanAPlan = 3 * time.Second

// liveTokens checks how many tokens made by the provider are alive, and that Infisical has it when there is one.
func liveTokens(want int) func(*demo) error {
	return func(d *demo) error {
		got := 0
		for _, token := range d.servers.GitLab.LiveTokens() {
			if !strings.HasPrefix(token.Name, "infisical ") {
				continue
			}
			got++
			if connection, _ := d.connection(); connection.AccessToken != token.Value {
				return fmt.Errorf("Infisical does not hold the live token %q", token.Name)
			}
		}
		if got != want {
			return fmt.Errorf("%d managed tokens are alive, expected %d", got, want)
		}
		return nil
	}
}

// variables checks those that the project has at GitLab.
func variables(want ...string) func(*demo) error {
	return func(d *demo) error {
		var got []string
		for _, variable := range d.servers.GitLab.Variables(d.servers.GitLab.Project("acme/app")) {
			line := variable.Key + "=" + variable.Value
			if variable.Masked {
				line += " masked"
			}
			got = append(got, line)
		}
		slices.Sort(got)
		for _, line := range got {
			fmt.Println("    GitLab has " + line)
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("GitLab has the variables %q, expected %q", got, want)
		}
		return nil
	}
}

// credentialsWritten checks whether the last PATCH held credentials, and that Infisical has the configured token.
func credentialsWritten(want bool) func(*demo) error {
	return func(d *demo) error {
		connection, ok := d.connection()
		if !ok || connection.AccessToken != d.token {
			return errors.New("Infisical does not hold the configured token")
		}
		for _, request := range d.servers.Log.Requests() {
			if request.Line() == patch && hasCredentials(request.Body) != want {
				return fmt.Errorf("the PATCH holds credentials: %v, expected %v", !want, want)
			}
		}
		return nil
	}
}

func hasCredentials(body []byte) bool {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(body, &fields)
	_, ok := fields["credentials"]
	return ok
}
