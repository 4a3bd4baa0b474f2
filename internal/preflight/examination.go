// Package preflight looks at the project or group of GitLab's that a sync or a scan is for, before anything is written.
package preflight

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// TargetPath is where to point at in a configuration whose target is at fault. A path further down would be more exact,
// but Terraform shows no line of the file for it.
var TargetPath = path.Root("target")

// Examination is one look at a target.
type Examination struct {
	Data *providerdata.Data
	// Asked is the target as configuration names it.
	Asked gitlab.Resource
	// Known is the id of the target where state has it; null when it must be looked up.
	Known types.String
	// ConnectionID is that of the connection whose token acts on the target, for this use.
	ConnectionID types.String
	Use          tokenpolicy.Use
	// Validation is the resource's token_validation; null for the provider's.
	Validation types.String
	// Exists: the plan is one of something that exists. Replaces: it destroys that, to create another.
	Exists, Replaces bool
	// Aim completes "did not check whether Infisical can", such as "write the variables of"; Shows says what will show
	// it, such as "The run".
	Aim, Shows string
	// Found, when it is not nil, is told of the target that was asked for, and returns why it could not find out what
	// it wants to know.
	Found func(ctx context.Context, by Session, target gitlab.TargetDescription) error
	// Risk is what to say when nobody could be asked, or Found never got to know what it wants. One that is there is
	// worth a look although nothing is to be judged.
	Risk  Risk
	Diags *diag.Diagnostics
}

// Risk is what may happen to a target that nobody looks at: a sentence without its full stop, and how to warn of it
// alone.
type Risk struct {
	May  string
	Warn func(detail string)
}

func (r Risk) isThere() bool { return r.May != "" }

// Answer is what an examination has found out.
type Answer struct {
	// ID is unknown when it can be found out only at apply.
	ID types.String
	// By is the token that it comes from.
	By Source
}

// ID finds out the numeric id of the target, and judges the target.
func (e Examination) ID(ctx context.Context) Answer {
	answer := e.given()
	unreadable := e.requireConnection(ctx)
	if e.Diags.HasError() {
		return answer
	}
	if !answer.ID.IsUnknown() && !e.judges() && !e.Risk.isThere() {
		return answer
	}
	hands := AtHand(ctx, e.Data, e.ConnectionID)
	hands.unreadable = unreadable
	if answer.ID.IsUnknown() {
		if answer = e.lookUp(ctx, hands); e.Diags.HasError() {
			return answer
		}
	}
	if e.judges() || e.Risk.isThere() || answer.ID.IsUnknown() && hands.mayStay {
		e.examine(ctx, hands, answer.ID)
	}
	return answer
}

// given is the id that nobody needs to be asked for.
func (e Examination) given() Answer {
	if !e.Known.IsNull() {
		return Answer{e.Known, FromState}
	}
	id, _ := NumericID(e.Asked.ID)
	return Answer{id, FromConfiguration}
}

// judges reports that findings are to be reported. While token_validation is not known, only the apply does.
func (e Examination) judges() bool {
	validation := Validation(e.Data, e.Validation)
	return validation == providerdata.ValidationEnforce || validation == providerdata.ValidationWarn
}

func (e Examination) phase() providerdata.Phase {
	return e.Data.Walk.Phase(e.ConnectionID.ValueString())
}

// lookUp asks for the id of a target that configuration names by its path, with the tokens that the apply has, too. It
// stays unknown if only the apply can ask.
func (e Examination) lookUp(ctx context.Context, hands Hands) Answer {
	lasting := hands.lasting(e.phase())
	var first error
	for _, by := range lasting {
		target, err := e.describe(ctx, by, e.Asked)
		switch {
		case err != nil:
			first = cmp.Or(first, err)
		case target.Failure == nil:
			return Answer{types.StringValue(strconv.FormatInt(target.ID, 10)), by.source()}
		default:
			first = cmp.Or(first, error(target.Failure))
		}
	}
	unknown := Answer{types.StringUnknown(), FromNobody}
	switch {
	case len(lasting) > 0:
		e.notFound(ctx, hands, lasting[0], first)
	case !hands.later:
		e.refuse(ctx, hands)
	}
	return unknown
}

// examine judges the target with the best token that there is.
func (e Examination) examine(ctx context.Context, hands Hands, id types.String) {
	sessions := hands.All()
	if len(sessions) == 0 {
		e.notChecked(hands, id)
		return
	}
	asked := e.Asked
	if !id.IsUnknown() && !e.Known.IsNull() {
		asked.ID = id.ValueString() // Another one may have the path by now.
	}
	var unknown error
	for i, by := range sessions {
		target, err := e.describe(ctx, by, asked)
		if err != nil {
			e.Diags.AddError("Could not look up the GitLab target", transport.Sentence(err.Error()))
			return
		}
		if i == 0 && e.judges() && !e.leadsElsewhere(ctx, by, target) {
			e.judge(ctx, by, e.named(target))
			e.partly(hands)
		}
		if e.Found == nil {
			return
		}
		if unknown = e.Found(ctx, by, target); unknown == nil {
			return
		}
	}
	if e.Risk.isThere() && !e.Diags.HasError() {
		e.Risk.Warn(fmt.Sprintf("%s: %s.", e.Risk.May, transport.Phrase(unknown.Error())))
	}
}

// named is a target that was asked for by its id, with how configuration names it.
func (e Examination) named(target gitlab.TargetDescription) gitlab.TargetDescription {
	if _, numeric := NumericID(e.Asked.ID); !numeric && target.Failure == nil {
		target.Renamed = target.Renamed || !sameName(target.Path, e.Asked.ID)
	}
	target.Asked = e.Asked
	return target
}

// leadsElsewhere reports that configuration names the target of a state by a path that leads to another one by now.
// Runs go on with that of the state, so somebody has to say which of the two is meant.
func (e Examination) leadsElsewhere(ctx context.Context, by Session, target gitlab.TargetDescription) bool {
	_, numeric := NumericID(e.Asked.ID)
	if numeric || e.Known.IsNull() || target.Failure == nil && sameName(target.Path, e.Asked.ID) {
		return false
	}
	taker, err := by.DescribeTarget(ctx, gitlab.TargetQuestion{Resource: e.Asked})
	if err != nil || taker.Failure != nil || strconv.FormatInt(taker.ID, 10) == e.Known.ValueString() {
		return false
	}
	finding := tokenpolicy.Finding{
		Severity: tokenpolicy.Error, Waivable: true, Aspect: tokenpolicy.AspectTargets, Summary: elsewhereSummary,
		Detail: elsewhere(e.Asked, e.Known.ValueString(), target, taker.ID),
	}
	if Validation(e.Data, e.Validation) == providerdata.ValidationWarn {
		finding = finding.AsWarning()
	}
	e.report(finding, finding.Message())
	return true
}

const elsewhereSummary = "Path of the target leads elsewhere"

// elsewhere is about a path that leads to another project or group than that of the state.
func elsewhere(asked gitlab.Resource, known string, target gitlab.TargetDescription, taker int64) string {
	today := "which GitLab does not show to the token"
	if target.Failure == nil {
		today = "which is at " + target.Path + " now"
	}
	return fmt.Sprintf("In the state, %[1]s has the id %[2]s, %[3]s, and the path leads to another one, with the id %[4]d. Infisical goes by the id, so it "+
		"stays with %[2]s.\nWrite %[5]s = %[2]q in target to keep that, or %[5]s = \"%[4]d\" for the other one.", asked, known, today, taker, asked.Kind)
}

// ChangedHands is the error of an apply that finds another project or group at a path than its plan did, which has
// planned to update what is in the state.
func ChangedHands(plan, state *Target) diag.Diagnostic {
	asked := plan.Asked()
	return diag.NewAttributeErrorDiagnostic(TargetPath, elsewhereSummary, fmt.Sprintf(
		"When the plan was made, %[1]s had the id %[2]s, as in the state. Now the path leads to another one, with the id %[3]s. Nothing was written.\n"+
			"Write %[4]s = %[2]q in target to keep that, or %[4]s = %[3]q for the other one, and plan again.", asked, state.ID.ValueString(),
		plan.ID.ValueString(), asked.Kind))
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

// describe asks for a target, and for the rights of the token there when it is the connection's.
func (e Examination) describe(ctx context.Context, by Session, asked gitlab.Resource) (gitlab.TargetDescription, error) {
	question := gitlab.TargetQuestion{Resource: asked}
	if by.own && e.judges() {
		token, err := e.token(ctx, by)
		if err != nil {
			return gitlab.TargetDescription{}, err
		}
		question.TargetOptions = tokenpolicy.TargetOptions(asked.Kind, []tokenpolicy.Use{e.Use}, token.Token)
	}
	return by.DescribeTarget(ctx, question)
}

// token describes the connection's token.
func (e Examination) token(ctx context.Context, by Session) (gitlab.Description, error) {
	return by.Describe(ctx, gitlab.DescribeOptions{AccessLevel: true})
}

// judge reports what is to be said of the target, and of the connection's token there. Of the provider's GitLab token's
// own rights nothing follows.
func (e Examination) judge(ctx context.Context, by Session, target gitlab.TargetDescription) {
	for _, finding := range e.findings(ctx, by, target) {
		if Validation(e.Data, e.Validation) == providerdata.ValidationWarn {
			finding = finding.AsWarning()
		}
		e.report(finding, finding.Message())
	}
}

func (e Examination) report(finding tokenpolicy.Finding, message string) {
	if finding.Severity == tokenpolicy.Warning {
		e.Diags.AddAttributeWarning(TargetPath, finding.Summary, message)
	} else {
		e.Diags.AddAttributeError(TargetPath, finding.Summary, message)
	}
}

func (e Examination) findings(ctx context.Context, by Session, target gitlab.TargetDescription) []tokenpolicy.Finding {
	uses := []tokenpolicy.Use{e.Use}
	inTarget := tokenpolicy.TargetCase{Instance: by.Instance(), Uses: uses, Only: true}
	if !by.own {
		return tokenpolicy.JudgeManagedTarget(target, target, inTarget)
	}
	token, err := e.token(ctx, by)
	if err != nil {
		return nil // The run was interrupted.
	}
	token = e.placed(ctx, by, token, target)
	var findings []tokenpolicy.Finding
	// Its end, and whatever else is no reason to stop, the connection tells.
	for _, finding := range tokenpolicy.Judge(token, tokenpolicy.Case{Instance: by.Instance(), Uses: uses, Now: e.Data.Now()}) {
		if finding.Severity == tokenpolicy.Error {
			findings = append(findings, finding)
		}
	}
	if tokenpolicy.Alive(token, e.Data.Now()) && len(findings) == 0 {
		findings = tokenpolicy.JudgeTarget(token, target, inTarget)
	}
	return findings
}

// placed names the project or group of a token by its path, which takes a request of its own where the token cannot see
// the target.
func (e Examination) placed(ctx context.Context, by Session, token gitlab.Description, target gitlab.TargetDescription) gitlab.Description {
	token = token.Named(target)
	if target.Failure == nil || !token.Kind.HasRole() || token.ResourceID == 0 || token.ResourcePath != "" {
		return token
	}
	own := gitlab.Resource{Kind: token.Kind, ID: strconv.FormatInt(token.ResourceID, 10)}
	place, err := by.DescribeTarget(ctx, gitlab.TargetQuestion{Resource: own})
	if err != nil || place.Failure != nil {
		return token
	}
	return token.Named(place)
}

// asGitLab is GitLab's own refusal, if an error is one.
func asGitLab(err error) *gitlab.Error {
	var failure *gitlab.Error
	if errors.As(err, &failure) {
		return failure
	}
	return nil
}
