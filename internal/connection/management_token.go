package connection

import (
	"context"

	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

// watchManagementToken warns, once per configured provider, of a management token that has ended or will soon: managed tokens outlive it, but
// can then be neither rotated nor revoked. For a connection to another GitLab nothing is asked: on a machine without GITLAB_BASE_URL the provider is
// configured for gitlab.com, where the token of another one has no business.
func (p *planning) watchManagementToken(ctx context.Context) {
	c := p.data
	if c.GitLab == nil || c.ManagementToken == "" || c.ExpiryWarningDays == 0 || !p.judges(p.plan) || !sameInstanceURL(p.plan.InstanceURL, c.InstanceURL) {
		return
	}
	c.WatchManagementToken(func() {
		instance := c.InstanceURL.ValueString()
		description, err := c.GitLab.DescribeSelf(ctx, instance, c.ManagementToken)
		if err != nil {
			return // The run was interrupted.
		}
		for _, finding := range tokenpolicy.JudgeManagement(description, instance, c.Now(), c.ExpiryWarningDays) {
			p.diags.AddWarning(finding.Summary, finding.Message())
		}
	})
}
