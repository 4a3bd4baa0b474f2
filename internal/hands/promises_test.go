package hands_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

// outcome is what came of a plan and its apply.
type outcome struct {
	cell

	// use is the address of the sync or scan.
	address string
	plan    *acctest.Plan
	// before is the scene before the apply, after the one behind it.
	before, after scene
	// applied is what the apply said; nothing if the plan failed. appliedOf is what it said of each resource.
	applied   acctest.Diagnostics
	appliedOf map[string]acctest.Diagnostics
	// next is the plan after the apply, with what the first one had at hand; nil if the apply failed.
	next *acctest.Plan
}

// green reports that the plan was.
func (o outcome) green() bool { return !o.plan.Diagnostics.Failed() }

// promises are what has to hold of every cell. Each says what is wrong, "" for nothing.
var promises = map[string]func(outcome) string{
	"a green plan is followed by a green apply":                    greenApply,
	"the apply does what the plan shows":                           asShown,
	"what can work is not refused":                                 notRefused,
	"a refusal gives its reason":                                   reasonGiven,
	"nothing is destroyed for what cannot be made":                 nothingLost,
	"no variable is deleted that no plan speaks of":                deletionsAnnounced,
	"what needs no secret is said in every plan":                   factsSaid,
	"after the apply there is nothing to do, or a reason to do it": nothingLeft,
	"a managed token that is due is replaced":                      rotates,
}

// harmless reports that the apply left the syncs, scans and variables alone.
func (o outcome) harmless() bool {
	return slices.Equal(o.before.uses, o.after.uses) && slices.Equal(o.before.variables, o.after.variables)
}

func greenApply(o outcome) string {
	if !o.green() || !o.applied.Failed() {
		return ""
	}
	if wrong := o.unexcused(); wrong != "" {
		return "the plan was green, but the apply says of " + wrong
	}
	switch {
	case !o.harmless():
		return "the apply stopped after it had changed something: " + titles(o.applied)
	case slices.Equal(errorsOf(o.applied), []string{needsProviderToken}) && !slices.Equal(o.before.connections, o.after.connections):
		return fmt.Sprintf("the apply lacked a token, but has made %v of %v", o.after.connections, o.before.connections)
	}
	return ""
}

func asShown(o outcome) string {
	if at := strings.Index(o.applied.String(), "Provider "); at >= 0 {
		return o.applied.String()[at:]
	}
	if !o.green() || o.applied.Failed() {
		return ""
	}
	went, made := without(o.before.uses, o.after.uses), without(o.after.uses, o.before.uses)
	action := o.plan.Change(o.address).Action
	wantWent, wantMade := 0, 0
	if one(string(action), string(acctest.Create), string(acctest.Replace)) {
		wantMade = 1
	}
	if action == acctest.Replace && o.change != gone {
		wantWent = 1
	}
	if len(went) != wantWent || len(made) != wantMade {
		return fmt.Sprintf("the plan was to %s, but %d went, and %d were made", action, len(went), len(made))
	}
	if change := o.plan.Change(connectionAddress); change != nil && change.Action == acctest.NoOp && !slices.Equal(o.before.connections, o.after.connections) {
		return fmt.Sprintf("the plan left the connection as it was, but of %v came %v", o.before.connections, o.after.connections)
	}
	return ""
}

// notRefused knows what can work: all, with an Owner's token of the provider's; without it what needs no look at
// GitLab, or what the connection's own token, which is sent in the apply, is enough for.
func notRefused(o outcome) string {
	ownAtHand := one(o.own, given, changed) && (o.connection == isNew || o.own == changed || o.connection == renamed)
	can := o.token == owners || o.token == inApplyOnly && !o.looksUp() ||
		o.token == noToken && !o.makesToken() && (!o.looksUp() || ownAtHand && o.target == byPath) ||
		o.token == inPlanOnly && !o.makesToken() && !o.looksUp() || o.token == readAPI && !o.makesToken()
	switch {
	case !can || one(o.connection, missing, forbidden):
		return ""
	case !o.green():
		return "the plan says: " + titles(o.plan.Diagnostics)
	case o.applied.Failed() && o.unexcused() == "" && !o.dead() && !o.unseen() && !slices.Equal(errorsOf(o.applied), []string{wouldDelete}):
		return "the apply says: " + titles(o.applied)
	}
	return ""
}

func reasonGiven(o outcome) string {
	said := o.plan.Diagnostics.String() + o.applied.String()
	reason := map[string]string{missing: "404|not found|no connection|does not exist", forbidden: "403"}[o.connection]
	looked := one(o.token, owners, readAPI, inPlanOnly) || o.connection == missing && o.target == byID
	if reason == "" || !looked || !o.plan.Diagnostics.Failed() && !o.applied.Failed() || regexp.MustCompile("(?i)"+reason).MatchString(said) {
		return ""
	}
	return said
}

func nothingLost(o outcome) string {
	went := without(o.before.uses, o.after.uses)
	if o.applied.Failed() && len(went) > 0 && len(without(o.after.uses, o.before.uses)) == 0 {
		return "destroyed, and then: " + titles(o.applied)
	}
	return ""
}

func deletionsAnnounced(o outcome) string {
	if o.warned(finding{false, "target", "GitLab target not checked", mayDelete}) ||
		o.warned(finding{false, "variables", "Secret sync may delete variables", mayDelete}) {
		return ""
	}
	named := o.warnings(finding{false, "variables", "Secret sync deletes variables", ""})
	for _, variable := range without(o.before.variables, o.after.variables) {
		key, _, _ := strings.Cut(strings.Fields(variable)[1], "@")
		if !slices.ContainsFunc(named, func(d *tfprotov6.Diagnostic) bool { return strings.Contains(d.Detail, " "+key) }) {
			return fmt.Sprintf("deleted %s; said before: %s", variable, titles(o.plan.Diagnostics))
		}
	}
	return ""
}

func factsSaid(o outcome) string {
	for _, fact := range []struct {
		holds bool
		said  finding
	}{
		{o.connection == expiring && one(o.own, given, absent), finding{true, "access_token", "GitLab token expires soon", ""}},
		{o.connection == expired && o.own == absent, finding{true, "access_token", "GitLab token has expired", ""}},
		{o.connection == swapped && o.refresh == refreshed && o.own == absent,
			finding{true, "access_token", "GitLab token was replaced outside Terraform", ""}},
		{o.change == runFailed && o.refresh == refreshed, finding{false, "", "Secret sync has failed", ""}},
		{o.change == disconnected && o.refresh == refreshed, finding{false, "", "GitLab data source disconnected", ""}},
	} {
		if fact.holds && !o.warned(fact.said) {
			return fmt.Sprintf("%q is not in: %s", fact.said.summary, titles(o.plan.Diagnostics))
		}
	}
	return ""
}

func nothingLeft(o outcome) string {
	switch {
	case o.next == nil || !o.green() || o.applied.Failed():
		return ""
	case o.next.Diagnostics.Failed() && o.change == gone && o.unseen() && slices.Equal(errorsOf(o.next.Diagnostics), []string{needsID}) && o.target != byID:
		return "" // It is this plan that sees what is gone.
	case o.next.Diagnostics.Failed():
		return "the next plan fails: " + titles(o.next.Diagnostics)
	}
	for _, change := range o.next.Changes {
		if change.Action != acctest.NoOp && !o.expected(change) {
			return fmt.Sprintf("the next plan is to %s %s: %s", change.Action, change.Address, titles(change.Diagnostics))
		}
	}
	return ""
}

// expected reports that the plan after the apply has a reason to change something: what other people have done without
// being seen before, or a dead token, with which no run succeeds.
func (o outcome) expected(change *acctest.Change) bool {
	switch {
	case change.Address == connectionAddress:
		return o.connection == swapped && o.unseen() && change.Action == acctest.Update
	case change.Action == acctest.Create:
		return o.change == gone && o.unseen()
	}
	return o.dead() && o.use == sync && change.Action == acctest.Update && strings.Contains(titles(change.Diagnostics), "warning Secret sync will run again")
}

func rotates(o outcome) string {
	if o.connection != managedDue || !o.green() || o.plan.Change(connectionAddress).Action == acctest.Update {
		return ""
	}
	return "the plan is to " + string(o.plan.Change(connectionAddress).Action)
}
