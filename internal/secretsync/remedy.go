package secretsync

import (
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// remedies say what to do about failures, by what Infisical or GitLab says in them. The first that is found counts.
// https://github.com/Infisical/infisical: backend/src/services/secret-sync/gitlab/gitlab-sync-fns.ts;
// https://gitlab.com/gitlab-org/gitlab: app/models/concerns/ci
var remedies = []struct{ said, remedy string }{
	{"too short to be masked", "GitLab masks values of 8 characters and more. Lengthen the secret, move it to a folder of its own, or set " +
		"variables.masked = false."},
	{`"value":["is invalid"]`, "GitLab masks values of one line, at least 8 characters, and no others than letters, digits and _+=/@:.~- in " +
		"them. Change the secret, move it to a folder of its own, or set variables.masked = false."},
	{"can contain only letters, digits and '_'", "Rename the secret, or write a key_schema of letters, digits and _."},
	{"has already been taken", "GitLab has this variable already, where the sync did not see it. In a group this happens without GitLab " +
		"Premium, which environment scopes other than * need: set target.environment_scope = \"*\"."},
	{"multiple variables with provided parameters", "The group has this variable in several environment scopes, and Infisical cannot tell " +
		"GitLab which to delete. Set variables.unmanaged = \"keep\", or delete it in the other scopes."},
	{"visibility setting cannot be changed", "GitLab does not unmask a hidden variable. Delete the variable at GitLab, or set " +
		"variables.masked and variables.hidden."},
	{"folder no longer exists", "Point source at a folder that exists."},
	{"Unauthorized", "GitLab does not accept the connection's token: it has expired, or was revoked. Give the connection a new one."},
	{"Forbidden", "The connection's token lacks the scope api, or the role for the variables: Maintainer of a project, Owner of a group."},
	{"Not Found", "GitLab does not show the target to the connection's token."},
	{"Failed to run job", "Too many syncs of this connection were running. Apply again."},
}

// remedy says what to do about a failed run.
func remedy(failure infisical.SyncFailure) string {
	for _, r := range remedies {
		if strings.Contains(string(failure.Reason), r.said) {
			return r.remedy
		}
	}
	return "Fix the cause, and apply again: that runs the sync again."
}
