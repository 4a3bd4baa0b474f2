package infisical

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// SyncFailure is why a run, or a removal of variables, failed.
type SyncFailure struct {
	// Variable is the one at which it failed, empty when it was at none of them.
	Variable transport.Words
	// Reason is in the server's and GitLab's words; empty when the server gives none, as the newest does when GitLab
	// refuses a variable.
	Reason transport.Words
}

// Busy reports that nothing was done, because another job of the sync was under way, or too many of its connection
// were.
func (f SyncFailure) Busy() bool {
	return strings.HasPrefix(string(f.Reason), "Failed to run job. This typically happens")
}

// Words are the failure in one phrase.
func (f SyncFailure) Words() transport.Words {
	reason := cmp.Or(f.Reason, noReason)
	if f.Variable == "" {
		return reason
	}
	return "variable " + f.Variable + ": " + reason
}

// noReason stands for an empty one.
const noReason = "Infisical does not say why"

// SyncFailureOf is the failure whose Words were kept as a message.
func SyncFailureOf(message string) SyncFailure {
	rest, begins := strings.CutPrefix(message, "variable ")
	variable, reason, goesOn := strings.Cut(rest, ": ")
	if !begins || !goesOn {
		variable, reason = "", message
	}
	if reason == noReason {
		reason = ""
	}
	return SyncFailure{Variable: transport.Words(variable), Reason: transport.Words(reason)}
}

func (f SyncFailure) String() string { return string(f.Words()) }

// syncFailure is what the server recorded of a failure, fit to be shown.
func (c *Client) syncFailure(message foreign) *SyncFailure {
	recorded := decodeSyncFailure(string(message), syncFailureNesting)
	return &SyncFailure{Variable: c.label(foreign(recorded.variable)), Reason: c.words(foreign(recorded.reason))}
}

// recordedFailure is a failure as the server recorded it.
type recordedFailure struct{ variable, reason string }

// syncFailureNesting is how deep failures may hold others as JSON text.
const syncFailureNesting = 2

// decodeSyncFailure reads lastSyncMessage and lastRemoveMessage. It is JSON text, of which older servers put the reason
// into error, perhaps as JSON text once more, and newer ones into message, or else into error, where that is a string,
// an object, such as the body of an answer, or empty. What is no such text is the reason as it stands.
// https://github.com/Infisical/infisical: backend/src/services/secret-sync/secret-sync-fns.ts (parseSyncErrorMessage)
func decodeSyncFailure(text string, nesting int) recordedFailure {
	var wire struct {
		SecretKey *string         `json:"secretKey"`
		Message   *string         `json:"message"`
		Error     json.RawMessage `json:"error"`
	}
	failed := json.Unmarshal([]byte(closed(text)), &wire) != nil
	if nesting == 0 || failed || wire.SecretKey == nil && wire.Message == nil && wire.Error == nil {
		return recordedFailure{reason: text}
	}
	failure := decodeSyncFailure(textOf(wire.Error), nesting-1)
	if failure.variable == "" && wire.SecretKey != nil {
		failure.variable = *wire.SecretKey
	}
	if wire.Message != nil {
		failure.reason = strings.Trim(*wire.Message+": "+failure.reason, ": ")
	}
	return failure
}

// textOf is a string of JSON, or the text of any other value; empty for null and for an object without members.
func textOf(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	if text = string(value); text == "{}" {
		return ""
	}
	return text
}

// closed mends JSON text that the server cut at 1024 characters, in the midst of its last string.
func closed(text string) string {
	const cut = "..."
	if !strings.HasSuffix(text, cut) || json.Valid([]byte(text)) {
		return text
	}
	return strings.TrimRight(strings.TrimSuffix(text, cut), `\`) + cut + `"}`
}
