package connection

import (
	"context"
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// accountName is a username of GitLab's, or an id.
// https://docs.gitlab.com/user/reserved_names/#limitations-on-usernames-project-and-group-names-and-slugs
var accountName = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,255}$`)

func serviceAccountAttribute() schema.Attribute {
	return schema.StringAttribute{
		Optional: true,
		MarkdownDescription: "Username (without `@`) or numeric id of a service account of this `group`, up to 255 characters; " +
			"its roles in the targets are the token's. Requires `group`, and GitLab 18.11 or newer, or 17.11 with Premium or Ultimate. Changing it " +
			"creates a new token. Unset by default: each token has a bot user of its own.",
		Validators: []validator.String{stringvalidator.RegexMatches(accountName, "must be the username of a service account, without @, or its numeric id")},
	}
}

// validateAccount refuses what contradicts a service account, whose role GitLab decides by its memberships.
func validateAccount(settings managedModel) (diags diag.Diagnostics) {
	if settings.ServiceAccount.ValueString() == "" {
		return nil
	}
	if settings.Project.ValueString() != "" {
		diags.AddAttributeError(managedPath, "Service account needs a group",
			"service_account is a service account of group, and project is set. Set group to the group that the account belongs to, and remove project.")
	}
	if settings.AccessLevel.ValueString() != "" {
		diags.AddAttributeError(managedPath, "Service account has a role of its own",
			"access_level is the role of a project or group access token. The token of a service account has the roles of the account. Remove access_level, "+
				"and make the account a member of the targets with the role that use_cases need.")
	}
	return diags
}

// accountDiagnostic is the error about the service account that a request was for, nil when it is about something else.
// GitLab answers in several ways when it does not have service accounts, or does not let the provider's GitLab token
// use them.
func accountDiagnostic(resource gitlab.Resource, err error) diag.Diagnostic {
	switch {
	case resource.Account.Username == "":
		return nil
	case gitlab.HasNoServiceAccounts(err), gitlab.IsForbidden(err):
		return diag.NewAttributeErrorDiagnostic(managedPath, "Service account cannot be used", transport.Sentence(err.Error())+fmt.Sprintf(
			"\nTokens of the %s need all of these:"+
				"\n- GitLab 17.11 or newer with Premium or Ultimate, or any GitLab from 18.11; before 18.11, a top-level group"+
				"\n- gitlab.token with the scope api, of an Owner of the group, or, where a self-managed GitLab does not let owners "+
				"manage service accounts, of an administrator"+
				"\nWhere these cannot be had, remove service_account to use a group access token.", resource))
	case gitlab.IsAccountNotFound(err):
		return diag.NewAttributeErrorDiagnostic(managedPath, "Service account not found", fmt.Sprintf(
			"The %s has no service account with the username or id %q that the provider's GitLab token can see. Service accounts of other groups, of "+
				"projects and of the instance do not count, and neither do persons.\nCreate it in Settings > Service accounts of the group, or "+
				"correct service_account.", resource.Owner(), resource.Account.Username))
	}
	return nil
}

// checkAccount looks up the service account that tokens are to be made for, and reports when that is not there. It
// warns when nothing is asked of the account that was not before: an error would block a destroy, for which Terraform
// first plans as for an update. It returns none when it is not known.
func (o *operation) checkAccount(ctx context.Context) gitlab.Account {
	settings, data := o.plan.ManagedAccessToken, o.data
	wanted := settings.resource()
	if !o.judges(o.plan) || wanted.Account.Username == "" || wanted.ID == "" || data.Session == nil ||
		!sameInstanceURL(o.plan.InstanceURL, data.InstanceURL) {
		return gitlab.Account{}
	}
	account, err := data.Session.DescribeAccount(ctx, wanted.Owner(), wanted.Account.Username)
	if err == nil {
		return account
	}
	watching := o.state.ManagedAccessToken.resource() == wanted
	switch found := accountDiagnostic(wanted, err); {
	case found == nil:
		o.diags.AddAttributeWarning(managedPath, "Could not check the service account", transport.Sentence(err.Error())+"\nThe apply looks it up again.")
	case watching, o.validationOf(o.plan) == providerdata.ValidationWarn:
		o.diags.AddAttributeWarning(managedPath, found.Summary(), found.Detail())
	default:
		o.diags.Append(found)
	}
	return gitlab.Account{}
}

// describeForAccount asks what the targets are, and which role the account has there. It asks nothing for an account
// that is not known, of which has been told why.
func (o *operation) describeForAccount(ctx context.Context, account gitlab.Account, targets []gitlab.Resource) []gitlab.TargetDescription {
	if account.ID == 0 {
		return nil
	}
	var questions []gitlab.TargetQuestion
	for _, target := range targets {
		questions = append(questions, gitlab.TargetQuestion{Resource: target, TargetOptions: gitlab.TargetOptions{MemberID: account.ID}})
	}
	return o.describeTargets(ctx, o.data.Session, questions)
}
