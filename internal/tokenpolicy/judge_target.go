package tokenpolicy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// TargetCase is what a token is judged by in one project or group.
type TargetCase struct {
	// Instance is the GitLab's URL.
	Instance string
	// Uses that the token shall serve, of which those of the target's level count.
	Uses []Use
	// Only: it is what a sync or a scan writes to or watches, and not one of a connection's targets.
	Only bool
}

// without is what to do instead of mending a target.
func (c TargetCase) without(what string) string {
	if c.Only {
		return "choose another target"
	}
	return "remove " + what + " from targets"
}

// attribute is where the target is named.
func (c TargetCase) attribute() string {
	if c.Only {
		return "target"
	}
	return "targets"
}

// JudgeTarget returns what is to be said of a token in one of its targets, or nothing. What GitLab said for certain are
// waivable errors, what could not be proven are warnings. What the token lacks everywhere is for Judge to say:
// UsableFor leaves out the uses it condemns.
func JudgeTarget(token gitlab.Description, target gitlab.TargetDescription, by TargetCase) []Finding {
	j := targetJudgment{judgment{token, Case{Instance: by.Instance, Uses: by.Uses}}, target, by}
	switch {
	case onlyFineGrained(token.Token, token.KindFailure) != nil:
		return nil // Judge says that this holds everywhere.
	case j.elsewhere():
		return []Finding{j.otherProject()}
	case gitlab.IsNotFound(target.Failure):
		return []Finding{j.invisible()}
	}
	if refusal := onlyFineGrained(token.Token, target.Failure, target.Variables.Failure, target.Hooks.Failure, target.AccessLevelFailure); refusal != nil {
		return []Finding{j.tooClassic(AspectTargets, target.Resource().String(), j.usesHere(), refusal)}
	}
	switch {
	case target.Failure != nil && j.Granular && target.Failure.Reason == gitlab.ReasonGranular:
		return slices.Concat(j.refusals(), j.permissions())
	case target.Failure != nil:
		return []Finding{notChecked(target, by.Instance)}
	}
	if ending := ending(target, by); ending != nil {
		return ending
	}
	return slices.Concat(j.refusals(), j.permissions(), renamed(target, by), withoutCICD(target, j.granted(Use.writesVariables), by), j.unproven())
}

// Alive reports a described token that works, so that it can be asked about its targets.
func Alive(description gitlab.Description, now time.Time) bool {
	return description.Failure == nil && description.Kind != gitlab.KindOAuth && judgment{description, Case{Now: now}}.dead() == nil
}

// TargetOptions is what must be known of a target of this level to judge a token for uses.
func TargetOptions(level gitlab.Kind, uses []Use, token gitlab.Token) gitlab.TargetOptions {
	options := gitlab.TargetOptions{UserID: token.UserID, Unseen: token.Granular}
	for _, use := range uses {
		options.Variables = options.Variables || use.Level() == level && use.writesVariables()
		options.Hooks = options.Hooks || use.Level() == level && !use.writesVariables()
	}
	return options
}

// UsableFor returns the uses for which Judge finds no fault with the token's kind, scopes and role.
func UsableFor(description gitlab.Description, by Case) []Use {
	j := judgment{description, by}
	if j.Failure != nil || j.Kind == gitlab.KindOAuth || onlyFineGrained(j.Token, j.KindFailure, j.AccessLevelFailure) != nil {
		return nil
	}
	condemned := slices.Concat(j.impossible(), j.missingScopes(), usesForbidden(j.Token, j.Uses))
	switch {
	case !j.Kind.HasRole():
	case j.AccessLevelFailure != nil && gitlab.IsNotFound(j.AccessLevelFailure):
		return nil
	case j.AccessLevel != 0:
		condemned = append(condemned, usesAbove(j.AccessLevel, j.Kind, j.Uses, row.enforced)...)
	}
	return filter(j.Uses, func(use Use) bool { return !slices.Contains(condemned, use) })
}

// JudgeLevels returns a warning for uses none of whose targets is named although others are.
func JudgeLevels(uses []Use, targets []gitlab.Resource) []Finding {
	if len(targets) == 0 {
		return nil
	}
	var findings []Finding
	for _, level := range []gitlab.Kind{gitlab.KindProject, gitlab.KindGroup} {
		named := slices.ContainsFunc(targets, func(target gitlab.Resource) bool { return target.Kind == level })
		idle := filter(uses, func(use Use) bool { return use.Level() == level && !named })
		if len(idle) == 0 {
			continue
		}
		acts := "acts"
		if len(idle) > 1 {
			acts = "act"
		}
		findings = append(findings, Finding{
			Severity: Warning,
			Aspect:   AspectTargets,
			Summary:  "No target for a use case",
			Detail: fmt.Sprintf("%s %s on %ss, and targets names none, so the token was not checked for it.\nAdd them as targets.%ss, or remove %s from use_cases.",
				titlesOf(idle), acts, level, level, list(idle)),
		})
	}
	return findings
}

type targetJudgment struct {
	judgment
	target gitlab.TargetDescription
	by     TargetCase
}

// elsewhere: the bot user of a project token belongs to no other project, and to no group.
// https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects
func (j targetJudgment) elsewhere() bool {
	if j.Kind != gitlab.KindProject || j.ResourceID == 0 {
		return false
	}
	return j.target.Asked.Kind == gitlab.KindGroup || j.target.ID != 0 && j.target.ID != j.ResourceID
}

func (j targetJudgment) otherProject() Finding {
	instead := fmt.Sprintf("Create one for this project at %s", gitlab.TokenPage(j.Instance, place(j.target)))
	if j.target.Asked.Kind == gitlab.KindGroup {
		instead = fmt.Sprintf("Create a group access token at %s", gitlab.TokenPage(j.Instance, place(j.target)))
	}
	return fault(AspectTargets, "GitLab token is for another project",
		fmt.Sprintf("%s can act on its own project only, and %s is a target.\n%s, or a personal access token at %s.",
			j.subject(), j.target.Resource(), instead, j.page(gitlab.KindPersonal)))
}

// invisible: GitLab's 404 covers what does not exist, what the token may not see, and what is being deleted.
func (j targetJudgment) invisible() Finding {
	asked := j.target.Asked
	check := "Check the path."
	if asked.Kind == gitlab.KindGroup {
		check = "Check the path; GitLab does not find a renamed group by its old path."
	}
	return fault(AspectTargets, "GitLab token cannot see a target", fmt.Sprintf("GitLab answers 404 when %s asks for %s: it does not exist, or the token cannot see it.\n%s%s\n%s If it is right, %s.",
		j.object(), asked, j.needsHere(), j.reach(), check, j.admit(asked)))
}

// needsHere says what the uses ask for in the target.
func (j targetJudgment) needsHere() string {
	uses := j.usesHere()
	if len(uses) == 0 {
		return "The token must be able to see its targets."
	}
	return fmt.Sprintf("%s at least: %s.", need(uses), leastRole(uses))
}

// reach reminds of how far project and group tokens reach.
func (j targetJudgment) reach() string {
	switch {
	case j.ResourceID == 0:
		return ""
	case j.Kind == gitlab.KindProject:
		return fmt.Sprintf(" A token of %s can act on that project only.", j.resource())
	case j.Kind == gitlab.KindGroup:
		return fmt.Sprintf(" A token of %s can act on that group and what is below it.", j.resource())
	default:
		return ""
	}
}

// reachWithoutRole is the same reminder where the token has no role.
func (j targetJudgment) reachWithoutRole() string {
	if j.target.AccessLevel != 0 {
		return ""
	}
	return j.reach()
}

// admit says how the token comes to the role that it needs in a project or group.
func (j targetJudgment) admit(in gitlab.Resource) string {
	role := "a role"
	if uses := j.usesHere(); len(uses) > 0 {
		role = fmt.Sprintf("the role %s", leastRole(uses))
	}
	if j.Kind.HasRole() {
		return fmt.Sprintf("create a token there with %s: %s", role, gitlab.TokenPage(j.Instance, in))
	}
	whom := "the token's user"
	if j.Username != "" {
		whom = "@" + j.Username
	}
	return fmt.Sprintf("give %s %s at %s, or use a token of a user who has it", whom, role, gitlab.MembersPage(j.Instance, in))
}

// usesHere are those that act on targets of this level.
func (j targetJudgment) usesHere() []Use {
	return filter(j.Uses, func(use Use) bool { return use.Level() == j.target.Asked.Kind })
}

// leastRole is what GitLab asks of a user: the role of a group token, which has the manual's and GitLab's own in one.
func leastRole(uses []Use) gitlab.AccessLevel { return highest(gitlab.KindGroup, uses, row.enforced) }

// probe is the one that GitLab grants to those only who can serve the use.
func (j targetJudgment) probe(use Use) gitlab.Probe {
	if use.writesVariables() {
		return j.target.Variables
	}
	return j.target.Hooks
}

func (j targetJudgment) granted(which func(Use) bool) []Use {
	return filter(j.usesHere(), func(use Use) bool { return which(use) && j.probe(use).Granted })
}

// refusals are what GitLab does not let the token do.
func (j targetJudgment) refusals() []Finding {
	refused := filter(j.usesHere(), func(use Use) bool { return j.probe(use).Refused() })
	var findings []Finding
	if j.target.CICDOff && j.target.AccessLevel >= gitlab.AccessLevelMaintainer {
		// GitLab's newest versions refuse the variables then, whatever the role.
		variables := filter(refused, Use.writesVariables)
		findings = append(findings, switchedOff(j.target, variables, "GitLab refuses its CI/CD variables", j.by)...)
		refused = filter(refused, func(use Use) bool { return !use.writesVariables() })
	}
	if len(refused) > 0 {
		findings = append(findings, fault(AspectTargets, "GitLab token lacks rights in a target",
			fmt.Sprintf("%s %s. GitLab does not let it list %s there.\n%s at least: %s.%s\n%s.",
				j.subject(), j.standing(), things(refused), need(refused), leastRole(refused), j.reachWithoutRole(), sentence(j.remedy(refused)))))
	}
	if slices.Contains(j.usesHere(), GroupSecretScanning) && j.target.Hooks.Failure != nil && j.target.Hooks.Failure.Reason == gitlab.ReasonNoSuchRoute {
		findings = append(findings, fault(AspectTargets, "GitLab has no group webhooks", fmt.Sprintf(
			"%s does not know webhooks of groups, which belong to GitLab Premium and Ultimate. Group Secret Scanning creates one in %s.\nUse project_secret_scanning for its projects instead.",
			j.Instance, j.target.Resource())))
	}
	return findings
}

// remedy is the role, unless the token has it: then something else is in the way, of which GitLab's API does not speak.
func (j targetJudgment) remedy(refused []Use) string {
	if j.target.AccessLevel >= leastRole(refused) {
		return fmt.Sprintf("the role suffices, so look for what else restricts the %s, such as allowed IP addresses or single sign-on", j.target.Asked.Kind)
	}
	return j.admit(place(j.target))
}

// standing is the role that the token has, as far as GitLab tells.
func (j targetJudgment) standing() string {
	switch {
	case j.target.AccessLevel != 0:
		return fmt.Sprintf("has the role %s in %s", j.target.AccessLevel, j.target.Resource())
	case j.target.AccessLevelFailure != nil && gitlab.IsNotFound(j.target.AccessLevelFailure):
		return fmt.Sprintf("has no role in %s", j.target.Resource())
	default:
		return fmt.Sprintf("has no known role in %s", j.target.Resource())
	}
}

// things are what uses need of a target.
func things(uses []Use) string {
	var named []string
	if len(filter(uses, Use.writesVariables)) > 0 {
		named = append(named, "the CI/CD variables")
	}
	if len(filter(uses, func(use Use) bool { return !use.writesVariables() })) > 0 {
		named = append(named, "the webhooks")
	}
	return strings.Join(named, " or ")
}

// unproven are the uses for which neither a request that GitLab granted nor a known role shows that the token can serve
// them. Custom roles and invitations may give it the right all the same.
func (j targetJudgment) unproven() []Finding {
	open := filter(j.usesHere(), func(use Use) bool {
		probe := j.probe(use)
		missing := probe.Failure != nil && probe.Failure.Reason == gitlab.ReasonNoSuchRoute && use == GroupSecretScanning
		return !probe.Granted && !probe.Refused() && !missing && len(j.missingHere(use)) == 0 && j.target.AccessLevel < leastRole([]Use{use})
	})
	if len(open) == 0 {
		return nil
	}
	why := ""
	for _, use := range open {
		if failure := j.probe(use).Failure; failure != nil {
			why = fmt.Sprintf(" (%s)", strings.TrimSuffix(failure.Explain(), "."))
		}
	}
	return []Finding{{
		Severity: Warning,
		Aspect:   AspectTargets,
		Summary:  "Could not check the token's rights in a target",
		Detail: fmt.Sprintf("%s %s. Could not determine whether it can list %s there%s.\n%s at least: %s.",
			j.subject(), j.standing(), things(open), why, need(open), leastRole(open)),
	}}
}

// place names a target for pages, which GitLab has by path.
func place(target gitlab.TargetDescription) gitlab.Resource {
	if target.Path == "" {
		return target.Asked
	}
	return gitlab.Resource{Kind: target.Asked.Kind, ID: target.Path}
}

func notChecked(target gitlab.TargetDescription, instance string) Finding {
	return Finding{
		Severity: Warning,
		Aspect:   AspectTargets,
		Summary:  "Could not check a GitLab target",
		Detail: fmt.Sprintf("Asking %s about %s failed: %s.\nInfisical may still reach this GitLab, so this is only a warning.",
			instance, target.Asked, strings.TrimSuffix(target.Failure.Explain(), ".")),
	}
}

// restoring are GitLab's pages on how to take back a deletion.
var restoring = map[gitlab.Kind]string{
	gitlab.KindProject: "https://docs.gitlab.com/user/project/working_with_projects/#restore-a-project",
	gitlab.KindGroup:   "https://docs.gitlab.com/user/group/manage/#restore-a-group",
}

// ending returns the one finding on a target that nobody can change any more.
func ending(target gitlab.TargetDescription, by TargetCase) []Finding {
	what, kind := sentence(target.Resource().String()), target.Asked.Kind
	switch {
	case target.DeletionDate != "":
		return []Finding{fault(AspectTargets, "GitLab target is marked for deletion",
			fmt.Sprintf("%s is marked for deletion on %s.\nRestore the %s (%s), or %s.",
				what, target.DeletionDate, kind, restoring[kind], by.without("it")))}
	case target.Archived && kind == gitlab.KindGroup:
		return []Finding{fault(AspectTargets, "GitLab target is archived",
			what+" is archived, or a group above it is. Nobody can change it.\nUnarchive the group in Settings > General > Advanced, or "+by.without("it")+".")}
	case target.Archived:
		return []Finding{fault(AspectTargets, "GitLab target is archived",
			what+" is archived. Archived projects are read-only.\nUnarchive it in Settings > General > Advanced, or "+by.without("it")+".")}
	default:
		return nil
	}
}

func renamed(target gitlab.TargetDescription, by TargetCase) []Finding {
	if !target.Renamed {
		return nil
	}
	redirects := "GitLab redirects the old path until another project takes it."
	if target.Asked.Kind == gitlab.KindGroup {
		redirects = "GitLab does not redirect the old path of a group."
	}
	return []Finding{{
		Severity: Warning,
		Aspect:   AspectTargets,
		Summary:  "GitLab target has another path",
		Detail: fmt.Sprintf("%s is at %s now. %s\nWrite %q in %s, or the id %d, which never changes.",
			sentence(target.Asked.String()), target.Path, redirects, target.Path, by.attribute(), target.ID),
	}}
}

// withoutCICD warns of variables that can be written and that no job reads.
func withoutCICD(target gitlab.TargetDescription, synced []Use, by TargetCase) []Finding {
	var findings []Finding
	if target.CICDOff {
		for _, finding := range switchedOff(target, synced, "no job reads its CI/CD variables, and newer versions of GitLab refuse changes to them", by) {
			finding.Severity, finding.Waivable = Warning, false
			findings = append(findings, finding)
		}
	}
	return findings
}

func switchedOff(target gitlab.TargetDescription, synced []Use, consequence string, by TargetCase) []Finding {
	if len(synced) == 0 {
		return nil
	}
	return []Finding{fault(AspectTargets, "CI/CD is disabled in a target", fmt.Sprintf(
		"%s has CI/CD or its repository disabled, so %s.\n%s CI/CD: enable it in Settings > General > Visibility, project features, permissions, or %s.",
		sentence(target.Resource().String()), consequence, need(synced), by.without("the project")))}
}

// sentence begins with a capital letter.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
