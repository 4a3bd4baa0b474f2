package connection

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// accessTokenModel is the nested attribute access_token.
type accessTokenModel struct {
	attribute.Presence

	Type, ValueWO  types.String
	ValueWOVersion types.Int64
}

// Attributes implements attribute.Model.
func (m *accessTokenModel) Attributes() attribute.Fields {
	return attribute.Fields{"type": &m.Type, "value_wo": &m.ValueWO, "value_wo_version": &m.ValueWOVersion}
}

// setType changes the type in plan or state, which never hold write-only values.
func (m *accessTokenModel) setType(tokenType types.String) {
	m.Presence, m.Type, m.ValueWO = attribute.Known, tokenType, types.StringNull()
}

func (accessToken) method() string { return infisical.MethodAccessToken }

func (accessToken) path() path.Path { return tokenPath }

// planCreate judges the user's token.
func (accessToken) planCreate(ctx context.Context, o *operation) {
	configured := configuredCredentials(o.config, o.plan)
	if o.replaces {
		o.requireToken(configured)
	}
	if o.diags.HasError() {
		return
	}
	o.warnWithoutToken(configured)
	check := o.checkToken(configured, o.plan)
	check.describe(ctx)
	check.lookAtTargets(ctx)
	check.judge(false)
	check.judgeTargets(false)
	o.warnWithoutUses(tokenPath)
	if configured.tokenType.IsNull() {
		planned := check.plannedType(types.StringNull())
		if configured.token.IsNull() {
			planned = types.StringUnknown()
		}
		o.requireType(planned)
		o.plan.AccessToken.setType(planned)
	}
}

// planUpdate decides whether an update sends the user's token.
func (accessToken) planUpdate(ctx context.Context, o *operation) {
	configured := configuredCredentials(o.config, o.plan)
	secret := attribute.PresenceOf(configured.token)
	o.plan.InstanceURL = o.plannedURL(secret)
	configured.instanceURL = o.plan.InstanceURL
	if secret == attribute.Known {
		o.refuseUnconfirmed()
	}
	change := o.credentialsChange(configured)

	// First, everything that a write would change keeps its value, which shows whether there is an update at all.
	o.plan.CredentialsHash, o.plan.TokenDetails = o.state.CredentialsHash, o.state.TokenDetails
	recorded := o.state.AccessToken.Type
	if configured.tokenType.IsNull() {
		o.plan.AccessToken.setType(recorded)
	}
	if o.diags.HasError() {
		return
	}

	check := o.checkToken(configured, o.plan)
	if change.send() || o.before.last.isOf(configured.token) || configured.token.IsNull() {
		check.describe(ctx)
		check.lookAtTargets(ctx)
		sameUses := !change.send() && o.plan.UseCases.Equal(o.state.UseCases)
		check.judge(sameUses)
		check.judgeTargets(sameUses && o.state.Targets.equal(&o.plan.Targets))
		o.usable = configured
		o.promises = configured.token.IsUnknown()
		o.mayStay = o.promises && o.before.last != nil
	}
	if !change.send() {
		o.tellFromState(check)
	}
	// A token that varies may differ at apply. An update that is planned for another reason would then send it.
	if !change.send() && (attribute.Equal(&o.plan, &o.state) || !configured.varies()) {
		return
	}
	o.plan.CredentialsHash, o.plan.TokenDetails = types.StringUnknown(), unknownTokenDetails
	if configured.tokenType.IsNull() {
		o.plan.AccessToken.setType(check.plannedType(recorded))
	}
}

// record takes over the kind of the token.
func (accessToken) record(m *resourceModel, connection infisical.Connection) {
	m.AccessToken.setType(attribute.Optional(connection.AccessTokenType))
}

func (accessToken) readsAgain(*operation) bool { return false }

func (accessToken) credentialsOnCreate(ctx context.Context, o *operation) *newCredentials {
	configured := configuredCredentials(o.config, o.plan)
	o.requireToken(configured)
	return o.sendToken(ctx, configured)
}

func (accessToken) credentialsOnUpdate(ctx context.Context, o *operation) *newCredentials {
	configured := configuredCredentials(o.config, o.plan)
	if !o.credentialsChange(configured).send() {
		return nil
	}
	return o.sendToken(ctx, configured)
}

// sendToken sends the user's token. If the configuration sets no type, it asks GitLab for it.
func (o *operation) sendToken(ctx context.Context, configured credentials) *newCredentials {
	check := o.checkToken(configured, o.plan)
	check.describe(ctx)
	if configured.tokenType.IsNull() {
		configured.tokenType = check.foundType(o.state.AccessToken.Type)
		o.requireType(configured.tokenType)
	}
	return &newCredentials{request: configured.toAPI(), credentials: configured, described: check.described()}
}

// refresh has nothing to look at: state holds no token.
func (accessToken) refresh(context.Context, *operation) {}

// tokenPath is where to report errors of the token. A deeper path would be more exact, but Terraform shows no line of
// the file for it.
var tokenPath = path.Root("access_token")

// credentialsChange is that of an update. It reports a token that is missing.
func (o *operation) credentialsChange(configured credentials) change {
	recorded := credentials{
		instanceURL: o.state.InstanceURL, tokenType: o.state.AccessToken.Type, version: o.state.AccessToken.ValueWOVersion,
		// The lost write of a managed token may have arrived, or may still arrive.
		managed: o.state.kind() == managedAccessToken{} || o.before.ledger.Unsettled,
	}
	change := credentialsChange(recorded, configured, o.state.CredentialsHash.ValueString(), o.before.last)
	if change.missing {
		o.diags.AddAttributeError(tokenPath, "GitLab token needed",
			"The token must be sent to Infisical again because "+change.reason+", and Infisical does not return the one that it has. "+setToken)
	}
	return change
}

// setToken is what to do when a token must be sent and none is there.
const setToken = "Set access_token.value_wo. A blank value, such as that of a variable that is not set in this run, counts as not set."

// requireToken reports a missing token: a connection cannot be created without one.
func (o *operation) requireToken(configured credentials) {
	if configured.token.IsNull() {
		o.diags.AddAttributeError(tokenPath, "GitLab token needed",
			"A new connection needs a token. "+setToken+" Only an imported connection can do without: to take over one that exists, write "+
				"an import or moved block.")
	}
}

// warnWithoutToken: the plan may do without the token, as in a merge request, where the apply has it. It stops when it
// does not.
func (o *operation) warnWithoutToken(configured credentials) {
	if configured.token.IsNull() {
		o.diags.AddAttributeWarning(tokenPath, "GitLab token needed",
			"A new connection needs a token, which is not set in this run, so it was not checked. The apply will need it, and stops before it changes anything if it is not "+
				"set there either. "+setToken+" Only an imported connection can do without: to take over one that exists, write an import or moved block.")
	}
}

// validate refuses a use that the kind of token cannot serve, unless token_validation turns errors off.
func (accessToken) validate(config resourceModel) diag.Diagnostics {
	waived := config.TokenValidation.IsUnknown() || (!config.TokenValidation.IsNull() && config.TokenValidation.ValueString() != providerdata.ValidationEnforce)
	kind := config.AccessToken.Type
	if waived || kind.IsNull() || kind.IsUnknown() {
		return nil
	}
	_, err := tokenpolicy.Requirements(gitlab.Kind(kind.ValueString()), config.uses())
	var impossible *tokenpolicy.ImpossibleError
	if errors.As(err, &impossible) {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("use_cases"), "A project access token cannot serve this use",
			transport.Sentence(err.Error()))}
	}
	return nil
}
