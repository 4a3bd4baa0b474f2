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
		"newest, checked before":       {`{"secretKey":"SHORT","message":"Secret SHORT is too short to be masked."}`, "SHORT", "Secret SHORT is too short to be masked."},
		"newest, refused by GitLab":    {`{"secretKey":"BADVAL","error":""}`, "BADVAL", ""},
		"newest, out of reach":         {`{"error":"fetch failed"}`, "", "fetch failed"},
		"newest, no variable's":        {`{"message":"Invalid Secret Sync source configuration"}`, "", "Invalid Secret Sync source configuration"},
		"newest, message and error":    {`{"message":"Failed to sync secrets","error":"no such thing"}`, "", "Failed to sync secrets: no such thing"},
		"newest, message, error blank": {`{"message":"Failed to sync secrets","error":""}`, "", "Failed to sync secrets"},
		"newest, an answer of OAuth": {`{"secretKey":"K","error":{"error":"insufficient_scope","error_description":"More is needed","scope":"api"}}`, "K",
			"insufficient_scope: More is needed (scope api)"},
		"newest, an answer of GitLab":   {`{"secretKey":"K","error":{"message":{"value":["is invalid","is too long"],"key":["is blank"]}}}`, "K", "key is blank, value is invalid, is too long"},
		"newest, of GitLab as a whole":  {`{"secretKey":"K","error":{"message":{"base":["Maximum number exceeded"]}}}`, "K", "Maximum number exceeded"},
		"newest, message and an answer": {`{"secretKey":"K","message":"Request failed with status code 400","error":{"message":"403 Forbidden"}}`, "K", "Request failed with status code 400: 403 Forbidden"},
		"newest, an answer of Infisical's": {`{"secretKey":"K","error":{"reqId":"req-1","statusCode":400,"message":"No","error":"BadRequest"}}`, "K",
			"No: BadRequest (reqId req-1, statusCode 400)"},
		"newest, the same twice":           {`{"message":"no","error":{"message":"no"}}`, "", "no"},
		"newest, a status alone":           {`{"secretKey":"K","error":{"status":502}}`, "K", "status 502"},
		"newest, reasons":                  {`{"secretKey":"K","error":{"errors":["a",{"reason":"b","domain":"c"}]}}`, "K", "a, b (domain c)"},
		"newest, a list":                   {`{"secretKey":"K","error":[{"message":"a"},{"message":"b"}]}`, "K", "a, b"},
		"newest, an answer without a body": {`{"secretKey":"K","error":{}}`, "K", ""},
		"newest, an answer that is null":   {`{"secretKey":"K","error":null}`, "K", ""},
		"older":                            {`{"secretKey":"K","error":"Secret K is too short"}`, "K", "Secret K is too short"},
		"older, quoting GitLab": {`{"secretKey":"K","error":"Failed to create variable: Bad Request. Cause: {\"value\":[\"is invalid\"]}"}`, "K",
			"Failed to create variable: Bad Request. Cause: value is invalid"},
		"older, twice":             {`{"secretKey":"K","error":"{\"secretKey\":\"K\",\"error\":\"Failed to create variable\"}"}`, "K", "Failed to create variable"},
		"older, twice, key inside": {`{"error":"{\"secretKey\":\"K\",\"error\":\"Failed\"}"}`, "K", "Failed"},
		"deeper than that":         {`{"error":"{\"error\":\"{\\\"error\\\":\\\"no\\\"}\"}"}`, "", "no"},
		"cut":                      {`{"secretKey":"K","message":"Secret K is...`, "K", "Secret K is..."},
		"cut in an escape":         {`{"secretKey":"K","error":"a \"quoted\...`, "K", `a "quoted...`},
		"cut in a code point":      {`{"secretKey":"K","error":"a\u20...`, "K", "a..."},
		"cut, twice":               {`{"secretKey":"K","error":"{\"secretKey\":\"K\",\"error\":\"Failed to...`, "K", "Failed to..."},
		"cut in an answer":         {`{"secretKey":"K","error":{"message":{"value":["is inv...`, "K", "value is inv..."},
		"cut after a member":       {`{"secretKey":"K","error":{"message":"no",...`, "K", "no"},
		"cut in a name":            {`{"secretKey":"K","error":{"message":"no","sta...`, "K", "no"},
		"cut before a value":       {`{"secretKey":"K","error":{"message":"no","status":...`, "K", "no"},
		"not JSON":                 {"Failed to run job. Please try again.", "", "Failed to run job. Please try again."},
		"brackets of a sentence":   {"Please use 'filter[environment_scope]'", "", "Please use 'filter[environment_scope]'"},
		"a number in brackets":     {"No such element [0]", "", "No such element [0]"},
		"braces of a sentence":     {"Key schema must include {{secretKey}}", "", "Key schema must include {{secretKey}}"},
		"dots at its end":          {"Please wait...", "", "Please wait..."},
		"another object":           {`{"code":7}`, "", "code 7"},
		"a key that is no text":    {`{"secretKey":7,"error":"x"}`, "", "x (secretKey 7)"},
		"nothing":                  {"", "", ""},
	} {
		if variable, reason := decodeSyncFailure(tc.message); variable != tc.variable || reason != tc.reason {
			t.Errorf("%s: variable %q, reason %q", name, variable, reason)
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
	f.Add(`{"secretKey":"K","error":{"message":{"value":["is invalid"]},"status":400}}`)
	f.Add(`Bad Request. Cause: {"base":["a\u20...`)
	f.Fuzz(func(t *testing.T, message string) {
		variable, reason := decodeSyncFailure(message)
		if len(variable)+len(reason) > 4*len(message)+len("...") {
			t.Errorf("longer than what was said: %q, %q", variable, strings.ToValidUTF8(reason, "?"))
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
