package secretsync

import (
	"context"
	"fmt"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// warnOfScope tells when GitLab ignores the scope of a group's variables, as it does on its free plan: the first run
// writes them into the scope *, and the next ones do not find them there.
// https://docs.gitlab.com/ci/environments/#limit-the-environment-scope-of-a-cicd-variable
func (e examination) warnOfScope(ctx context.Context, by preflight.Session, target gitlab.TargetDescription) {
	scope := e.plan.Target.EnvironmentScope
	scoped := !scope.IsUnknown() && scope.ValueString() != "*"
	judged := preflight.Validation(e.data, e.plan.TokenValidation) != providerdata.ValidationOff
	if !judged || !scoped || target.Asked.Kind != gitlab.KindGroup || target.ID == 0 {
		return
	}
	if free, err := by.IsFree(ctx, target); err != nil || !free {
		return
	}
	e.diags.AddAttributeWarning(preflight.TargetPath, "Environment scope needs GitLab Premium", fmt.Sprintf(
		"%s is on GitLab's free plan, which ignores the environment scope of group variables: the first run writes them into the scope *, and later runs "+
			"fail because they exist already. Set environment_scope = \"*\", or sync to projects.", target.Resource()))
}
