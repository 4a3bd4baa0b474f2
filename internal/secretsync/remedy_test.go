package secretsync

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	sandboxinfisical "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Every remedy by the exact text that asks for it, as Infisical and GitLab write it.
func TestRemedy(t *testing.T) {
	t.Parallel()
	const (
		refused = "Failed to create variable: Bad Request. Cause: "
		retries = "Could not successfully complete this request after 10 retries, last status code: "
	)
	fail := failing(t)
	for said, want := range map[string]string{
		"Secret SHORT is too short to be masked. GitLab requires a minimum of 8 characters for masked secrets.": "Lengthen the secret",
		`This destination stores secrets in a single flat list, so each name can be used only once. These names are used in more than one folder: ` +
			`"KEY" in /a and /a/b. Rename or move one secret in each pair, or point the sync at a narrower secret path.`: "source.include_subfolders = false",
		"Invalid Secret Sync source configuration: folder no longer exists. Please update source environment and secret path.": "Point source at a folder",
		"Failed to run job. This typically happens when a sync is already in progress. Please try again.":                      "several connections",

		refused + `{"value":["is invalid"]}`:                                                                                                        "GitLab masks one line of at least 8 characters",
		refused + `{"value":["is too long. The maximum size is 10000 characters."]}`:                                                                "Shorten the secret",
		refused + `{"key":["is too long (maximum is 255 characters)"]}`:                                                                             "Shorten the name",
		refused + `{"key":["can contain only letters, digits and '_'."]}`:                                                                           "Rename the secret",
		refused + `{"key":["(KEY) has already been taken"]}`:                                                                                        "target.environment_scope",
		refused + `{"base":["Maximum number of project ci variables (8000) exceeded"]}`:                                                             "as many variables as GitLab allows",
		refused + `{"environment_scope":["is too long (maximum is 255 characters)"]}`:                                                               "Change target.environment_scope",
		"Failed to delete variable: Conflict. Cause: There are multiple variables with provided parameters. Please use 'filter[environment_scope]'": `"keep"`,
		`Failed to update variable: Bad Request. Cause: {"base":["The visibility setting cannot be changed for masked and hidden variables."]}`:     "does not unmask",

		"fetch failed":                 "NODE_EXTRA_CA_CERTS",
		"Local IPs not allowed as URL": "ALLOW_INTERNAL_IP_CONNECTIONS",
		retries + "429. Check the applicable rate limits for this endpoint.":    "limits the rate",
		retries + "502. Verify the status of the endpoint.":                     "not available",
		"v.filter is not a function":                                            "instance_url must include it",
		"Unexpected end of JSON input":                                          "instance_url must include it",
		"Expected property name or '}' in JSON at position 1 (line 1 column 2)": "instance_url must include it",
		`Unexpected token '<', "<html>" is not valid JSON`:                      "instance_url must include it",
		"Failed to refresh GitLab token: Request failed with status code 400":   "Authorize the connection again",

		"Failed to fetch variables: Unauthorized":                                            "Give the connection a new one",
		"Failed to fetch variables: Forbidden. Cause: insufficient_granular_scope":           "fine-grained token lacks a permission",
		"Failed to fetch variables: Forbidden. Cause: 403 Forbidden":                         "the scope api, or the role",
		"Failed to create variable: Forbidden. Cause: insufficient_scope":                    "the scope api, or the role",
		"Failed to fetch variables: Not Found. Cause: 404 Project Not Found":                 "does not show the target",
		"Failed to update variable: Not Found. Cause: 404 Variable Not Found":                "Somebody deleted the variable",
		"Failed to fetch variables: Internal Server Error. Cause: 500 Internal Server Error": "GitLab failed",
		"Failed to fetch variables: Service Unavailable. Cause: <html>":                      "GitLab failed",

		"something new": "Fix the cause",
	} {
		for form, recorded := range map[string]any{
			"older": map[string]string{"secretKey": "KEY", "error": said}, "newest": map[string]string{"secretKey": "KEY", "message": said},
			"of an answer": map[string]any{"secretKey": "KEY", "error": map[string]string{"message": said}},
		} {
			failure := fail(recorded)
			if got := remedy(failure); !strings.Contains(got, want) || strings.Contains(failure.String(), `{"`) {
				t.Errorf("%s, %s: %s: %s", said, form, failure, got)
			}
		}
	}
}

// failing returns a function that has a server record a failure, and gives what a client reads of it.
func failing(t *testing.T) func(recorded any) infisical.SyncFailure {
	t.Helper()
	sb, err := sandbox.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sb.Close)
	calls, err := transport.New(transport.Config{UserAgent: "test", RequestTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	client := infisical.New(infisical.Config{Host: sb.Infisical.URL(), Login: infisical.UniversalAuth(sb.Infisical.ClientID, sb.Infisical.ClientSecret),
		HTTP: calls, Now: time.Now})
	id := sb.Infisical.AddSync(sandboxinfisical.Sync{Name: "app", ConnectionID: sb.Infisical.Add(sandboxinfisical.Connection{}).ID,
		Destination: sandboxinfisical.SyncDestination{Scope: "project", ID: "1203", Name: "acme/app", Environment: "*"}}).ID
	return func(recorded any) infisical.SyncFailure {
		t.Helper()
		text, err := json.Marshal(recorded)
		if err != nil {
			t.Fatal(err)
		}
		sb.Infisical.ChangeSync(id, func(s *sandboxinfisical.Sync) { s.Status, s.LastMessage = infisical.SyncFailed, string(text) })
		found, err := client.Syncs.Get(t.Context(), id)
		if err != nil || found.Run.Failure == nil {
			t.Fatalf("%+v, %v", found.Run, err)
		}
		return *found.Run.Failure
	}
}

// The newest Infisical keeps to itself why GitLab refused a variable.
func TestRemedy_withoutAReason(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]string{
		"BADVAL":                 "Compare the secret with what GitLab asks",
		"A-KEY":                  "Rename the secret",
		strings.Repeat("K", 256): "Rename the secret",
		"":                       "Fix the cause",
	} {
		if got := remedy(infisical.SyncFailure{Variable: transport.Words(variable)}); !strings.Contains(got, want) {
			t.Errorf("%q: %s", variable, got)
		}
	}
}

// No remedy is in the way of another one, and all say what can be done.
func TestRemedy_everyOneIsReached(t *testing.T) {
	t.Parallel()
	for n, r := range remedies {
		for _, before := range remedies[:n] {
			if strings.Contains(r.said, before.said) {
				t.Errorf("%q is never reached, because %q comes first", r.said, before.said)
			}
		}
	}
}
