package infisical

import (
	"cmp"
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
	variable, reason := decodeSyncFailure(string(message))
	return &SyncFailure{Variable: c.label(foreign(variable)), Reason: c.words(foreign(reason))}
}

// decodeSyncFailure reads lastSyncMessage and lastRemoveMessage. It is JSON text, of which older servers put the reason
// into error, perhaps as JSON text once more, and newer ones into message, or else into error, where that is a string,
// an object, such as the body of an answer, or empty. What is no such text is the reason as it stands.
// https://github.com/Infisical/infisical: backend/src/services/secret-sync/secret-sync-fns.ts (parseSyncErrorMessage)
func decodeSyncFailure(text string) (variable, reason string) {
	var r answerReader
	reason = r.text(text)
	return r.variable, reason
}
