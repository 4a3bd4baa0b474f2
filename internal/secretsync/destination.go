package secretsync

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// checkDestination reports another sync that writes to the target, which is known by now. The two would overwrite, and
// perhaps delete, each other's variables at every run.
func (e examination) checkDestination(ctx context.Context) {
	plan := e.plan
	validation := preflight.Validation(e.data, e.plan.TokenValidation)
	unknown := plan.ProjectID.IsUnknown() || plan.Target.ID.IsUnknown() || plan.Target.EnvironmentScope.IsUnknown() ||
		plan.Variables.KeySchema.IsUnknown() || plan.Variables.Unmanaged.IsUnknown() || plan.Source.Environment.IsUnknown()
	if unknown || validation == "" || validation == providerdata.ValidationOff || e.data.Infisical == nil {
		return
	}
	ours := plan.settings("")
	question := infisical.DestinationQuestion{
		ProjectID: plan.ProjectID.ValueString(), ConnectionID: plan.ConnectionID.ValueString(), SyncID: e.own, Target: ours.Target,
	}
	duplicate, err := e.data.Infisical.CheckDestination(ctx, question)
	switch {
	case err != nil:
		e.diags.AddAttributeWarning(preflight.TargetPath, "Other syncs not looked for", fmt.Sprintf("Whether another sync writes to the same destination is "+
			"not known: %s", providerdata.Sentence(err.Error())))
	case duplicate.Found:
		found := contest{ours: ours, target: plan.Target.Asked().String(), projectID: duplicate.ProjectID,
			sameProject: duplicate.ProjectID == question.ProjectID}
		found.look(ctx, e.data.Infisical, e.own)
		if said := found.finding(validation == providerdata.ValidationEnforce); said != nil {
			e.diags.Append(said)
		}
	}
}

// contest is between a sync and others to the same destination.
type contest struct {
	ours   infisical.SyncSettings
	target string
	// projectID is that of the others; empty when the provider's identity is no member of it.
	projectID   string
	sameProject bool
	// seen: Infisical showed the others, of which rivals may have variables of the same name.
	seen   bool
	rivals []infisical.Sync
}

// look finds the others in their project. One of the same name there is left out: it keeps this one from being created,
// which says more.
func (c *contest) look(ctx context.Context, client *infisical.Client, own string) {
	if c.projectID == "" {
		return
	}
	syncs, err := client.ListSyncs(ctx, c.projectID)
	c.seen = err == nil
	for _, sync := range syncs {
		namesake := c.sameProject && sync.IsNamed(c.ours.Name)
		if sync.ID != own && !namesake && c.meets(sync.SyncSettings) {
			c.rivals = append(c.rivals, sync)
		}
	}
}

// meets reports that the variables of another sync may be ours, too. Scopes keep them apart in a project; in a group,
// GitLab refuses to delete one that exists in two scopes.
func (c *contest) meets(other infisical.SyncSettings) bool {
	scoped := other.Target.EnvironmentScope != c.ours.Target.EnvironmentScope
	apart := scoped && (c.ours.Target.Kind == infisical.TargetProject || c.ours.KeepUnmanaged && other.KeepUnmanaged)
	return !apart && other.Target.MayMeet(c.ours.Target) && namesMeet(other, c.ours)
}

// finding is nil when scopes or key schemas keep the variables of all syncs apart. It is an error when this one would
// delete the others' variables, unless that is not enforced.
func (c *contest) finding(enforced bool) diag.Diagnostic {
	if c.seen && len(c.rivals) == 0 {
		return nil
	}
	detail := fmt.Sprintf("%s also writes to %s. Syncs to one destination overwrite each other's variables of the same name, and "+
		"Infisical refuses the second sync if the organization blocks duplicate destinations.", c.others(), c.target)
	if !c.deletes() {
		return diag.NewAttributeWarningDiagnostic(preflight.TargetPath, "Duplicate sync destination", detail+c.deletedBy()+
			"\nGive each sync a key_schema of its own, or delete one of them.")
	}
	detail += "\nWith unmanaged = \"delete\", each run of this sync deletes the variables that the other one creates. Set unmanaged = \"keep\", or give each " +
		"sync a key_schema of its own"
	if enforced {
		return diag.NewAttributeErrorDiagnostic(preflight.TargetPath, "Duplicate sync destination", detail+
			",\nor set token_validation = \"warn\" to go on regardless.")
	}
	return diag.NewAttributeWarningDiagnostic(preflight.TargetPath, "Duplicate sync destination", detail+".")
}

// deletes reports that our runs delete the others' variables. They consider those of their own scope only.
func (c *contest) deletes() bool {
	if c.ours.KeepUnmanaged {
		return false
	}
	for _, rival := range c.rivals {
		if rival.Target.EnvironmentScope == c.ours.Target.EnvironmentScope {
			return true
		}
	}
	return !c.seen && c.ours.KeySchema == ""
}

// deletedBy tells which of the others deletes our variables.
func (c *contest) deletedBy() string {
	for _, rival := range c.rivals {
		if !rival.KeepUnmanaged && rival.Target.EnvironmentScope == c.ours.Target.EnvironmentScope {
			return fmt.Sprintf(" The runs of %q delete the variables that they do not know, those of this sync among them.", rival.Name)
		}
	}
	return ""
}

func (c *contest) others() string {
	switch {
	case len(c.rivals) > 0:
		return fmt.Sprintf("The secret sync %q of the project %s", c.rivals[0].Name, c.projectID)
	case c.projectID != "":
		return "A secret sync of the project " + c.projectID
	}
	return "A secret sync of a project that the provider's identity is no member of"
}

// namesMeet reports that a variable may be named after the key schemas of both.
func namesMeet(one, other infisical.SyncSettings) bool {
	beforeOne, afterOne := affixes(one.KeySchema, one.Environment)
	beforeOther, afterOther := affixes(other.KeySchema, other.Environment)
	return (strings.HasPrefix(beforeOne, beforeOther) || strings.HasPrefix(beforeOther, beforeOne)) &&
		(strings.HasSuffix(afterOne, afterOther) || strings.HasSuffix(afterOther, afterOne))
}

// affixes are what a key schema puts around the key of a secret.
func affixes(schema, environment string) (before, after string) {
	before, after, _ = strings.Cut(strings.ReplaceAll(schema, environmentPlaceholder, environment), secretKeyPlaceholder)
	return before, after
}
