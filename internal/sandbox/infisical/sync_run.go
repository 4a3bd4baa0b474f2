package infisical

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// tooShort is what the server asks of a value that GitLab shall mask, before it asks GitLab.
const tooShort = 8

// attempt prepares one attempt of a run or removal, with what the store says now. The lock is held; what is returned is
// called without.
func (i *Server) attempt(s Sync, removal bool) func() *runFailure {
	because := i.collisions(&s)
	if i.sourceOf(&s) == nil {
		because = folderMessage
	}
	if because != "" {
		failure := i.runFailure(syncError{message: because})
		failure.final = true
		return func() *runFailure { return failure }
	}
	w := &variableWriter{server: i, sync: s, secrets: i.secretsOf(&s), environment: i.sourceOf(&s)[0].environment,
		header: http.Header{"Content-Type": {"application/json"}}}
	c := i.find(s.ConnectionID)
	if c == nil {
		return func() *runFailure { return w.failed("", "Could not find App Connection with ID "+s.ConnectionID) }
	}
	base, err := instanceBase(deref(c.InstanceURL))
	if err != nil {
		return func() *runFailure { return w.failed("", err.Error()) }
	}
	w.url = fmt.Sprintf("%s/api/v4/%ss/%s/variables", base, s.Destination.Scope, url.PathEscape(s.Destination.ID))
	do, connection := w.write, c.Connection
	if removal {
		do = w.remove
	}
	return func() *runFailure {
		if err := i.authorize(connection, w.header); err != nil {
			return &runFailure{message: err.Error()} // No error of the kind that is wrapped.
		}
		return do()
	}
}

// variableWriter does at GitLab what backend/src/services/secret-sync/gitlab/gitlab-sync-fns.ts of
// https://github.com/Infisical/infisical does.
type variableWriter struct {
	server      *Server
	sync        Sync
	secrets     []secret
	environment string
	url         string
	header      http.Header
}

// gitLabVariable is one as GitLab lists it.
type gitLabVariable struct {
	Key              string `json:"key"`
	Value            string `json:"value"` // "" when it is hidden
	EnvironmentScope string `json:"environment_scope"`
	Protected        bool   `json:"protected"`
	Masked           bool   `json:"masked"`
	Hidden           bool   `json:"hidden"`
}

func (w *variableWriter) write() *runFailure {
	listed, failure := w.list()
	if failure != nil {
		return failure
	}
	for _, s := range w.secrets {
		if w.sync.Destination.Masked && len(s.value) < tooShort {
			return w.server.runFailure(syncError{secretKey: s.key, message: fmt.Sprintf(
				"Secret %s is too short to be masked. GitLab requires a minimum of %d characters for masked secrets.", s.key, tooShort)})
		}
		if failure := w.put(listed, s); failure != nil {
			return failure
		}
	}
	if w.sync.DisableDeletion {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(listed)) {
		wanted := slices.ContainsFunc(w.secrets, func(s secret) bool { return s.key == key })
		if wanted || !w.sync.fits(key, w.environment) {
			continue
		}
		if failure := w.delete(key); failure != nil {
			return failure
		}
	}
	return nil
}

// put creates a variable, or updates one that differs.
func (w *variableWriter) put(listed map[string]gitLabVariable, s secret) *runFailure {
	to := w.sync.Destination
	scope := to.Environment
	if scope == "" {
		scope = "*"
	}
	old, exists := listed[s.key]
	if !exists {
		body := map[string]any{
			"key": s.key, "value": s.value, "variable_type": "env_var", "environment_scope": scope, "protected": to.Protected,
			"masked": to.Masked, "masked_and_hidden": to.Hide, "raw": false,
		}
		if to.Scope == "group" && !to.Hide {
			delete(body, "masked_and_hidden")
		}
		return w.send(http.MethodPost, "", "create variable", s.key, body)
	}
	if old.Value == s.value && old.EnvironmentScope == to.Environment && old.Protected == to.Protected && old.Masked == to.Masked {
		return nil
	}
	body := map[string]any{
		"value": s.value, "protected": to.Protected, "masked": to.Masked || old.Hidden, "filter": map[string]any{"environment_scope": scope},
	}
	if to.Environment != "" {
		body["environment_scope"] = to.Environment
	}
	return w.send(http.MethodPut, "/"+url.PathEscape(s.key), "update variable", s.key, body)
}

// delete names the scope when there is one, but not of a group, whose variables of one key and several scopes it then
// cannot delete.
func (w *variableWriter) delete(key string) *runFailure {
	target, to := "/"+url.PathEscape(key), w.sync.Destination
	if to.Scope == "project" && to.Environment != "" {
		target += "?filter[environment_scope]=" + url.QueryEscape(to.Environment)
	}
	return w.send(http.MethodDelete, target, "delete variable", key, nil)
}

func (w *variableWriter) remove() *runFailure {
	listed, failure := w.list()
	if failure != nil {
		return failure
	}
	for _, s := range w.secrets {
		if _, exists := listed[s.key]; !exists {
			continue
		}
		if failure := w.delete(s.key); failure != nil {
			return failure
		}
	}
	return nil
}

// list finds the variables of the target environment by their keys. Without one those of every environment count.
func (w *variableWriter) list() (map[string]gitLabVariable, *runFailure) {
	listed := map[string]gitLabVariable{}
	for page := "1"; page != ""; {
		response, body, err := w.server.gitbeaker(http.MethodGet, w.url+"?per_page=100&page="+page, w.header, "")
		switch {
		case err != nil:
			return nil, w.failed("", err.Error()) // No error of gitbeaker's own kind.
		case response.StatusCode >= http.StatusMultipleChoices:
			return nil, w.failed("", "Failed to fetch variables: "+refusal(response, body))
		}
		var variables []gitLabVariable
		if err := json.Unmarshal(body, &variables); err != nil {
			return nil, w.failed("", notAList(response.Header, body))
		}
		for _, v := range variables {
			if w.sync.Destination.Environment == "" || v.EnvironmentScope == w.sync.Destination.Environment {
				listed[v.Key] = v
			}
		}
		page = response.Header.Get("X-Next-Page")
	}
	return listed, nil
}

// notAList is what becomes of a page in place of a list.
func notAList(header http.Header, body []byte) string {
	if strings.Contains(header.Get("Content-Type"), "application/json") && !json.Valid(body) {
		return syntaxError(body)
	}
	return "v.filter is not a function"
}

func (w *variableWriter) send(method, path, what, key string, body map[string]any) *runFailure {
	text := ""
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return w.failed(key, err.Error())
		}
		text = string(encoded)
	}
	response, answer, err := w.server.gitbeaker(method, w.url+path, w.header, text)
	switch {
	case err != nil:
		return w.failedRequest(key, err.Error())
	case response.StatusCode >= http.StatusMultipleChoices:
		return w.failedRequest(key, "Failed to "+what+": "+refusal(response, answer))
	}
	return nil
}

// refusal is what gitbeaker says of an answer.
func refusal(response *http.Response, body []byte) string {
	text := http.StatusText(response.StatusCode)
	if because := cause(response.Header, body); because != "" && response.StatusCode != http.StatusUnauthorized {
		text += ". Cause: " + because
	}
	return text
}

// failedRequest is the failure of a request for one variable, which is wrapped twice.
func (w *variableWriter) failedRequest(key, text string) *runFailure {
	return w.server.runFailure(syncError{secretKey: key, err: syncError{secretKey: key, err: errors.New(text)}})
}

func (w *variableWriter) failed(key, text string) *runFailure {
	return w.server.runFailure(syncError{secretKey: key, err: errors.New(text)})
}
