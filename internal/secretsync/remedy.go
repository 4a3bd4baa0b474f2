package secretsync

import (
	"errors"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// What GitLab asks of variables: https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable and
// https://gitlab.com/gitlab-org/gitlab, app/models/concerns/ci/has_variable.rb and maskable.rb.
const (
	keysAsked   = "letters, digits and _, 255 of them at most"
	maskedAsked = "one line of at least 8 characters, with no others than letters, digits and _+=/@:.~- in it"
)

// remedies say what to do about failures, by what Infisical or GitLab says in them. The first that is found counts.
// https://github.com/Infisical/infisical: backend/src/services/secret-sync/gitlab/gitlab-sync-fns.ts and
// secret-sync-queue.ts; https://gitlab.com/gitlab-org/gitlab: app/models/concerns/ci;
// https://github.com/jdalrymple/gitbeaker: packages/rest/src/Requester.ts
var remedies = []struct{ said, remedy string }{
	// Infisical's own checks.
	{"too short to be masked", "GitLab masks values of 8 characters and more. Lengthen the secret, move it to a folder of its own, or set " +
		"variables.masked = false."},
	{"single flat list", "Rename one secret of each pair, set source.include_subfolders = false, or point source.secret_path at a folder further " +
		"down."},
	{"folder no longer exists", "Point source at a folder that exists."},
	{"Failed to run job", "Other runs of this sync, or too many of its connection, were under way, for as long as Infisical keeps a run waiting. " +
		"Spread syncs over several connections if this happens often."},

	// GitLab's rules for a variable, which older versions of Infisical pass on, as JSON that is read as a phrase.
	{"value is invalid", "GitLab masks " + maskedAsked + ". Change the secret, move it to a folder of its own, or set variables.masked = false."},
	{"value is too long", "The value is longer than GitLab takes. Shorten the secret, or move it to a folder of its own."},
	{"key is too long", "GitLab takes keys of " + keysAsked + ". Shorten the name of the secret, or the key_schema."},
	{"can contain only letters, digits and '_'", badKey},
	{"has already been taken", "GitLab has this variable already, where the sync did not see it. In a group this happens without GitLab " +
		"Premium, which environment scopes other than * need: set target.environment_scope = \"*\"."},
	{"ci variables (", "The project or group has as many variables as GitLab allows. Delete some, or sync fewer secrets."},
	{"multiple variables with provided parameters", "The group has this variable in several environment scopes, and Infisical cannot tell " +
		"GitLab which to delete. Set variables.unmanaged = \"keep\", or delete it in the other scopes."},
	{"visibility setting cannot be changed", "GitLab does not unmask a hidden variable. Delete the variable at GitLab, or set " +
		"variables.masked and variables.hidden."},
	{"environment_scope is", "GitLab does not take the environment scope. Change target.environment_scope."},

	// What keeps Infisical from talking to GitLab.
	{"fetch failed", "Infisical does not reach GitLab, or does not trust its certificate. Check the connection's instance_url, and on the " +
		"server of Infisical the name, the firewall and NODE_EXTRA_CA_CERTS."},
	{"Local IPs not allowed", "Infisical does not call private addresses. Set ALLOW_INTERNAL_IP_CONNECTIONS=true on its server, or give GitLab a " +
		"public address."},
	{"last status code: 429", "GitLab limits the rate of Infisical's requests. Wait, or raise the limit at GitLab."},
	{"last status code: 502", "GitLab, or a proxy in front of it, was not available. Wait until it is."},
	{"is not a function", notGitLab},
	{"JSON input", notGitLab},
	{"in JSON at position", notGitLab},
	{"is not valid JSON", notGitLab},
	{"refresh GitLab token", "GitLab does not renew the connection's OAuth access. Authorize the connection again."},

	// Statuses of GitLab, which stand after "Failed to fetch variables: " and its like.
	{"insufficient_granular_scope", "The connection's fine-grained token lacks a permission: it must read, create, update and delete variables of " +
		"the target. If its token is a classic one, GitLab takes fine-grained ones only. Give the connection another token."},
	{"Unauthorized", "GitLab does not accept the connection's token: it has expired, or was revoked. Give the connection a new one."},
	{"Forbidden", "The connection's token lacks the scope api, or the role for the variables: Maintainer of a project, Owner of a group. A project " +
		"without CI/CD and an archived group refuse everybody."},
	{"Variable Not Found", "Somebody deleted the variable while the sync ran, or moved it to another environment scope."},
	{"Not Found", "GitLab does not show the target to the connection's token: it was deleted, or the token's user is no member of it."},
	{"Internal Server Error", notAvailable},
	{"Service Unavailable", notAvailable},
}

const (
	notGitLab = "The connection's instance_url answered with a page in place of GitLab's API: a sign-in page, a page of a proxy, or maintenance. If " +
		"GitLab is served below a path, instance_url must include it."
	notAvailable = "GitLab failed. Wait until it works."
)

// badKey is the remedy for a variable whose name GitLab does not take.
const badKey = "GitLab takes keys of " + keysAsked + ". Rename the secret, or move it to a folder of its own: a key_schema adds to its name and " +
	"takes nothing away."

// unexplained is the remedy where Infisical says which variable GitLab refused, and not why.
const unexplained = "Compare the secret with what GitLab asks. Keys: " + keysAsked + ". Values, with variables.masked = true: " + maskedAsked +
	". GitLab also refuses a key that it has already where the sync does not see it, as in a group without GitLab Premium, whose variables are all in " +
	"the environment scope *, and to delete one that a group has in several environment scopes. If none of that is so, check that the connection's " +
	"token still has the scope api, and the role Maintainer of a project or Owner of a group."

// remedy says what to do about a failed run.
func remedy(failure infisical.SyncFailure) string {
	if failure.Reason == "" && failure.Variable != "" {
		return explain(string(failure.Variable))
	}
	for _, r := range remedies {
		if strings.Contains(string(failure.Reason), r.said) {
			return r.remedy
		}
	}
	return "Fix the cause."
}

// remedyOfRemoval says what to do about a removal that Infisical says has failed, in a line of its own; empty where
// that is not what went wrong.
func remedyOfRemoval(err error) string {
	var failed *removalFailure
	if !errors.As(err, &failed) {
		return ""
	}
	return "\n" + remedy(failed.SyncFailure)
}

// explain guesses why GitLab refused a variable.
func explain(variable string) string {
	const longest = 255
	if !variableName.MatchString(variable) || len(variable) > longest {
		return badKey
	}
	return unexplained
}
