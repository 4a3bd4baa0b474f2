package tokenpolicy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// Case is what a described token is judged by.
type Case struct {
	// Instance is the GitLab's URL.
	Instance string
	// Declared is the kind that the configuration says the token is, or
	// gitlab.KindUnknown.
	Declared gitlab.Kind
	// Known is what is remembered of this very token, of which GitLab may tell nothing any more.
	Known gitlab.Known
	// Uses that the token shall serve. Without any, scopes and role are not
	// judged.
	Uses []Use
	Now  time.Time
	// ExpiryWarningDays: a token with fewer full days left is worth a warning. 0
	// never warns.
	ExpiryWarningDays int
}

// Judge returns the findings on a token, the most serious first, or none. Definite faults are waivable errors. What
// could not be determined is one warning: Infisical may reach what we cannot.
func Judge(description gitlab.Description, by Case) []Finding {
	j := judgment{Description: description, Case: by}
	switch {
	case description.Failure != nil && description.Failure.CondemnsToken():
		return []Finding{j.condemned()}
	case description.Failure != nil:
		return []Finding{j.notAsked()}
	case description.Kind == gitlab.KindOAuth:
		return []Finding{j.oauth()}
	}
	if dead := j.dead(); dead != nil {
		return dead
	}
	if refusal := onlyFineGrained(j.Token, j.KindFailure, j.AccessLevelFailure); refusal != nil {
		return append([]Finding{j.tooClassic(AspectToken, "", everyUse(j.Uses), refusal)}, j.expiry()...)
	}
	return slices.Concat(j.kind(), j.abilities(), j.expiry())
}

type judgment struct {
	gitlab.Description
	Case
}

func (j judgment) condemned() Finding {
	failure := j.Failure
	finding := fault(AspectToken, "", "")
	switch failure.Reason {
	case gitlab.ReasonTokenExpired:
		finding.Summary = "GitLab token has expired"
		finding.Detail = fmt.Sprintf("%s says that %s has expired.\nCreate a new one %s.", j.Instance, j.lastToken(), j.at(j.lastPage()))
	case gitlab.ReasonTokenRevoked:
		finding.Summary = "GitLab token was revoked"
		finding.Detail = fmt.Sprintf("%s says that %s was revoked.\nCreate a new one %s.", j.Instance, j.lastToken(), j.at(j.lastPage()))
	case gitlab.ReasonImpersonationDisabled:
		finding.Summary = "GitLab refuses impersonation tokens"
		finding.Detail = fmt.Sprintf("The token is an impersonation token, and %s does not allow these.\nCreate a personal access token %s.", j.Instance,
			j.at(j.page(gitlab.KindPersonal)))
	case gitlab.ReasonDPoPRequired:
		finding.Summary = "GitLab requires DPoP, which Infisical does not support"
		finding.Detail = fmt.Sprintf("The token's user has Demonstrating Proof of Possession (DPoP) enabled at %s, and Infisical does not send such proofs.\nDisable it for that user, or create a token of another user %s.", j.Instance, j.at(j.lastPage()))
	case gitlab.ReasonUserRefused:
		finding.Summary = "GitLab refuses the token's user"
		finding.Detail = fmt.Sprintf("%s says: %s.\nResolve that, or create a token of another user %s.", j.Instance,
			strings.TrimSuffix(string(failure.Message), "."), j.at(j.lastPage()))
	default:
		finding.Summary = "GitLab does not know the token"
		if j.LooksLike != "" {
			finding.Detail = fmt.Sprintf("%s answered 401 Unauthorized, and the token has the prefix of another secret (%s).\nCreate an access token %s.",
				j.Instance, j.LooksLike, j.at(j.lastPage()))
			break
		}
		finding.Detail = fmt.Sprintf("%s answered 401 Unauthorized: the token is mistyped, was deleted, or belongs to another GitLab instance.\nCheck instance_url, or create a token %s.", j.Instance, j.at(j.lastPage()))
	}
	return finding
}

func (j judgment) notAsked() Finding {
	still := "Infisical may still reach this GitLab"
	if gitlab.IsForbidden(j.Failure) {
		still = "Infisical may still be able to use the token"
	}
	advice := ""
	if j.Failure.Reason == gitlab.ReasonGranular {
		advice = "\nA fine-grained token needs the permission read_personal_access_token for that. A classic one is refused so where GitLab takes fine-grained tokens only."
	}
	return Finding{
		Severity: Warning,
		Aspect:   AspectToken,
		Summary:  "Could not check the GitLab token",
		Detail: fmt.Sprintf("Asking %s about the token failed: %s.\n%s, so this is only a warning.%s",
			j.Instance, strings.TrimSuffix(j.Failure.Explain(), "."), still, advice),
	}
}

func (j judgment) oauth() Finding {
	return fault(AspectToken, "GitLab token is an OAuth access token",
		fmt.Sprintf("The token is an OAuth access token: it expires after two hours, and Infisical can neither use nor renew it as an access token.\nCreate a personal access token %s, or a project or group access token (%s), or connect with oauth.",
			j.at(j.page(gitlab.KindPersonal)), docs[gitlab.KindUnknown]))
}

// dead returns the one finding on a token that no longer works, for which nothing else matters.
func (j judgment) dead() []Finding {
	expired := j.ExpiresAt != nil && !j.ExpiresAt.After(j.Now)
	remedy := fmt.Sprintf("Create a new one %s.", j.at(j.tokenPage()))
	switch {
	case j.Revoked:
		return []Finding{fault(AspectToken, "GitLab token was revoked", fmt.Sprintf("%s was revoked.\n%s", j.subject(), remedy))}
	case expired:
		return []Finding{fault(AspectToken, "GitLab token has expired",
			fmt.Sprintf("%s stopped working on %s at 00:00 UTC.\n%s", j.subjectWithout(expiryText), day(*j.ExpiresAt), remedy))}
	case !j.Active:
		return []Finding{fault(AspectToken, "GitLab token is not active", fmt.Sprintf("%s is not active, says %s.\n%s", j.subject(), j.Instance, remedy))}
	default:
		return nil
	}
}

func (j judgment) kind() []Finding {
	if j.Kind == gitlab.KindUnknown {
		return j.unknownKind()
	}
	if !j.misdeclared() || len(j.impossible()) > 0 { // impossibleUse says both.
		return nil
	}
	return []Finding{fault(AspectKind, "GitLab token is of another kind",
		fmt.Sprintf("%s is declared as a %s, but is a %s.\nSet type = %q, or use a %s instead (%s).",
			j.subject(), kindName(j.Declared), kindName(j.Kind), j.Kind, kindName(j.Declared), j.page(j.Declared)))}
}

func (j judgment) misdeclared() bool {
	return j.Declared != gitlab.KindUnknown && j.Declared != j.Kind
}

func (j judgment) unknownKind() []Finding {
	if len(j.missingScopes()) > 0 {
		return nil // That is reported, and its remedy also fixes this.
	}
	why := "only a token with the scope api, read_api or read_user may ask"
	if j.KindFailure != nil && j.KindFailure.Reason != gitlab.ReasonScope {
		why = strings.TrimSuffix(j.KindFailure.Explain(), ".")
	}
	return []Finding{{
		Severity: Warning,
		Aspect:   AspectKind,
		Summary:  "Could not check the kind of the GitLab token",
		Detail:   fmt.Sprintf("Could not determine whether %s is a personal, project or group access token: %s.", j.object(), why),
	}}
}

// abilities judges what the token can do against what its uses need.
func (j judgment) abilities() []Finding {
	switch impossible := j.impossible(); {
	case len(j.Uses) == 0:
		return nil
	case len(impossible) > 0:
		return []Finding{j.impossibleUse(impossible)}
	case j.Granular:
		return j.permissions()
	default:
		return slices.Concat(j.scopes(), j.role())
	}
}

// assumedKind is the kind to measure by when GitLab does not tell.
func (j judgment) assumedKind() gitlab.Kind {
	if j.Kind == gitlab.KindUnknown {
		return j.Declared
	}
	return j.Kind
}

func (j judgment) impossible() []Use {
	if j.Kind == gitlab.KindUnknown {
		return nil
	}
	return impossibleUses(j.Kind, j.Uses)
}

func (j judgment) impossibleUse(uses []Use) Finding {
	although := ""
	if j.misdeclared() {
		although = fmt.Sprintf(", although it is declared as a %s", kindName(j.Declared))
	}
	return fault(AspectUses, "A project access token cannot serve this use",
		fmt.Sprintf("%s can act on its own project only%s. %s a group or personal access token.\nCreate a group access token (%s), or a personal one %s, or remove %s from use_cases.",
			j.subject(), although, need(uses), docs[gitlab.KindGroup], j.at(j.page(gitlab.KindPersonal)), list(uses)))
}

func (j judgment) scopes() []Finding {
	uses := j.missingScopes()
	if len(uses) == 0 {
		return nil
	}
	var needed []string
	for _, use := range uses {
		needed = append(needed, scopesFor(j.assumedKind(), use)...)
	}
	slices.Sort(needed)
	needed = slices.Compact(needed)
	summary, with := "GitLab token lacks a scope", "this scope"
	if len(needed) > 1 {
		with = "these scopes"
	}
	return []Finding{fault(AspectToken, summary, fmt.Sprintf("%s has %s.\n%s: %s.\nCreate a token with %s %s.",
		j.subject(), scopeText(j.Scopes), need(uses), list(needed), with, j.at(j.tokenPage())))}
}

// missingScopes returns the uses for which the token lacks a scope.
func (j judgment) missingScopes() []Use {
	if j.Granular {
		return nil
	}
	return usesLacking(j.Scopes, j.assumedKind(), j.Uses)
}

func (j judgment) role() []Finding {
	if !j.Kind.HasRole() {
		return nil
	}
	if j.AccessLevelFailure != nil {
		return j.unknownRole(*j.AccessLevelFailure)
	}
	if j.AccessLevel == 0 {
		return nil
	}
	if refused := usesAbove(j.AccessLevel, j.Kind, j.Uses, row.enforced); len(refused) > 0 {
		return []Finding{fault(AspectToken, "GitLab token has too low a role",
			fmt.Sprintf("%s has the role %s in %s.\n%s at least: %s.\nCreate a token with this role %s.",
				j.subject(), j.AccessLevel, j.resource(), need(refused), highest(j.Kind, refused, row.advised), j.at(j.tokenPage())))}
	}
	if advised := usesAbove(j.AccessLevel, j.Kind, j.Uses, row.advised); len(advised) > 0 {
		return []Finding{{
			Severity: Warning,
			Aspect:   AspectToken,
			Summary:  "GitLab token has a lower role than Infisical's manual asks for",
			Detail: fmt.Sprintf("%s has the role %s in %s.\nFor %s Infisical's manual asks for at least: %s. GitLab itself asks for %s, so the token may still work.\nIf it does not, create a token with this role %s.",
				j.subject(), j.AccessLevel, j.resource(), titlesOf(advised), highest(j.Kind, advised, row.advised), highest(j.Kind, advised, row.enforced),
				j.at(j.tokenPage())),
		}}
	}
	return nil
}

func (j judgment) unknownRole(failure gitlab.Error) []Finding {
	needs := fmt.Sprintf("%s at least: %s.", need(everyUse(j.Uses)), highest(j.Kind, j.Uses, row.advised))
	switch failure.Reason {
	case gitlab.ReasonScope:
		return nil // The missing scope is reported already.
	case gitlab.ReasonNotFound:
		return []Finding{fault(AspectToken, "GitLab token has no role",
			fmt.Sprintf("The bot user of %s is not a member of %s, or that %s no longer exists.\n%s\nCreate a token with this role %s.",
				j.object(), j.resource(), j.Kind, needs, j.at(j.tokenPage())))}
	default:
		return []Finding{{
			Severity: Warning,
			Aspect:   AspectToken,
			Summary:  "Could not check the role of the GitLab token",
			Detail: fmt.Sprintf("Could not determine the role of %s in %s: %s.\n%s",
				j.object(), j.resource(), strings.TrimSuffix(failure.Explain(), "."), needs),
		}}
	}
}

func (j judgment) expiry() []Finding {
	if j.ExpiresAt == nil || daysLeft(*j.ExpiresAt, j.Now) >= j.ExpiryWarningDays {
		return nil
	}
	return []Finding{{
		Severity: Warning,
		Aspect:   AspectToken,
		Summary:  "GitLab token expires soon",
		Detail: fmt.Sprintf("%s expires %s, %s.\nCreate a new one %s.",
			j.subjectWithout(expiryText), day(*j.ExpiresAt), left(*j.ExpiresAt, j.Now), j.at(j.tokenPage())),
	}}
}

// daysLeft returns how many full days of 24 hours a token has left at now.
// Negative once it has expired.
func daysLeft(expiresAt, now time.Time) int {
	const perDay = 24 * time.Hour
	remaining := expiresAt.Sub(now)
	days := int(remaining / perDay)
	if remaining < 0 && remaining%perDay != 0 {
		days--
	}
	return days
}

// left says how long: dated tomorrow, this is the token's last day.
func left(expiresAt, now time.Time) string {
	switch days := daysLeft(expiresAt, now); {
	case expiresAt.Sub(now) <= 24*time.Hour:
		return "this is its last day"
	case days == 1:
		return "1 day left"
	default:
		return strconv.Itoa(days) + " days left"
	}
}

// subject names the token: `The token "ci-bot" (group access token of group 87,
// expires 2027-03-01)`.
func (j judgment) subject() string { return j.subjectWithout("") }

// object is the subject within a sentence.
func (j judgment) object() string { return "the " + j.token("") }

const expiryText = "expires"

func (j judgment) subjectWithout(what string) string { return "The " + j.token(what) }

func (j judgment) token(without string) string {
	parts := []string{kindName(j.Kind)}
	switch {
	case j.Kind.HasRole() && j.ResourceID != 0:
		parts[0] += " of " + j.resource()
	case j.ServiceAccount:
		parts[0] += " of the service account @" + j.Username
	case j.Username != "":
		parts[0] += " of @" + j.Username
	}
	switch {
	case without == expiryText:
	case j.ExpiresAt == nil:
		parts = append(parts, "never expires")
	default:
		parts = append(parts, "expires "+day(*j.ExpiresAt))
	}
	return fmt.Sprintf("token %q (%s)", j.Name, strings.Join(parts, ", "))
}

func (j judgment) resource() string {
	if j.ResourceID == 0 {
		return "its " + string(j.Kind)
	}
	return j.place().String()
}

// place is the project or group of a token that has a role there.
func (j judgment) place() gitlab.Resource {
	return gitlab.Resource{Kind: j.Kind, ID: strconv.FormatInt(j.ResourceID, 10), Path: j.ResourcePath}
}

// docs are GitLab's pages on each kind of token.
var docs = map[gitlab.Kind]string{
	gitlab.KindUnknown: "https://docs.gitlab.com/security/tokens/",
	gitlab.KindProject: "https://docs.gitlab.com/user/project/settings/project_access_tokens/",
	gitlab.KindGroup:   "https://docs.gitlab.com/user/group/settings/group_access_tokens/",
}

// page is where to make a token of a kind, of no project or group in particular.
func (j judgment) page(kind gitlab.Kind) string {
	if page, ok := docs[kind]; ok {
		return page
	}
	return gitlab.TokenPage(j.Instance, gitlab.Resource{Kind: kind})
}

// at is where a page is. GitLab's manual can only be read.
func (j judgment) at(page string) string {
	if strings.HasPrefix(page, "https://docs.gitlab.com/") {
		return "(see " + page + ")"
	}
	return "at " + page
}

// last is the token as it was when GitLab still described it.
func (j judgment) last() judgment {
	j.Kind, j.ResourceID, j.Username, j.Name = j.Known.Kind, j.Known.ResourceID, j.Known.Username, j.Known.Name
	return j
}

// lastToken names a token that GitLab describes no more, as far as its name is known.
func (j judgment) lastToken() string {
	if j.Known.Name == "" {
		return "the token"
	}
	return "the " + j.last().token(expiryText)
}

// lastPage is where to make another token like one that GitLab describes no more.
func (j judgment) lastPage() string {
	if j.Known.Kind == gitlab.KindUnknown {
		return j.page(j.Declared)
	}
	return j.last().tokenPage()
}

// tokenPage is where to make another token like this one.
func (j judgment) tokenPage() string {
	switch {
	case j.ServiceAccount:
		return "https://docs.gitlab.com/user/profile/service_accounts/"
	case j.Kind.HasRole() && j.ResourceID != 0:
		page := gitlab.TokenPage(j.Instance, j.place())
		if j.ResourcePath == "" {
			page += " (Settings > Access tokens)"
		}
		return page
	default:
		return j.page(j.assumedKind())
	}
}

func fault(aspect Aspect, summary, detail string) Finding {
	return Finding{Severity: Error, Aspect: aspect, Summary: summary, Detail: detail, Waivable: true}
}

func scopeText(scopes []string) string {
	switch len(scopes) {
	case 0:
		return "no scopes"
	case 1:
		return "the scope " + scopes[0]
	default:
		return "the scopes " + list(scopes)
	}
}

func day(at time.Time) string { return at.UTC().Format(time.DateOnly) }
