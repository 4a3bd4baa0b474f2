package secretsync

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// checkDestination reports other syncs that may write variables of the same name, at Infisical and in this plan, once
// the target is known. Two such syncs overwrite, and perhaps delete, each other's variables at every run.
func (e examination) checkDestination(ctx context.Context) {
	validation := preflight.Validation(e.data, e.plan.TokenValidation)
	if !e.isSettled() || validation == "" || validation == providerdata.ValidationOff || e.data.Infisical == nil {
		return
	}
	ours := e.plan.planned()
	ours.Refuses = validation == providerdata.ValidationEnforce && !ours.KeepUnmanaged
	e.data.Syncs.Plan(ours) // Before it looks for others: one of two that are planned at a time must see the other.
	var there neighbors
	if ours.Target.ID != "" {
		found, err := findNeighbors(ctx, e.data.Infisical, e.question(ours))
		if err != nil {
			e.diags.AddAttributeWarning(preflight.TargetPath, "Other syncs not looked for", fmt.Sprintf(
				"Whether another sync writes to the same destination is not known: %s", transport.Sentence(err.Error())))
			return
		}
		there = found
	}
	contest := contest{ours: ours, place: e.plan.Target.Resource().String(), hidden: there.hidden}
	contest.rivals = e.awaitDepartures(ctx, contest, there.syncs)
	contest.rivals = slices.DeleteFunc(contest.rivals, func(r rival) bool {
		return !e.data.Syncs.Report(ours.Key(), r.Key(), contest.refuses(r))
	})
	if said := contest.finding(); said != nil {
		e.diags.Append(said)
	}
}

// refuseToStay is for a sync that stays as it was, once it is planned. One that was planned before it, and writes the
// same, could have been about to take its place.
func (p *planning) refuseToStay(ours providerdata.PlannedSync) {
	c := contest{ours: ours, place: p.plan.Target.Resource().String()}
	c.rivals = slices.DeleteFunc(c.among(nil, p.data.Syncs.All(), p.data.Syncs.Leaves), func(r rival) bool {
		return !c.writesTheSame(r) || !c.refuses(r) || !p.data.Syncs.Report(ours.Key(), r.Key(), true)
	})
	if said := c.finding(); said != nil {
		p.diags.Append(said)
	}
}

// isSettled reports that everything is known that tells which variables runs write.
func (e examination) isSettled() bool {
	plan := e.plan
	return !plan.Name.IsUnknown() && !plan.ProjectID.IsUnknown() && plan.Target.IsKnown() && !plan.Target.EnvironmentScope.IsUnknown() &&
		!plan.Variables.KeySchema.IsUnknown() && !plan.Variables.Unmanaged.IsUnknown() && !plan.Source.Environment.IsUnknown()
}

// question asks for the neighbors of a sync. In a group, scopes do not keep variables apart, and * stands for all.
func (e examination) question(ours providerdata.PlannedSync) infisical.DestinationQuestion {
	question := infisical.DestinationQuestion{
		ProjectID: ours.ProjectID, ConnectionID: ours.ConnectionID, SyncID: e.own, Target: ours.Target,
	}
	if ours.Target.Kind == infisical.TargetGroup {
		question.Target.EnvironmentScope = "*"
	}
	return question
}

const (
	// departurePause is between two looks at what else is planned, and departureLooks how many there are: Terraform
	// plans several at a time, and those that are destroyed by themselves.
	departurePause = 250 * time.Millisecond
	departureLooks = 20
)

// awaitDepartures returns the rivals. When one of them keeps this sync from being planned, it waits a little for the
// plan that destroys or moves that one, which may come after this.
func (e examination) awaitDepartures(ctx context.Context, c contest, there []infisical.Sync) []rival {
	for look := 0; ; look++ {
		rivals := slices.DeleteFunc(c.among(there, e.data.Syncs.All(), e.data.Syncs.Leaves), func(r rival) bool {
			return !atOneGitLab(ctx, e.data.Infisical, c.ours.ConnectionID, r.ConnectionID)
		})
		blocked := slices.ContainsFunc(rivals, func(r rival) bool { return r.unplanned && c.refuses(r) })
		if !blocked || look == departureLooks || e.data.Wait(ctx, departurePause) != nil {
			return rivals
		}
	}
}

// rival is another sync that may write variables of the same names to the same project or group.
type rival struct {
	providerdata.PlannedSync
	// unplanned: it is at Infisical, and this process has not planned it, or not yet.
	unplanned bool
}

// contest is between a sync and others to the same project or group.
type contest struct {
	ours providerdata.PlannedSync
	// leaves: ours is about to be deleted.
	leaves bool
	// place is the project or group in words.
	place string
	// hidden says why there is another one that Infisical does not show; empty when there is none.
	hidden string
	rivals []rival
}

// among finds the rivals among the syncs that Infisical has, and those that are planned, which count as they will be.
// Those that leave do not count.
func (c contest) among(there []infisical.Sync, planned []providerdata.PlannedSync, leaves func(id string) bool) []rival {
	var rivals []rival
	isPlanned := map[string]bool{}
	for _, other := range planned {
		isPlanned[other.ID] = true
		if other.Key() != c.ours.Key() && !c.takesName(other.Sync) && c.meets(other.Sync) {
			rivals = append(rivals, rival{PlannedSync: other})
		}
	}
	for _, sync := range there {
		if !isPlanned[sync.ID] && !leaves(sync.ID) && !c.takesName(sync) && c.meets(sync) {
			rivals = append(rivals, rival{PlannedSync: providerdata.PlannedSync{Sync: sync}, unplanned: true})
		}
	}
	return rivals
}

// takesName reports that two have one name in one project: the other keeps ours from being written, which says more, or
// is replaced by it. One that leaves is written no more.
func (c contest) takesName(other infisical.Sync) bool {
	return !c.leaves && other.ProjectID == c.ours.ProjectID && other.Name == c.ours.Name
}

// meets reports that the variables of another sync may be ours, too. Scopes keep them apart in a project.
func (c contest) meets(other infisical.Sync) bool {
	apart := c.ours.Target.Kind == infisical.TargetProject && !scopesMeet(other.Target.EnvironmentScope, c.ours.Target.EnvironmentScope)
	return !apart && samePlace(other.Target, c.ours.Target) && namesMeet(other, c.ours.Sync)
}

// sharesScope: runs consider, and delete, variables of their own scope only.
func (c contest) sharesScope(r rival) bool {
	return scopesMeet(r.Target.EnvironmentScope, c.ours.Target.EnvironmentScope)
}

// deletes reports that our runs delete the variables of another one.
func (c contest) deletes(r rival) bool { return c.mayDelete(r) && !c.writesTheSame(r) }

// deleted reports that the runs of another one delete our variables.
func (c contest) deleted(r rival) bool { return c.mayBeDeleted(r) && !c.writesTheSame(r) }

// mayDelete reports that our runs delete the variables of another one as soon as the two write others.
func (c contest) mayDelete(r rival) bool { return !c.ours.KeepUnmanaged && c.sharesScope(r) }

// mayBeDeleted reports that the runs of another one delete our variables as soon as the two write others.
func (c contest) mayBeDeleted(r rival) bool { return !r.KeepUnmanaged && c.sharesScope(r) }

// writesTheSame reports that both write the same secrets under the same names, as those do of which one takes the place
// of the other: whatever Infisical deletes, it is not in either.
func (c contest) writesTheSame(r rival) bool {
	return r.ProjectID == c.ours.ProjectID && r.Environment == c.ours.Environment && r.SecretPath == c.ours.SecretPath &&
		r.SubFolders == c.ours.SubFolders && r.KeySchema == c.ours.KeySchema
}

// refuses reports that the two must not be planned together. Of two that are new, any may be planned first. One that
// writes the same, and of which this process does not know that it stays, may be the one whose place ours takes.
func (c contest) refuses(r rival) bool {
	if r.unplanned && c.writesTheSame(r) {
		return false
	}
	return c.ours.Refuses && c.mayDelete(r) || r.Refuses && c.mayBeDeleted(r)
}

// deletesHidden reports that our runs may delete the variables of one that is not shown, because they delete whatever
// Infisical does not have.
func (c contest) deletesHidden() bool {
	return c.hidden != "" && !c.ours.KeepUnmanaged && c.ours.KeySchema == ""
}

// finding is nil when there are no rivals. It is an error when this one would delete the others' variables, unless that
// is not enforced.
func (c contest) finding() diag.Diagnostic {
	if len(c.rivals) == 0 && c.hidden == "" {
		return nil
	}
	const summary = "Duplicate sync destination"
	detail := fmt.Sprintf("%s write to %s, perhaps variables of the same names.%s", c.names(), c.place, c.consequences())
	switch hidden := c.deletesHidden(); {
	case hidden && c.ours.Refuses, slices.ContainsFunc(c.rivals, c.refuses):
		return diag.NewAttributeErrorDiagnostic(preflight.TargetPath, summary, detail+"\nSet unmanaged = \"keep\", or give each sync a key_schema of its "+
			"own, or set token_validation = \"warn\" to go on regardless."+c.departure())
	case hidden, slices.ContainsFunc(c.rivals, func(r rival) bool { return c.mayDelete(r) || c.mayBeDeleted(r) }):
		return diag.NewAttributeWarningDiagnostic(preflight.TargetPath, summary,
			detail+"\nSet unmanaged = \"keep\", or give each sync a key_schema of its own.")
	}
	return diag.NewAttributeWarningDiagnostic(preflight.TargetPath, summary, detail+"\nGive each sync a key_schema of its own, or delete one of them.")
}

// names names this one and the rivals.
func (c contest) names() string {
	named := []string{fmt.Sprintf("The secret sync %q", c.ours.Name)}
	for _, r := range c.rivals {
		if r.unplanned {
			named = append(named, fmt.Sprintf("the secret sync %q of the project %s", r.Name, r.ProjectID))
			continue
		}
		named = append(named, fmt.Sprintf("the secret sync %q of the same configuration", r.Name))
	}
	if c.hidden != "" {
		named = append(named, "a secret sync "+c.hidden)
	}
	return enumerated(named)
}

// consequences say what follows, for those to which it happens.
func (c contest) consequences() string {
	said := ""
	for _, consequence := range []struct {
		happens func(rival) bool
		text    string
	}{
		{c.deletes, "\nWith unmanaged = \"delete\", each run of %[1]q deletes the variables that %[2]s creates."},
		{c.deleted, "\nEach run of %[2]s deletes the variables that it does not know, those of %[1]q among them."},
		{func(r rival) bool { return c.writesTheSame(r) && (c.mayDelete(r) || c.mayBeDeleted(r)) },
			"\n%[1]q and %[2]s have the same source and key_schema. As soon as one of them gets another, runs with unmanaged = \"delete\" delete the " +
				"variables that the other writes."},
		{func(r rival) bool { return c.sharesScope(r) && !c.mayDelete(r) && !c.mayBeDeleted(r) },
			"\nEach run of %[1]q and of %[2]s overwrites the other's variables of the same name."},
		{func(r rival) bool { return !c.sharesScope(r) }, "\nGitLab keeps a variable of a group in several scopes, but Infisical does not say which of them " +
			"to change: where %[1]q and %[2]s have a secret of the same name, runs that update or delete it fail from then on."},
	} {
		var names []string
		for _, r := range c.rivals {
			if consequence.happens(r) {
				names = append(names, fmt.Sprintf("%q", r.Name))
			}
		}
		if len(names) > 0 {
			said += fmt.Sprintf(consequence.text, c.ours.Name, enumerated(names))
		}
	}
	switch {
	case c.deletesHidden():
		said += fmt.Sprintf("\nWith unmanaged = \"delete\", each run of %q deletes the variables that the hidden sync creates.", c.ours.Name)
	case c.hidden != "":
		said += "\nThe key_schema and the source of the hidden sync are not known; if they have names in common, they overwrite each other's variables."
	}
	return said
}

// departure says what to do about one that is about to leave, which was waited for in vain.
func (c contest) departure() string {
	for _, r := range c.rivals {
		if r.unplanned && c.refuses(r) {
			return fmt.Sprintf("\nIf the same plan destroys or moves %q, apply that first with -target, or once more with a higher -parallelism.", r.Name)
		}
	}
	return ""
}

// enumerated joins what is named.
func enumerated(named []string) string {
	if len(named) < 2 {
		return strings.Join(named, "")
	}
	return strings.Join(named[:len(named)-1], ", ") + " and " + named[len(named)-1]
}
