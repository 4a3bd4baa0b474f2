// Package preflight looks at the project or group of GitLab's that a sync or a scan is for, before anything is written.
package preflight

import (
	"cmp"
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

// TargetPath is where to point at in a configuration whose target is at fault. A path further down would be more exact,
// but Terraform shows no line of the file for it.
var TargetPath = path.Root("target")

// Examination is one look at a target.
type Examination struct {
	Data *providerdata.Data
	// Asked is the target as configuration names it.
	Asked gitlab.Resource
	// ConnectionID is that of the connection whose token acts on the target, for this use.
	ConnectionID types.String
	Use          tokenpolicy.Use
	// Validation is the resource's token_validation; null for the provider's.
	Validation types.String
	// Later: another plan follows when the connection is known, and with it perhaps its token.
	Later bool
	// Aim completes "did not check whether Infisical can", such as "write the variables of"; Shows says what will show
	// it, such as "The run".
	Aim, Shows string
	// Found, when it is not nil, is told of the target that was asked for. Always: it is asked for even if nothing is
	// to be judged.
	Found  func(ctx context.Context, by Witness, target gitlab.TargetDescription)
	Always bool
	Diags  *diag.Diagnostics
}

// ID finds out the numeric id of the target, and judges the target. The id stays unknown when that can be found out
// only at apply.
func (e Examination) ID(ctx context.Context) types.String {
	id, numeric := NumericID(e.Asked.ID)
	validation := Validation(e.Data, e.Validation)
	if numeric && validation == providerdata.ValidationOff && !e.Always {
		return id
	}
	if e.Later || validation == "" {
		return id
	}
	by := FindWitness(ctx, e.Data, e.ConnectionID)
	switch {
	case by == nil && numeric && validation == providerdata.ValidationOff: // Nothing is to be checked.
		return id
	case by == nil:
		e.noWitness(numeric)
		return id
	}
	token, target, err := e.ask(ctx, *by)
	switch {
	case err != nil:
		e.Diags.AddError("Could not look up the GitLab target", providerdata.Sentence(err.Error()))
		return id
	case target.Failure != nil && !numeric:
		e.Diags.AddAttributeError(TargetPath, "Could not look up the GitLab target", fmt.Sprintf("Asking %s for %s failed: %s.\nCheck the "+
			"path, or write the numeric id, which Infisical needs.", by.Instance, e.Asked, providerdata.Phrase(target.Failure.Explain())))
		return id
	}
	if validation != providerdata.ValidationOff {
		e.judge(*by, token, target)
	}
	if e.Found != nil {
		e.Found(ctx, *by, target)
	}
	if !numeric {
		id = types.StringValue(strconv.FormatInt(target.ID, 10))
	}
	return id
}

// RequireID is what an apply adds when the id of its target is still unknown, and nothing says why.
func RequireID(id types.String, diags *diag.Diagnostics) {
	if id.IsUnknown() && !diags.HasError() {
		diags.AddAttributeError(TargetPath, "Id of the GitLab target needed", "The id is not known although everything else is. Write the "+
			"numeric id of the project or group.")
	}
}

// NumericID is unknown for a path.
func NumericID(reference string) (id types.String, numeric bool) {
	if _, err := strconv.ParseUint(reference, 10, 63); err != nil {
		return types.StringUnknown(), false
	}
	return types.StringValue(reference), true
}

// Validation is ValidationEnforce, ValidationWarn or ValidationOff for a resource's token_validation; empty while it is
// not known.
func Validation(data *providerdata.Data, own types.String) string {
	if own.IsNull() {
		return data.TokenValidation
	}
	return own.ValueString()
}

// noWitness: a target by its id can do without, one by its path cannot.
func (e Examination) noWitness(numeric bool) {
	const why = "There is no token to ask GitLab with: that of the connection is known only in a run that sends it to Infisical, and " +
		"gitlab.token of the provider block is not set, or is for another GitLab than the connection's."
	if !numeric {
		e.Diags.AddAttributeError(TargetPath, "Id of the GitLab target needed", fmt.Sprintf(
			"Infisical needs the numeric id of %s. %s\nWrite the id, which GitLab shows in the menu beside the name, or set "+
				"gitlab.token to a token that may read the %s.", e.Asked, why, e.Asked.Kind))
		return
	}
	e.Diags.AddAttributeWarning(TargetPath, "GitLab target not checked", fmt.Sprintf(
		"The provider did not check whether Infisical can %s %s. %s %s will show it.", e.Aim, e.Asked, why, cmp.Or(e.Shows, "The apply")))
}

// ask describes the target, and the token when it is the connection's.
func (e Examination) ask(ctx context.Context, by Witness) (token gitlab.Description, target gitlab.TargetDescription, err error) {
	question := gitlab.TargetQuestion{Resource: e.Asked}
	if by.own && Validation(e.Data, e.Validation) != providerdata.ValidationOff {
		token, err = e.Data.GitLab.Describe(ctx, by.Instance, by.Token, gitlab.DescribeOptions{Known: by.known, AccessLevel: true})
		if err != nil {
			return token, target, err
		}
		question.TargetOptions = tokenpolicy.TargetOptions(e.Asked.Kind, []tokenpolicy.Use{e.Use}, token.UserID)
	}
	target, err = e.Data.GitLab.DescribeTarget(ctx, by.Instance, by.Token, question)
	return token, target, err
}

// judge reports what is to be said of the target, and of the connection's token there. Of the provider's GitLab token's
// own rights nothing follows.
func (e Examination) judge(by Witness, token gitlab.Description, target gitlab.TargetDescription) {
	uses, token := []tokenpolicy.Use{e.Use}, token.Named(target)
	inTarget := tokenpolicy.TargetCase{Instance: by.Instance, Uses: uses, Only: true}
	var findings []tokenpolicy.Finding
	switch {
	case !by.own:
		findings = tokenpolicy.JudgeManagedTarget(target, target, inTarget)
	default:
		// Its end, and whatever else is no reason to stop, the connection tells.
		for _, finding := range tokenpolicy.Judge(token, tokenpolicy.Case{Instance: by.Instance, Uses: uses, Now: e.Data.Now()}) {
			if finding.Severity == tokenpolicy.Error {
				findings = append(findings, finding)
			}
		}
		if tokenpolicy.Alive(token, e.Data.Now()) && len(findings) == 0 {
			findings = tokenpolicy.JudgeTarget(token, target, inTarget)
		}
	}
	for _, finding := range findings {
		if Validation(e.Data, e.Validation) == providerdata.ValidationWarn {
			finding = finding.AsWarning()
		}
		if finding.Severity == tokenpolicy.Warning {
			e.Diags.AddAttributeWarning(TargetPath, finding.Summary, finding.Message())
		} else {
			e.Diags.AddAttributeError(TargetPath, finding.Summary, finding.Message())
		}
	}
}
