package connection

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// requireManagement says what an apply that creates a token, or may create one, will need. The plan may do without the
// provider's GitLab token: the apply may have it. To another GitLab no apply sends it.
func (o *operation) requireManagement(does string) {
	settings := o.plan.ManagedAccessToken
	if o.data.GitLab == nil || o.plan.InstanceURL.IsUnknown() || settings.Presence != attribute.Known {
		return
	}
	_, err := o.issuer(o.plan.InstanceURL.ValueString())
	switch {
	case err == nil:
	case !errors.Is(err, managedtoken.ErrNoGitLabToken):
		o.diags.Append(noIssuer(err))
	default:
		o.diags.AddAttributeWarning(managedPath, "Provider's GitLab token needed", fmt.Sprintf(
			"gitlab.token is not set in this run, so it was not checked. The apply will need it: it %s a token in %s, and stops before it changes anything if the token is not "+
				"set there either. For the apply, set it or the environment variable GITLAB_TOKEN to a personal access token with the scope api, of a user with at least the role "+
				"%s there.",
			does, placeOf(settings), o.minting().LeastRole()))
	}
}

// placeOf names where a token is created, as far as that is known.
func placeOf(settings managedModel) string {
	place := settings.resource().Owner()
	if place.ID == "" {
		return fmt.Sprintf("a %s that is not known yet", place.Kind)
	}
	return place.String()
}

// minting is the token that is to be created.
func (o *operation) minting() tokenpolicy.Minting {
	settings := o.plan.ManagedAccessToken
	return tokenpolicy.Minting{
		Instance: o.data.InstanceURL.ValueString(), Place: settings.resource().Owner(), Account: !settings.ServiceAccount.IsNull(),
		AccessLevel: accessLevel(settings.AccessLevel), Now: o.data.Now(),
	}
}

// asksWithProviderToken reports that findings are wanted and that the provider's GitLab token may be asked for them.
// Nothing is asked for a connection to another GitLab: on a machine without GITLAB_BASE_URL the provider is configured
// for gitlab.com, where another GitLab's token must not be sent.
func (o *operation) asksWithProviderToken() bool {
	return o.data.Session != nil && o.judges(o.plan) && sameInstanceURL(o.plan.InstanceURL, o.data.InstanceURL)
}

// judgeMinting asks whether the provider's GitLab token can create the token that the plan needs, in that very project
// or group, and reports what is in the way. It returns false when there is something. That the project or group is not
// there any more, where nobody changed the settings, is only a warning: an error would block a destroy, for which
// Terraform first plans as for an update.
func (o *operation) judgeMinting(ctx context.Context) bool {
	if o.plan.ManagedAccessToken.Presence != attribute.Known || !o.asksWithProviderToken() {
		return true
	}
	findings, err := o.findingsOfMinting(ctx)
	if err != nil {
		o.diags.AddError("Could not check the provider's GitLab token", transport.Sentence(err.Error()))
		return false
	}
	wanted := o.changesManaged()
	for _, finding := range findings {
		if !wanted && finding.Aspect == tokenpolicy.AspectPlace || o.validationOf(o.plan) == providerdata.ValidationWarn {
			finding = finding.AsWarning()
		}
		if finding.Severity == tokenpolicy.Warning {
			o.diags.AddAttributeWarning(managedPath, finding.Summary, finding.Message())
		} else {
			o.diags.AddAttributeError(managedPath, finding.Summary, finding.Message())
		}
	}
	if len(findings) == 0 {
		o.warnOfTier(ctx)
	}
	return len(findings) == 0
}

// warnOfTier tells when gitlab.com makes no project and group tokens for a group that has none from us yet. It is a
// warning because trials and exceptions may go beyond a plan. Elsewhere such tokens need no license.
// https://docs.gitlab.com/user/group/settings/group_access_tokens/,
// https://docs.gitlab.com/user/project/settings/project_access_tokens/
func (o *operation) warnOfTier(ctx context.Context) {
	by, had := o.minting(), o.recordedPlace() != "" && o.state.ManagedAccessToken.ServiceAccount.IsNull()
	if by.Account || had || by.Place.ID == "" || !gitlab.SameInstance(by.Instance, gitlab.DefaultInstanceURL) {
		return
	}
	// What GitLab has told already is not asked for again.
	in, err := o.data.Session.DescribeTarget(ctx, gitlab.TargetQuestion{Resource: by.Place})
	if err != nil || in.Failure != nil {
		return
	}
	if free, err := o.data.Session.IsFree(ctx, in); err != nil || !free {
		return
	}
	o.diags.AddAttributeWarning(managedPath, "Managed token needs GitLab Premium", fmt.Sprintf(
		"%s is on GitLab.com's free plan, which has no project and group access tokens, so GitLab will most likely refuse to create one. "+
			"Service accounts have tokens on every plan: create one in the group, and set service_account.", in.Resource()))
}

// changesManaged reports that somebody changed the settings of the managed token, or the GitLab.
func (o *operation) changesManaged() bool {
	return !attribute.Equal(&o.plan.ManagedAccessToken, &o.state.ManagedAccessToken) || !sameInstanceURL(o.plan.InstanceURL, o.state.InstanceURL)
}

// findingsOfMinting costs three requests for each project or group, and two for the token; an error means that the run
// was interrupted.
func (o *operation) findingsOfMinting(ctx context.Context) ([]tokenpolicy.Finding, error) {
	by, session := o.minting(), o.data.Session
	described, err := session.Describe(ctx, gitlab.DescribeOptions{})
	if err != nil {
		return nil, err
	}
	if findings := tokenpolicy.JudgeMinter(described, by); len(findings) > 0 || by.Place.ID == "" {
		return findings, nil
	}
	in, err := session.DescribeTarget(ctx, gitlab.TargetQuestion{
		Resource: by.Place, TargetOptions: gitlab.TargetOptions{UserID: described.UserID, AccessLevel: true},
	})
	if err != nil {
		return nil, err
	}
	if recorded := o.recordedPlace(); recorded != "" && in.ID != 0 && strconv.FormatInt(in.ID, 10) != recorded {
		severity := tokenpolicy.Warning
		if o.changesManaged() {
			severity = tokenpolicy.Error
		}
		return []tokenpolicy.Finding{{
			Severity: severity, Aspect: tokenpolicy.AspectTargets, Summary: "Path of the managed token leads elsewhere",
			Detail: "An apply creates no token there. " + leadsElsewhere(by.Place, recorded, strconv.FormatInt(in.ID, 10)),
		}}, nil
	}
	return tokenpolicy.JudgeMintingPlace(described, in, by), nil
}

// watchGitLabToken warns, once per configured provider, about a GitLab token of the provider's that expires soon or no
// longer works: managed tokens outlive it, but can then be neither rotated nor revoked.
func (o *operation) watchGitLabToken(ctx context.Context) {
	c := o.data
	if c.ExpiryWarningDays == 0 || !o.asksWithProviderToken() {
		return
	}
	c.WatchGitLabToken(func() {
		description, err := c.Session.DescribeSelf(ctx)
		if err != nil {
			return // The run was interrupted.
		}
		for _, finding := range tokenpolicy.JudgeManagement(description, c.Session.Instance(), c.Now(), c.ExpiryWarningDays) {
			o.diags.AddWarning(finding.Summary, finding.Message())
		}
	})
}
