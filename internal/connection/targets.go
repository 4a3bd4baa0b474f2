package connection

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

var targetsPath = path.Root("targets")

// targetsModel is the nested attribute targets: the projects and groups that the token is judged in. Infisical is not
// told of them.
type targetsModel struct {
	attribute.Presence

	Groups, Projects types.Set
}

// Attributes implements attribute.Model.
func (m *targetsModel) Attributes() attribute.Fields {
	return attribute.Fields{"groups": &m.Groups, "projects": &m.Projects}
}

func targetsAttribute() schema.Attribute {
	set := func(what string, validators ...validator.Set) schema.SetAttribute {
		return schema.SetAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: fmt.Sprintf("Full paths or numeric ids of %s. None by default.", what),
			Validators:          validators,
		}
	}
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Where the connection is used. Every plan asks GitLab whether the connection's token can see each target, whether it is " +
			"archived or marked for deletion, and whether the token's role there suffices for `use_cases`. Managed tokens are checked with the " +
			"provider's GitLab token; an `oauth` grant cannot be. Changing the targets sends nothing. Unset by default: no target is checked.",
		Attributes: map[string]schema.Attribute{
			"groups": set("groups, which `group_secret_sync` and `group_secret_scanning` act on",
				setvalidator.ValueStringsAre(attribute.GitLabGroupValidator())),
			"projects": set("projects, which `project_secret_sync` and `project_secret_scanning` act on",
				setvalidator.ValueStringsAre(attribute.GitLabProjectValidator())),
		},
	}
}

// resources are the targets that are known.
func (m *targetsModel) resources() []gitlab.Resource {
	var resources []gitlab.Resource
	for kind, set := range map[gitlab.Kind]types.Set{gitlab.KindGroup: m.Groups, gitlab.KindProject: m.Projects} {
		for _, id := range texts(set) {
			if id != "" {
				resources = append(resources, gitlab.Resource{Kind: kind, ID: id})
			}
		}
	}
	slices.SortFunc(resources, func(a, b gitlab.Resource) int { return cmp.Compare(a.String(), b.String()) })
	return resources
}

// known reports that none of them becomes known only at apply.
func (m *targetsModel) known() bool {
	return m.Presence != attribute.Unknown && !slices.ContainsFunc([]types.Set{m.Groups, m.Projects}, func(set types.Set) bool {
		return set.IsUnknown() || slices.ContainsFunc(set.Elements(), attr.Value.IsUnknown)
	})
}

// equal reports the same targets in the same words.
func (m *targetsModel) equal(other *targetsModel) bool {
	return m.Presence == other.Presence && attribute.Equal(m, other)
}

// judgeTargets reports what is to be said of a described token in its targets. What becomes known only at apply is
// judged then: Terraform plans once more before it applies.
func (c *tokenCheck) judgeTargets(watching bool) {
	targets := c.plan.Targets
	if c.later || c.validation == providerdata.ValidationOff || targets.Presence != attribute.Known {
		return
	}
	if c.token.IsNull() {
		c.warnOfTargets("To check them, set access_token.value_wo.")
		return
	}
	resources := targets.resources()
	if targets.known() {
		c.report(tokenpolicy.JudgeLevels(c.uses, resources), watching)
	}
	for _, target := range c.targets {
		c.report(tokenpolicy.JudgeTarget(*c.description, target, tokenpolicy.TargetCase{Instance: c.instanceURL.ValueString(), Uses: c.usable()}), watching)
	}
}

// usable are the uses with which nothing is wrong but, perhaps, in a target.
func (c *tokenCheck) usable() []tokenpolicy.Use {
	return tokenpolicy.UsableFor(*c.description, c.judgedBy())
}

// lookAtTargets asks for the targets of a described token that can be judged in them. The answers may name the project
// or group of the token itself.
func (c *tokenCheck) lookAtTargets(ctx context.Context) {
	if c.description == nil || c.plan.Targets.Presence != attribute.Known || !tokenpolicy.Alive(*c.description, c.data.Now()) ||
		len(c.uses) > 0 && !c.description.MayRead() {
		return
	}
	usable := c.usable()
	var questions []gitlab.TargetQuestion
	for _, resource := range c.plan.Targets.resources() {
		questions = append(questions, gitlab.TargetQuestion{Resource: resource,
			TargetOptions: tokenpolicy.TargetOptions(resource.Kind, usable, c.description.Token)})
	}
	c.targets = c.describeTargets(ctx, c.session(), questions)
	named := c.description.Named(c.targets...)
	c.description = &named
}

// describeTargets returns none when the run was interrupted.
func (o *operation) describeTargets(ctx context.Context, session *gitlab.Session, questions []gitlab.TargetQuestion) []gitlab.TargetDescription {
	described, err := session.DescribeTargets(ctx, questions)
	if err != nil {
		o.diags.AddError("Could not look up the GitLab targets", transport.Sentence(err.Error()))
		return nil
	}
	return described
}

// judgeManagedTargets asks with the provider's GitLab token, which goes to the provider's GitLab only, whether the
// targets are there and within reach of the token that the connection makes. account is the service account of that
// token, as far as it is known.
func (o *operation) judgeManagedTargets(ctx context.Context, account gitlab.Account) {
	targets, settings := o.plan.Targets, o.plan.ManagedAccessToken
	if !o.judges(o.plan) || targets.Presence != attribute.Known || o.plan.UseCases.IsUnknown() {
		return
	}
	uses, resources := o.plan.uses(), targets.resources()
	watching := o.state.Targets.equal(&targets) && o.state.UseCases.Equal(o.plan.UseCases) && o.state.ManagedAccessToken.resource() == settings.resource()
	check := &tokenCheck{operation: o, validation: o.validationOf(o.plan)}
	if targets.known() {
		check.report(tokenpolicy.JudgeLevels(uses, resources), watching)
	}
	own := settings.resource()
	if o.data.Session == nil || own.ID == "" || !sameInstanceURL(o.plan.InstanceURL, o.data.InstanceURL) {
		return
	}
	by := tokenpolicy.TargetCase{Instance: o.data.InstanceURL.ValueString(), Uses: uses}
	if !settings.ServiceAccount.IsNull() {
		own.Account = account
		for _, target := range o.describeForAccount(ctx, account, resources) {
			check.report(tokenpolicy.JudgeAccountTarget(own, target, by), watching)
		}
		return
	}
	questions := []gitlab.TargetQuestion{{Resource: own}}
	for _, resource := range resources {
		questions = append(questions, gitlab.TargetQuestion{Resource: resource})
	}
	described := o.describeTargets(ctx, o.data.Session, questions)
	for i, target := range described {
		if i > 0 {
			check.report(tokenpolicy.JudgeManagedTarget(described[0], target, by), watching)
		}
	}
}

// grantedScopes is what can be done about the targets of an OAuth connection.
const grantedScopes = "Make sure that the person who grants access has the role there that use_cases need."

// warnOfTargets says that nobody but Infisical holds the token, when the connection is made or its targets change.
func (o *operation) warnOfTargets(remedy string) {
	if !o.judges(o.plan) || o.plan.Targets.Presence != attribute.Known || o.state.Targets.equal(&o.plan.Targets) {
		return
	}
	o.diags.AddAttributeWarning(targetsPath, "Cannot check the targets of this connection",
		"Only Infisical holds the token of this connection, so the provider cannot check what it can do in its targets. "+remedy)
}

// leaveToken leaves the token of a connection to those in this process that judge a target of their own. One that is
// not known takes away what was left before, which may no longer be the connection's.
func (o *operation) leaveToken(id types.String, token credentials, visit providerdata.Visit) {
	if token.token.ValueString() == "" || token.instanceURL.ValueString() == "" {
		o.data.Tokens.Forget(id.ValueString())
		return
	}
	session := o.data.GitLab.At(token.instanceURL.ValueString(), token.token.ValueString())
	o.data.Tokens.Leave(id.ValueString(), session.Knowing(o.state.TokenDetails.known()), visit)
}
