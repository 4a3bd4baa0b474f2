package secretsync

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
)

// namedVariables is how many variables a warning names; the others are counted.
const namedVariables = 10

// warnOfDeletions names the variables that the first run deletes unless Infisical has secrets of these names. Which it
// has is not asked: the routes that tell send the values along. What cannot be listed here, the target's findings
// explain.
func (e examination) warnOfDeletions(ctx context.Context, by preflight.Witness, target gitlab.TargetDescription) {
	variables := e.plan.Variables
	if !e.deletes() || variables.KeySchema.IsUnknown() || target.ID == 0 {
		return
	}
	scope := e.plan.Target.EnvironmentScope.ValueString()
	keys, err := e.data.GitLab.VariableKeys(ctx, by.Instance, by.Token, target, scope)
	if err != nil {
		return
	}
	fits := schemaOf(variables.KeySchema.ValueString(), e.plan.Source.Environment.ValueString())
	keys = slices.DeleteFunc(keys, func(key string) bool { return !fits(key) })
	if len(keys) == 0 {
		return
	}
	e.diags.AddAttributeWarning(path.Root("variables"), "Secret sync deletes variables", fmt.Sprintf(
		"With unmanaged = \"delete\" the first run deletes these variables of %s in the scope %q, unless Infisical has secrets for them: %s.\n"+
			"That includes those made by hand, by other syncs and by other tools. Set unmanaged = \"keep\" to leave them, or a key_schema to tell them apart.",
		target.Resource(), scope, listed(keys)))
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
