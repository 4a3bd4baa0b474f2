package main

import (
	"encoding/json"
	"errors"
	"fmt"
)

const (
	post   = "POST /api/v1/app-connections/gitlab"
	get    = "GET /api/v1/app-connections/gitlab/{id}"
	patch  = "PATCH /api/v1/app-connections/gitlab/{id}"
	remove = "DELETE /api/v1/app-connections/gitlab/{id}"
)

var (
	apply   = []string{"apply", "-auto-approve"}
	plan    = []string{"plan"}
	destroy = []string{"destroy", "-auto-approve"}
)

// configuration is what the user of this demo wrote.
func (d *demo) configuration() string {
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
  access_token = {
    type     = "group"
    value_wo = var.gitlab_token
  }
}
`, d.description)
}

var scenes = []scene{
	{
		title:    "1. A connection is declared, and made by one request. Its token is in neither plan nor state.",
		before:   func(d *demo) { d.description = "Platform team" },
		args:     apply,
		requests: []string{post},
	},
	{
		title:    "2. Nothing has changed: the plan is empty.",
		args:     plan,
		requests: []string{get},
		says:     "No changes.",
	},
	{
		title:    "3. Another description: one PATCH, in which no credential travels.",
		before:   func(d *demo) { d.description = "Platform and data teams" },
		args:     apply,
		requests: []string{get, patch},
		check:    credentialsWritten(false),
	},
	{
		title:    "4. Another token, noticed without a version to bump: one PATCH with complete credentials.",
		before:   func(d *demo) { d.token = d.servers.GitLab.Token("group-maintainer-api").Value },
		args:     apply,
		requests: []string{get, patch},
		check:    credentialsWritten(true),
	},
	{
		title: "5. Somebody pastes another token into the web page: the next apply sees it and puts ours back.",
		before: func(d *demo) {
			connection, _ := d.connection()
			d.servers.Infisical.SetAccessToken(connection.ID, d.servers.GitLab.Token("personal-api").Value)
		},
		args:     apply,
		requests: []string{get, patch},
		check:    credentialsWritten(true),
	},
	{
		title: "6. Somebody deletes the connection: it is made anew.",
		before: func(d *demo) {
			connection, _ := d.connection()
			d.servers.Infisical.Remove(connection.ID)
		},
		args:     apply,
		requests: []string{get, post},
	},
	{
		title:    "7. Destroy leaves nothing behind.",
		args:     destroy,
		requests: []string{get, remove},
		check: func(d *demo) error {
			if _, ok := d.connection(); ok {
				return errors.New("the connection is still there")
			}
			return nil
		},
	},
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
