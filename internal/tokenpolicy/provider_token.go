package tokenpolicy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// providersToken is what the provider's GitLab token is called.
const providersToken = "The provider's GitLab token"

// JudgeManagement returns a warning when the token that managed tokens are made with has ended, or has fewer full days
// left than expiryWarningDays. It does not report that GitLab could not be asked: whatever needs the token reports
// that.
func JudgeManagement(description gitlab.Description, instance string, now time.Time, expiryWarningDays int) []Finding {
	by := managementCase(instance, now)
	if dead := by.ended(description); dead != nil {
		return []Finding{dead.AsWarning()}
	}
	expiresAt := description.ExpiresAt
	if description.Failure != nil || expiresAt == nil || daysLeft(*expiresAt, now) >= expiryWarningDays {
		return nil
	}
	return []Finding{{
		Severity: Warning, Aspect: AspectToken, Summary: "Provider's GitLab token expires soon",
		Detail: fmt.Sprintf("%s %q expires %s, %s. %s.\n%s", providersToken, description.Name, day(*expiresAt), left(*expiresAt, now), management, by.remedy()),
	}}
}

const management = "Managed tokens are created, rotated and revoked with it"

// managementJudgment is of the provider's GitLab token, which is a personal one.
type managementJudgment struct{ judgment }

func managementCase(instance string, now time.Time) managementJudgment {
	return managementJudgment{judgment{Case: Case{Instance: instance, Declared: gitlab.KindPersonal, Now: now}}}
}

func (j managementJudgment) remedy() string {
	return fmt.Sprintf("Create another one at %s, and set gitlab.token or GITLAB_TOKEN to it.", j.page(gitlab.KindPersonal))
}

// ended returns the finding on a token that does not work; nil when it does, or GitLab could not be asked.
func (j managementJudgment) ended(description gitlab.Description) *Finding {
	var why string
	switch expiresAt := description.ExpiresAt; {
	case description.Failure != nil && description.LooksLike != "" && description.Failure.CondemnsToken():
		why = fmt.Sprintf("%s refuses the provider's GitLab token, which has the prefix of another secret (%s)", j.Instance, description.LooksLike)
	case description.Failure != nil && description.Failure.CondemnsToken():
		why = fmt.Sprintf("%s refuses the provider's GitLab token: %s", j.Instance, strings.TrimSuffix(description.Failure.Explain(), "."))
	case description.Failure != nil:
		return nil
	case description.Revoked:
		why = fmt.Sprintf("%s %q was revoked", providersToken, description.Name)
	case expiresAt != nil && !expiresAt.After(j.Now):
		why = fmt.Sprintf("%s %q stopped working on %s at 00:00 UTC", providersToken, description.Name, day(*expiresAt))
	default:
		return nil
	}
	finding := fault(AspectToken, "Provider's GitLab token does not work",
		fmt.Sprintf("%s. %s, which fails until it is replaced.\n%s", why, management, j.remedy()))
	return &finding
}

// Minting is a token that the provider's GitLab token is to create.
type Minting struct {
	// Instance is the GitLab's URL.
	Instance string
	// Place is the project or group of the new token, or the group of its service account.
	Place gitlab.Resource
	// Account: it is a token of a service account.
	Account bool
	// AccessLevel is the role of the new token; 0 while it is not known, and of a service account.
	AccessLevel gitlab.AccessLevel
	Now         time.Time
}

// JudgeMinter returns what is wrong with the provider's GitLab token as such, for creating a token, or nothing. What
// GitLab said for certain are waivable errors, what it did not say is a warning.
//
// GitLab accepts only a personal token with the scope api; that of a service account is one, that of a project or group
// is not. https://docs.gitlab.com/api/project_access_tokens/#create-a-project-access-token
func JudgeMinter(description gitlab.Description, by Minting) []Finding {
	j := managementCase(by.Instance, by.Now)
	if dead := j.ended(description); dead != nil {
		return []Finding{*dead}
	}
	name := fmt.Sprintf("%s %q", providersToken, description.Name)
	switch {
	case description.Failure != nil:
		return []Finding{by.unknown(fmt.Sprintf("Asking %s about it failed: %s", by.Instance, strings.TrimSuffix(description.Failure.Explain(), ".")))}
	case description.Kind == gitlab.KindOAuth:
		return []Finding{by.unknown("It is an OAuth access token, of which GitLab does not say what it may do")}
	case description.Granular:
		return by.fineGrained(description.Token)
	case onlyFineGrained(description.Token, description.KindFailure) != nil:
		return []Finding{by.tooClassic(description, "", description.KindFailure)}
	case !slices.Contains(description.Scopes, "api"):
		return []Finding{fault(AspectToken, "Provider's GitLab token lacks a scope", fmt.Sprintf("%s has %s. To create a token in %s it needs: api.\n%s",
			name, scopeText(description.Scopes), by.Place, j.remedy()))}
	case description.Kind.HasRole():
		j.Description = description
		return []Finding{fault(AspectToken, "Provider's GitLab token cannot create tokens", fmt.Sprintf(
			"%s is a %s of %s. GitLab lets only personal access tokens create tokens; that of a service account is one.\n%s", name, kindName(description.Kind),
			j.resource(), j.remedy()))}
	}
	return nil
}

// LeastRole is what GitLab asks of the user who creates the token.
func (m Minting) LeastRole() gitlab.AccessLevel {
	if m.Place.Kind == gitlab.KindGroup {
		return gitlab.AccessLevelOwner
	}
	return max(gitlab.AccessLevelMaintainer, m.AccessLevel)
}

func (m Minting) what() string {
	if m.Account {
		return "a token of a service account"
	}
	if m.AccessLevel == 0 {
		return "a token"
	}
	return fmt.Sprintf("a token with the role %s", m.AccessLevel)
}

// unknown is the warning about what GitLab did not tell.
func (m Minting) unknown(why string) Finding {
	return Finding{Severity: Warning, Aspect: AspectToken, Summary: "Could not check the provider's GitLab token", Detail: fmt.Sprintf(
		"%s.\nTo create %s in %s, the provider's GitLab token must have the scope api, or the permissions for that, and its user at least the role %s there.", why, m.what(), m.Place, m.LeastRole())}
}

// tooClassic is the finding on a provider's token that GitLab refuses because it is not fine-grained, in the place or
// everywhere.
func (m Minting) tooClassic(description gitlab.Description, in string, refusal *gitlab.Error) Finding {
	return fault(AspectToken, "GitLab takes fine-grained tokens only", fmt.Sprintf(
		"%s %q is a classic one, and %s: %s.\n%s.\nCreate such a token at %s, or use one of a service account, which newer versions of GitLab exempt, "+
			"and set gitlab.token or GITLAB_TOKEN to it.",
		providersToken, description.Name, takesFineGrained(m.Instance, in), strings.TrimSuffix(refusal.Explain(), "."), m.permissions(),
		managementCase(m.Instance, m.Now).page(gitlab.KindPersonal)))
}

// mintingPermissions are those of a fine-grained token that creates, finds and revokes tokens of a project or group.
// https://gitlab.com/gitlab-org/gitlab/-/tree/master/config/authz/permission_groups/assignable_permissions/system_access/resource_access_token
var mintingPermissions = []string{"create_resource_access_token", "delete_resource_access_token", "read_resource_access_token"}

// permissions is what a fine-grained provider's token needs. Those for the tokens of service accounts are not known.
func (m Minting) permissions() string {
	if m.Account {
		return fmt.Sprintf("A fine-grained token must be able to list, create and revoke tokens of the service accounts of %s", m.Place)
	}
	return fmt.Sprintf("To create a token there, a fine-grained one needs in %s: %s; and of its user: %s", m.Place, list(m.needed()), list(ownPermissions))
}

func (m Minting) needed() []string {
	return append([]string{"read_" + string(m.Place.Kind)}, mintingPermissions...)
}

// fineGrained judges a provider's token by what it may do anywhere.
func (m Minting) fineGrained(token gitlab.Token) []Finding {
	if m.Account || token.GranularScopes == nil {
		return []Finding{{Severity: Warning, Aspect: AspectToken, Summary: "Could not check the provider's GitLab token", Detail: fmt.Sprintf(
			"%s %q is fine-grained, and what it may do is not known.\n%s. Its user must have at least the role %s there.",
			providersToken, token.Name, m.permissions(), m.LeastRole())}}
	}
	missing := lacking(m.needed(), permitted(token.GranularScopes, mayHoldAt(m.Place.Kind)))
	if len(missing) == 0 {
		return nil
	}
	return []Finding{fault(AspectToken, "Provider's GitLab token lacks a permission", fmt.Sprintf(
		"%s %q does not have on any %s: %s.\n%s.\n%s", providersToken, token.Name, m.Place.Kind, list(missing), m.permissions(),
		managementCase(m.Instance, m.Now).remedy()))}
}

// JudgeMintingPlace returns what is wrong with the place that a token is to be created in, as the provider's GitLab
// token sees it, or with the role of that token's user there. Severities are as those of JudgeMinter, which has found
// nothing. An administrator needs no role.
func JudgeMintingPlace(description gitlab.Description, in gitlab.TargetDescription, by Minting) []Finding {
	if refusal := onlyFineGrained(description.Token, in.Failure, in.AccessLevelFailure); refusal != nil {
		return []Finding{by.tooClassic(description, by.Place.String(), refusal)}
	}
	switch failure := in.Failure; {
	case gitlab.IsNotFound(failure):
		return []Finding{fault(AspectPlace, "Project or group of the managed token not found", fmt.Sprintf(
			"GitLab answers 404 when the provider's GitLab token asks for %s: it does not exist, or @%s cannot see it.\nCheck the path. If it is right, give @%s there at "+
				"least the role %s.", in.Asked, description.Username, description.Username, by.LeastRole()))}
	case failure != nil:
		return []Finding{by.unknown(fmt.Sprintf("Asking %s about %s failed: %s", by.Instance, in.Asked, strings.TrimSuffix(failure.Explain(), ".")))}
	case in.Renamed:
		return []Finding{fault(AspectPlace, "Project of the managed token has another path", fmt.Sprintf(
			"%s is at %s now, and the provider creates no token by the old path, which another project may take.\nWrite %q, or the id %d, which never changes.",
			sentence(in.Asked.String()), in.Path, in.Path, in.ID))}
	case description.Administrator:
		return nil
	}
	return by.role(description.Username, in)
}

// role: GitLab gives no token a higher role than its creator has. A custom role may grant more than the level that it
// is based on.
func (m Minting) role(username string, in gitlab.TargetDescription) []Finding {
	least, where, failure := m.LeastRole(), in.Resource(), in.AccessLevelFailure
	switch {
	case in.AccessLevel >= least:
		return nil
	case failure != nil && !gitlab.IsNotFound(failure):
		return []Finding{m.unknown(fmt.Sprintf("Asking for its role in %s failed: %s", where, strings.TrimSuffix(failure.Explain(), ".")))}
	case in.CustomRole:
		return []Finding{m.unknown(fmt.Sprintf("Its user has a custom role in %s that is based on %s, and GitLab does not say what it adds", where, in.AccessLevel))}
	}
	has := "no role"
	if in.AccessLevel != 0 {
		has = fmt.Sprintf("the role %s", in.AccessLevel)
	}
	lower := ""
	if in.AccessLevel >= gitlab.AccessLevelMaintainer && m.Place.Kind == gitlab.KindProject {
		lower = fmt.Sprintf(", or set access_level = %q if that suffices", in.AccessLevel)
	}
	return []Finding{fault(AspectToken, "Provider's GitLab token has too low a role", fmt.Sprintf(
		"The user of the provider's GitLab token, @%s, has %s in %s. To create %s there it needs at least: %s.\nGive @%s that role at %s, or set gitlab.token to a token of a "+
			"user who has it%s.", username, has, where, m.what(), least, username, gitlab.MembersPage(m.Instance, place(in)), lower))}
}
