package secretsync

import (
	"context"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// lookAtWritten lists the variables after a run that has succeeded, when there is a token to ask with, and says where
// they are not as they were asked for: Infisical does not notice. What cannot be listed is no failure.
func (a *applying) lookAtWritten(ctx context.Context, result outcome) {
	id, err := strconv.ParseInt(a.plan.Target.ID.ValueString(), 10, 64)
	validation := preflight.Validation(a.data, a.plan.TokenValidation)
	seen := a.plan.WaitForSync.ValueBool() && result.cause != nothing && result.failed == nil && result.sync.Run.Status == infisical.SyncSucceeded
	if !seen || err != nil || validation == providerdata.ValidationOff {
		return
	}
	by, ok := preflight.AtHand(ctx, a.data, a.plan.ConnectionID).Best()
	if !ok {
		return
	}
	target := gitlab.TargetDescription{Asked: a.plan.Target.Asked(), ID: id}
	variables, err := by.Variables(ctx, target)
	if err != nil {
		tflog.Debug(ctx, "could not look at the variables after a run", map[string]any{"error": err.Error()})
		return
	}
	for _, finding := range newAftermath(a.plan.planned().Sync, variables).findings(a.plan.Target.Resource()) {
		a.diags.Append(finding)
	}
}

// aftermath is what there is at GitLab of what a sync may have written.
type aftermath struct {
	scope string
	// files are of type file; misplaced are in the scope * in place of the sync's, where there is none.
	files, misplaced []string
}

// newAftermath goes by the names, which may also be those of variables that others have made: the secrets' are not
// asked for, because their values come along.
func newAftermath(settings infisical.Sync, variables []gitlab.Variable) aftermath {
	found, everywhere, fits := aftermath{scope: settings.Target.EnvironmentScope}, []string{}, schemaOf(settings.KeySchema, settings.Environment)
	inPlace := false
	for _, variable := range variables {
		switch {
		case !fits(variable.Key):
		case variable.EnvironmentScope == found.scope:
			inPlace = true
			if variable.File {
				found.files = append(found.files, variable.Key)
			}
		case variable.EnvironmentScope == "*":
			everywhere = append(everywhere, variable.Key)
		}
	}
	if settings.Target.Kind == infisical.TargetGroup && !inPlace {
		found.misplaced = everywhere
	}
	return found
}

// findings are warnings: the run has succeeded.
func (w aftermath) findings(target gitlab.Resource) (said diag.Diagnostics) {
	if len(w.misplaced) > 0 {
		said.AddAttributeWarning(preflight.TargetPath, "Environment scope ignored", fmt.Sprintf(
			"After the run, %s has no variable of this sync in the scope %q, and has these in the scope *: %s.\nGitLab's free plan ignores the "+
				"environment scope of group variables. Unless somebody else has made them, they are those of this sync, and every job of every project of "+
				"the group can read them. Delete them in GitLab if that must not be, and sync to projects, or set environment_scope = \"*\".",
			target, w.scope, listed(w.misplaced)))
	}
	if len(w.files) > 0 {
		said.AddAttributeWarning(path.Root("variables"), "Variables are files", fmt.Sprintf(
			"These variables of %s in the scope %q are of the type file: %s.\nA run leaves the type of a variable that exists as it is: of those that "+
				"this sync writes, jobs get the path of a file that holds the value. Delete them in GitLab and run the sync again if jobs shall get the "+
				"value.", target, w.scope, listed(w.files)))
	}
	return said
}
