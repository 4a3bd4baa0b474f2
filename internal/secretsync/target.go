package secretsync

import (
	"context"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

// targetPath is where to point at in a configuration whose target is at fault. A path further down would be more exact,
// but Terraform shows no line of the file for it.
var targetPath = path.Root("target")

// witness is a token that can be asked about a target, at the GitLab that it is of.
type witness struct {
	instance, token string
	// own: it is the token of the connection, with which Infisical writes the variables. Else it is the management
	// token.
	own   bool
	known gitlab.Known
}

// witness finds a token to ask with: the connection's own, if that was given in this run, else the management token,
// which is sent to its own GitLab only. nil when there is none.
func (r *syncResource) witness(ctx context.Context, connectionID types.String) *witness {
	if r.data.GitLab == nil || connectionID.IsUnknown() {
		return nil
	}
	if token, ok := r.data.Tokens.Of(connectionID.ValueString()); ok {
		return &witness{instance: token.Instance, token: token.Value(), own: true, known: token.Known}
	}
	if r.data.ManagementToken == "" || r.data.Infisical == nil || r.data.InstanceURL.IsUnknown() {
		return nil
	}
	connection, err := r.data.Infisical.Get(ctx, connectionID.ValueString())
	if err != nil || !gitlab.SameInstance(connection.InstanceURL, r.data.InstanceURL.ValueString()) {
		return nil // What is wrong with the connection, Infisical says when the sync is written.
	}
	return &witness{instance: r.data.InstanceURL.ValueString(), token: r.data.ManagementToken}
}

// examination is what became of looking at a target before anything is written.
type examination struct {
	*syncResource
	plan  resourceModel
	diags *diag.Diagnostics
	// later: another plan follows when the connection is known, and with it perhaps its token.
	later bool
	// own is the id of the sync itself, or of the one that it replaces; empty for a new one.
	own string
}

// examine finds out the numeric id of the plan's target, judges the target, and looks for other syncs to it. The id
// stays unknown when that can be found out only at apply.
func (e examination) examine(ctx context.Context) types.String {
	e.plan.Target.ID = e.lookUp(ctx)
	if !e.diags.HasError() {
		e.checkDestination(ctx)
	}
	return e.plan.Target.ID
}

func (e examination) lookUp(ctx context.Context) types.String {
	asked := e.plan.Target.asked()
	id, numeric := numericID(asked.ID)
	validation := e.validation()
	if numeric && validation == providerdata.ValidationOff && !e.deletes() {
		return id
	}
	if e.later || validation == "" {
		return id
	}
	by := e.witness(ctx, e.plan.ConnectionID)
	if by == nil {
		e.noWitness(asked, numeric)
		return id
	}
	token, target, err := e.ask(ctx, *by, asked)
	switch {
	case err != nil:
		e.diags.AddError("Could not look up the GitLab target", providerdata.Sentence(err.Error()))
		return id
	case target.Failure != nil && !numeric:
		e.diags.AddAttributeError(targetPath, "Could not look up the GitLab target", fmt.Sprintf("Asking %s for %s failed: %s.\nCheck the "+
			"path, or write the numeric id, which Infisical needs.", by.instance, asked, providerdata.Phrase(target.Failure.Explain())))
		return id
	}
	if validation != providerdata.ValidationOff {
		e.judge(*by, token, target, validation)
	}
	e.warnOfDeletions(ctx, *by, target)
	e.warnOfScope(ctx, *by, target)
	if !numeric {
		id = types.StringValue(strconv.FormatInt(target.ID, 10))
	}
	return id
}

// numericID is unknown for a path.
func numericID(reference string) (types.String, bool) {
	if _, err := strconv.ParseUint(reference, 10, 63); err != nil {
		return types.StringUnknown(), false
	}
	return types.StringValue(reference), true
}

// validation is ValidationEnforce, ValidationWarn or ValidationOff; empty while it is not known.
func (e examination) validation() string {
	if e.plan.TokenValidation.IsNull() {
		return e.data.TokenValidation
	}
	return e.plan.TokenValidation.ValueString()
}

// deletes reports that runs delete variables, which is told with the names whatever is judged.
func (e examination) deletes() bool {
	return e.plan.Variables.Unmanaged.ValueString() == deleteUnmanaged
}

// noWitness: a target by its id can do without, one by its path cannot.
func (e examination) noWitness(asked gitlab.Resource, numeric bool) {
	const why = "There is no token to ask GitLab with: that of the connection is known only in a run that sends it to Infisical, and " +
		"gitlab.management_token of the provider block is not set, or is for another GitLab than the connection's."
	if !numeric {
		e.diags.AddAttributeError(targetPath, "Id of the GitLab target needed", fmt.Sprintf(
			"Infisical needs the numeric id of %s. %s\nWrite the id, which GitLab shows in the menu beside the name, or set "+
				"gitlab.management_token to a token that may read the %s.", asked, why, asked.Kind))
		return
	}
	e.diags.AddAttributeWarning(targetPath, "GitLab target not checked", fmt.Sprintf(
		"The provider did not check whether Infisical can write the variables of %s. %s The run will show it.", asked, why))
}

// ask describes the target, and the token when it is the connection's.
func (e examination) ask(ctx context.Context, by witness, asked gitlab.Resource) (token gitlab.Description, target gitlab.TargetDescription, err error) {
	question := gitlab.TargetQuestion{Resource: asked}
	if by.own && e.validation() != providerdata.ValidationOff {
		token, err = e.data.GitLab.Describe(ctx, by.instance, by.token, gitlab.DescribeOptions{Known: by.known, AccessLevel: true})
		if err != nil {
			return token, target, err
		}
		question.TargetOptions = tokenpolicy.TargetOptions(asked.Kind, []tokenpolicy.Use{use(asked)}, token.UserID)
	}
	target, err = e.data.GitLab.DescribeTarget(ctx, by.instance, by.token, question)
	return token, target, err
}

// use is what a sync to a project or group needs a token for.
func use(target gitlab.Resource) tokenpolicy.Use {
	if target.Kind == gitlab.KindGroup {
		return tokenpolicy.GroupSecretSync
	}
	return tokenpolicy.ProjectSecretSync
}

// judge reports what is to be said of the target, and of the connection's token there. Of the management token's own
// rights nothing follows.
func (e examination) judge(by witness, token gitlab.Description, target gitlab.TargetDescription, validation string) {
	uses := []tokenpolicy.Use{use(target.Asked)}
	inTarget := tokenpolicy.TargetCase{Instance: by.instance, Uses: uses, Only: true}
	var findings []tokenpolicy.Finding
	switch {
	case !by.own:
		findings = tokenpolicy.JudgeManagedTarget(target, target, inTarget)
	default:
		// Its end, and whatever else is no reason to stop, the connection tells.
		for _, finding := range tokenpolicy.Judge(token, tokenpolicy.Case{Instance: by.instance, Uses: uses, Now: e.data.Now()}) {
			if finding.Severity == tokenpolicy.Error {
				findings = append(findings, finding)
			}
		}
		if tokenpolicy.Alive(token, e.data.Now()) && len(findings) == 0 {
			findings = tokenpolicy.JudgeTarget(token, target, inTarget)
		}
	}
	for _, finding := range findings {
		if validation == providerdata.ValidationWarn {
			finding = finding.AsWarning()
		}
		if finding.Severity == tokenpolicy.Warning {
			e.diags.AddAttributeWarning(targetPath, finding.Summary, finding.Message())
		} else {
			e.diags.AddAttributeError(targetPath, finding.Summary, finding.Message())
		}
	}
}
