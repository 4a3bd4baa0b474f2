package infisical

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// siteURL is the SITE_URL of the sandbox's Infisical, to which GitLab never really sends anything.
const siteURL = "https://infisical.example.com"

// webhook is what a data source has at GitLab.
// backend/src/ee/services/secret-scanning-v2/gitlab/gitlab-secret-scanning-factory.ts of
// https://github.com/Infisical/infisical.
type webhook struct {
	server     *Server
	connection Connection
	path       string
	target     string // after open
	header     http.Header
}

// webhookOf prepares to call GitLab for a data source. The lock is held.
func (i *Server) webhookOf(d *DataSource) *webhook {
	w := &webhook{
		server: i, path: fmt.Sprintf("/api/v4/%ss/%d", d.Config.Scope, d.Config.ID), header: http.Header{"Content-Type": {"application/json"}},
	}
	if c := i.find(d.ConnectionID); c != nil {
		w.connection = c.Connection
	}
	return w
}

// open builds the client, before anything whose errors the server does not care for.
func (w *webhook) open() *server.Reply {
	base, err := instanceBase(deref(w.connection.InstanceURL))
	if err == nil {
		err = w.server.authorize(w.connection, w.header)
	}
	w.target = base + w.path
	switch {
	case errors.Is(err, errNoOAuth):
		return new(internalServerError(err.Error()))
	case err != nil:
		return new(badRequest(err.Error()))
	}
	return nil
}

// create looks at the target, of whose errors the server makes nothing, and adds the webhook.
func (w *webhook) create(d *DataSource) *server.Reply {
	if failure := w.open(); failure != nil {
		return failure
	}
	unknown := internalServerError("Something went wrong")
	if response, _, err := w.call(http.MethodGet, "", nil); err != nil || response.StatusCode >= http.StatusMultipleChoices {
		return &unknown
	}
	response, answer, err := w.call(http.MethodPost, "/hooks", map[string]any{
		"url": siteURL + "/secret-scanning/webhooks/gitlab", "token": secrets.New(server.RandomHex(32)), "push_events": true,
		"enable_ssl_verification": true, "name": "Infisical Secret Scanning - " + d.Name,
	})
	switch {
	case err != nil:
		return &unknown
	case response.StatusCode >= http.StatusMultipleChoices:
		description := cause(response.Header, answer)
		if description == "" {
			description = "Unknown Error"
		}
		failure := badRequest(http.StatusText(response.StatusCode) + ": " + description)
		return &failure
	}
	var created struct {
		ID int `json:"id"`
	}
	if json.Unmarshal(answer, &created) != nil || created.ID == 0 {
		return &unknown
	}
	d.HookID = created.ID
	return nil
}

// identify tells the webhook which data source it is of.
func (w *webhook) identify(d *DataSource) *server.Reply {
	response, _, err := w.call(http.MethodPut, "/hooks/"+strconv.Itoa(d.HookID), map[string]any{
		"url": siteURL + "/secret-scanning/webhooks/gitlab", "name": "Infisical Secret Scanning - " + d.ID,
		"custom_headers": []any{map[string]any{"key": "x-data-source-id", "value": d.ID}},
	})
	if err != nil || response.StatusCode >= http.StatusMultipleChoices {
		failure := internalServerError("Something went wrong")
		return &failure
	}
	return nil
}

// remove does not care whether it works.
func (w *webhook) remove(d *DataSource) {
	_, _, _ = w.call(http.MethodDelete, "/hooks/"+strconv.Itoa(d.HookID), nil)
}

func (w *webhook) call(method, path string, body map[string]any) (*http.Response, []byte, error) {
	text := ""
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, nil, fmt.Errorf("encoding the webhook: %w", err)
		}
		text = string(encoded)
	}
	return w.server.gitbeaker(method, w.target+path, w.header, text)
}
