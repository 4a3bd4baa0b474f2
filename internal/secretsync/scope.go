package secretsync

import (
	"context"
	"fmt"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// warnOfScope tells when GitLab ignores the scope of a group's variables, as it does on its free plan: the first run
// writes them into the scope *, and the next ones do not find them there.
// https://docs.gitlab.com/ci/environments/#limit-the-environment-scope-of-a-cicd-variable
func (e examination) warnOfScope(ctx context.Context, by witness, target gitlab.TargetDescription) {
	scope := e.plan.Target.EnvironmentScope
	scoped := !scope.IsUnknown() && scope.ValueString() != "*"
	if !scoped || target.Asked.Kind != gitlab.KindGroup || target.ID == 0 || e.validation() == providerdata.ValidationOff {
		return
	}
	if free, err := e.data.GitLab.IsFree(ctx, by.instance, by.token, target); err != nil || !free {
		return
	}
	e.diags.AddAttributeWarning(targetPath, "Environment scope needs GitLab Premium", fmt.Sprintf(
		"%s is on GitLab's free plan, which ignores the environment scope of group variables: the first run writes them into the scope *, and later runs "+
			"fail because they exist already. Set environment_scope = \"*\", or sync to projects.", target.Resource()))
}
