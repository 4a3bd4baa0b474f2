package infisical

import (
	"strings"
	"testing"
)

// Both formats of lastSyncMessage, as servers write them, and what is neither.
func TestDecodeSyncFailure(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		message, variable, reason string
	}{
		"newest, checked before":                 {`{"secretKey":"SHORT","message":"Secret SHORT is too short to be masked."}`, "SHORT", "Secret SHORT is too short to be masked."},
		"newest, refused by GitLab":              {`{"secretKey":"BADVAL","error":""}`, "BADVAL", ""},
		"newest, out of reach":                   {`{"error":"fetch failed"}`, "", "fetch failed"},
		"newest, no variable's":                  {`{"message":"Invalid Secret Sync source configuration"}`, "", "Invalid Secret Sync source configuration"},
		"newest, message and error":              {`{"message":"Failed to sync secrets","error":"no such thing"}`, "", "Failed to sync secrets: no such thing"},
		"newest, message, error blank":           {`{"message":"Failed to sync secrets","error":""}`, "", "Failed to sync secrets"},
		"newest, the body of an answer":          {`{"secretKey":"K","error":{"error":"insufficient_scope","error_description":"more"}}`, "K", "insufficient_scope"},
		"newest, an answer in a form of its own": {`{"secretKey":"K","error":{"errors":["a","b"]}}`, "K", `{"errors":["a","b"]}`},
		"newest, an answer without a body":       {`{"secretKey":"K","error":{}}`, "K", ""},
		"newest, an answer that is null":         {`{"secretKey":"K","error":null}`, "K", ""},
		"older":                                  {`{"secretKey":"K","error":"Secret K is too short"}`, "K", "Secret K is too short"},
		"older, twice":                           {`{"secretKey":"K","error":"{\"secretKey\":\"K\",\"error\":\"Failed to create variable\"}"}`, "K", "Failed to create variable"},
		"older, twice, key inside":               {`{"error":"{\"secretKey\":\"K\",\"error\":\"Failed\"}"}`, "K", "Failed"},
		"deeper than that":                       {`{"error":"{\"error\":\"{\\\"error\\\":\\\"no\\\"}\"}"}`, "", `{"error":"no"}`},
		"cut":                                    {`{"secretKey":"K","message":"Secret K is...`, "K", "Secret K is..."},
		"cut in an escape":                       {`{"secretKey":"K","error":"a \"quoted\...`, "K", `a "quoted...`},
		"cut, twice":                             {`{"secretKey":"K","error":"{\"secretKey\":\"K\",\"error\":\"Failed to...`, "K", "Failed to..."},
		"not JSON":                               {"Failed to run job. Please try again.", "", "Failed to run job. Please try again."},
		"dots at its end":                        {"Please wait...", "", "Please wait..."},
		"another object":                         {`{"code":7}`, "", `{"code":7}`},
		"a key that is no text":                  {`{"secretKey":7,"error":"x"}`, "", `{"secretKey":7,"error":"x"}`},
		"nothing":                                {"", "", ""},
	} {
		if got := decodeSyncFailure(tc.message, syncFailureNesting); got != (recordedFailure{tc.variable, tc.reason}) {
			t.Errorf("%s: variable %q, reason %q", name, got.variable, got.reason)
		}
	}
}

func TestSyncFailure_String(t *testing.T) {
	t.Parallel()
	for want, failure := range map[string]SyncFailure{
		"fetch failed":     {Reason: "fetch failed"},
		"variable KEY: no": {"KEY", "no"},
		"variable KEY: Infisical does not say why": {Variable: "KEY"},
		"Infisical does not say why":               {},
	} {
		if got := failure.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func FuzzDecodeSyncFailure(f *testing.F) {
	f.Add(`{"secretKey":"K","error":"{\"error\":\"x\"}"}`)
	f.Add(`{"secretKey":"K","message":"...`)
	f.Fuzz(func(t *testing.T, message string) {
		failure := decodeSyncFailure(message, syncFailureNesting)
		if len(failure.variable)+len(failure.reason) > 4*len(message)+len("...") {
			t.Errorf("longer than what was said: %q, %q", failure.variable, strings.ToValidUTF8(failure.reason, "?"))
		}
	})
}

func TestSyncFailureOf(t *testing.T) {
	t.Parallel()
	for _, failure := range []SyncFailure{
		{Reason: "fetch failed"}, {Variable: "PIN"}, {Variable: "PIN", Reason: "Secret PIN: too short"}, {}, {Reason: "variable prices"},
	} {
		if got := SyncFailureOf(failure.String()); got != failure {
			t.Errorf("got %+v, want %+v", got, failure)
		}
	}
}
