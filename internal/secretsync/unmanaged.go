package secretsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
)

// namedVariables is how many variables a warning names; the others are counted.
const namedVariables = 10

// deletesMore reports that runs with the settings after delete variables that those with the settings before did not,
// or may, as long as something is not known yet. before is nil for a new sync.
//
// A run deletes the variables in its scope that fit its key schema and have no secret in its source.
func deletesMore(before, after *settingsModel) bool {
	unmanaged := after.Variables.Unmanaged
	switch {
	case !unmanaged.IsUnknown() && unmanaged.ValueString() != deleteUnmanaged:
		return false
	case before == nil, before.Variables.Unmanaged.ValueString() != deleteUnmanaged:
		return true
	}
	subFolders := before.Source.IncludeSubfolders.ValueBool() && !after.Source.IncludeSubfolders.ValueBool()
	return subFolders || !after.sameTarget(before) || !slices.Equal(after.reach(), before.reach()) || slices.ContainsFunc(after.reach(), types.String.IsUnknown)
}

// reach are the settings, but for the target and sub-folders, that decide which variables runs delete.
func (m *settingsModel) reach() []types.String {
	return []types.String{m.ProjectID, m.ConnectionID, m.Target.EnvironmentScope, m.Source.Environment, m.Source.SecretPath, m.Variables.KeySchema}
}

// sameTarget compares the ids, and the names while an id is not known.
func (m *settingsModel) sameTarget(before *settingsModel) bool {
	if isSet(m.Target.ID) {
		return m.Target.Is(&before.Target.Target)
	}
	return m.Target.IsKnown() && m.Target.NamesThatOf(&before.Target.Target)
}

func (e examination) deletesMore() bool { return deletesMore(e.before, &e.plan.settingsModel) }

// run is the first one that the plan is about.
func (e examination) run() string {
	if e.before == nil || !e.plan.sameTarget(e.before) || !e.plan.ProjectID.Equal(e.before.ProjectID) {
		return "first"
	}
	return "next"
}

// because says what makes runs delete.
func (e examination) because() string {
	if e.plan.Variables.Unmanaged.IsUnknown() {
		return "Unless unmanaged, which is known only after apply, is \"keep\","
	}
	return "With unmanaged = \"delete\""
}

// risk is what to say when the variables that go cannot be listed.
func (e examination) risk() preflight.Risk {
	if !e.deletesMore() {
		return preflight.Risk{}
	}
	target, scope := "the target", "a scope that is known only after apply"
	if e.plan.Target.IsKnown() {
		target = e.plan.Target.Asked().String()
	}
	if !e.plan.Target.EnvironmentScope.IsUnknown() {
		scope = fmt.Sprintf("the scope %q", e.plan.Target.EnvironmentScope.ValueString())
	}
	warn := func(detail string) {
		e.diags.AddAttributeWarning(path.Root("variables"), "Secret sync may delete variables", detail)
	}
	return preflight.Risk{Warn: warn, May: fmt.Sprintf("%s the %s run may delete variables of %s in %s, also those made by "+
		"hand, by other syncs and by other tools, and which ones is not known", e.because(), e.run(), target, scope)}
}

// warnOfDeletions names the variables that the next run deletes unless Infisical has secrets of these names. Which it
// has is not asked: the routes that tell send the values along. It returns why they cannot be listed.
//
// Where the plan had no token to name them with, because the connection did not exist, the apply ends here, unless a
// sync has just been deleted for this one.
func (e examination) warnOfDeletions(ctx context.Context, by preflight.Session, target gitlab.TargetDescription) error {
	if target.ID != 0 {
		e.plan.Target.ID = types.StringValue(strconv.FormatInt(target.ID, 10))
	}
	scope := e.plan.Target.EnvironmentScope
	switch {
	case !e.deletesMore():
		return nil
	case target.Failure != nil:
		return target.Failure
	case scope.IsUnknown():
		return errors.New("environment_scope is known only after apply")
	}
	keys, err := by.VariableKeys(ctx, target, scope.ValueString())
	if err != nil {
		return err
	}
	which := ""
	if e.knowsNames() {
		fits := schemaOf(e.plan.Variables.KeySchema.ValueString(), e.plan.Source.Environment.ValueString())
		keys = slices.DeleteFunc(keys, func(key string) bool { return !fits(key) })
	} else {
		which = " that fit key_schema, which is known only after apply,"
	}
	switch {
	case len(keys) == 0:
		return nil
	case by.Unforeseen && !e.data.Deleted.IsReplacement(e.plan.Target.Asked()):
		e.refuseToDelete(target, keys)
		return nil
	}
	e.diags.AddAttributeWarning(path.Root("variables"), "Secret sync deletes variables", fmt.Sprintf(
		"%s the %s run deletes those of these variables of %s in the scope %q%s for which Infisical has no secret: %s.\n"+
			"That includes those made by hand, by other syncs and by other tools. Set unmanaged = \"keep\" to leave them, or a key_schema to tell them apart.",
		e.because(), e.run(), target.Resource(), scope.ValueString(), which, listed(keys)))
	return nil
}

// knowsNames reports that what the key schema makes of names is known.
func (e examination) knowsNames() bool {
	schema := e.plan.Variables.KeySchema
	byEnvironment := strings.Contains(schema.ValueString(), environmentPlaceholder)
	return !schema.IsUnknown() && (!byEnvironment || !e.plan.Source.Environment.IsUnknown())
}

// refuseToDelete ends an apply that would delete what its plan could not name.
func (e examination) refuseToDelete(target gitlab.TargetDescription, keys []string) {
	next := "Apply again: the next plan names them, and its apply deletes them."
	if _, numeric := preflight.NumericID(e.plan.Target.Asked().ID); !numeric {
		next = fmt.Sprintf("Apply again: the next plan names them, and its apply deletes them. It needs the id of the target, so write %s = \"%d\", or set "+
			"gitlab.token.", target.Asked.Kind, target.ID)
	}
	e.diags.AddAttributeError(path.Root("variables"), "Secret sync would delete variables", fmt.Sprintf(
		"%s the %s run would delete those of these variables of %s in the scope %q for which Infisical has no secret: %s.\nThe connection did not exist, and "+
			"this run has no gitlab.token, without which no plan could name them. So nothing was written. %s Or set unmanaged = \"keep\".",
		e.because(), e.run(), target.Resource(), e.plan.Target.EnvironmentScope.ValueString(), listed(keys), next))
}

// schemaOf tells which names of variables fit a key schema; without one all do.
func schemaOf(schema, environment string) func(string) bool {
	before, after := affixes(schema, environment)
	return func(key string) bool {
		return len(key) > len(before)+len(after) && strings.HasPrefix(key, before) && strings.HasSuffix(key, after)
	}
}

// listed names the first of many.
func listed(keys []string) string {
	if len(keys) <= namedVariables {
		return strings.Join(keys, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(keys[:namedVariables], ", "), len(keys)-namedVariables)
}
