package infisical

import (
	"encoding/json"
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
	server *Server
	target string
	header http.Header
}

// webhookOf prepares to call GitLab for a data source. The lock is held.
func (i *Server) webhookOf(d *DataSource) *webhook {
	w := &webhook{server: i, header: http.Header{"Content-Type": {"application/json"}}}
	c := i.find(d.ConnectionID)
	if c == nil {
		return w
	}
	if c.Method == methodOAuth {
		w.header.Set("Authorization", "Bearer "+c.AccessToken)
	} else {
		w.header.Set("PRIVATE-TOKEN", c.AccessToken)
	}
	if base, err := instanceBase(deref(c.InstanceURL)); err == nil {
		w.target = fmt.Sprintf("%s/api/v4/%ss/%d", base, d.Config.Scope, d.Config.ID)
	}
	return w
}

// create looks at the target, of whose errors the server makes nothing, and adds the webhook.
func (w *webhook) create(d *DataSource) *server.Reply {
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
