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
	// applied is what the apply said; nothing if the plan failed.
	applied acctest.Diagnostics
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

// doubt is how a plan says what it cannot know.
var doubt = regexp.MustCompile(`(?i)did not check|not checked|not known|known only|Provider's GitLab token needed`)

// doubted reports that the plan has said so.
func (o outcome) doubted() bool { return doubt.MatchString(warnings(o.plan.Diagnostics)) }

// harmless reports that the apply left the syncs, scans and variables alone.
func (o outcome) harmless() bool {
	return slices.Equal(o.before.uses, o.after.uses) && slices.Equal(o.before.variables, o.after.variables)
}

func greenApply(o outcome) string {
	switch {
	case !o.green() || !o.applied.Failed():
		return ""
	case o.harmless() && (o.token == inPlanOnly || o.doubted() || o.dead() || o.unseen()):
		return "" // The apply had less at hand, or the plan has said what it did not know, or nobody could.
	}
	return "the plan was green, but the apply says: " + titles(o.applied)
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
	return ""
}

// notRefused knows what can work: all, with an Owner's token of the provider's; without it what needs no look at
// GitLab, or what the connection's own token, which is sent in the apply, is enough for.
func notRefused(o outcome) string {
	ownAtHand := one(o.own, given, changed) && (o.connection == isNew || o.own == changed || o.connection == renamed)
	idKnown := o.target == byID || o.target == byPath && one(o.change, isUnchanged, otherScope, otherSource, keepToDelete, runFailed, disconnected)
	can := o.token == owners || o.token == inApplyOnly && idKnown || o.token == noToken && !o.makesToken() && (idKnown || ownAtHand && o.target == byPath)
	switch {
	case !can || one(o.connection, missing, forbidden):
		return ""
	case !o.green():
		return "the plan says: " + titles(o.plan.Diagnostics)
	case o.applied.Failed() && !o.dead() && !o.unseen() && (!o.deletes() || !o.doubted()):
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
	said := o.plan.Diagnostics.String()
	if regexp.MustCompile(`may delete variables.*not known`).MatchString(said) {
		return ""
	}
	for _, variable := range without(o.before.variables, o.after.variables) {
		key, _, _ := strings.Cut(strings.Fields(variable)[1], "@")
		if !strings.Contains(said, key) {
			return fmt.Sprintf("deleted %s; said before: %s", variable, titles(o.plan.Diagnostics))
		}
	}
	return ""
}

func factsSaid(o outcome) string {
	for _, fact := range []struct {
		holds bool
		says  string
	}{
		{o.connection == expiring && one(o.own, given, absent), `expires`},
		{o.connection == expired && o.own == absent, `expired`},
		{o.connection == swapped && o.refresh == refreshed && o.own == absent, `outside Terraform`},
		{o.change == runFailed && o.refresh == refreshed, `run .*failed`},
		{o.change == disconnected && o.refresh == refreshed, `disconnected`},
	} {
		if fact.holds && !regexp.MustCompile(fact.says).MatchString(o.plan.Diagnostics.String()) {
			return fmt.Sprintf("%q is not in: %s", fact.says, titles(o.plan.Diagnostics))
		}
	}
	return ""
}

func nothingLeft(o outcome) string {
	switch {
	case o.next == nil || !o.green() || o.applied.Failed() || o.unseen():
		return ""
	case o.next.Diagnostics.Failed():
		return "the next plan fails: " + titles(o.next.Diagnostics)
	case o.next.Empty():
		return ""
	}
	for _, change := range o.next.Changes {
		if change.Action != acctest.NoOp && warnings(change.Diagnostics) == "" {
			return fmt.Sprintf("the next plan is to %s %s, without a reason", change.Action, change.Address)
		}
	}
	return ""
}

func rotates(o outcome) string {
	if o.connection != managedDue || !o.green() || o.plan.Change(connectionAddress).Action == acctest.Update {
		return ""
	}
	return "the plan is to " + string(o.plan.Change(connectionAddress).Action)
}

// warnings are the text of those.
func warnings(diags acctest.Diagnostics) string {
	return slices.DeleteFunc(slices.Clone(diags), func(d *tfprotov6.Diagnostic) bool {
		return d.Severity != tfprotov6.DiagnosticSeverityWarning
	}).String()
}

// titles are short for what was said.
func titles(diags acctest.Diagnostics) string {
	var all []string
	for _, one := range diags {
		all = append(all, strings.ToLower(one.Severity.String())+" "+one.Summary)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}
