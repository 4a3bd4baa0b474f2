package preflight

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// notChecked says once that nobody could be asked about a target whose id is known, or becomes known in the apply. The
// apply of something that exists does not repeat what its plan may have checked: it has less at hand, because it never
// visits a connection that stays as it is.
func (e Examination) notChecked(hands Hands, id types.String) {
	phase := e.phase()
	mayBeApply := phase == providerdata.Unclear && e.Exists
	if phase == providerdata.Applying || mayBeApply && !e.Risk.isThere() {
		return
	}
	risk := ""
	if e.Risk.isThere() {
		risk = fmt.Sprintf("\n%s.", e.Risk.May)
	}
	if phase == providerdata.Unclear {
		risk += "\nIf this is an apply, what its plan has said holds: a plan may have a token that its apply has not."
	}
	needs := id.IsUnknown() && hands.mayStay
	if !needs && (!e.judges() || mayBeApply) {
		e.Risk.Warn(hands.why() + risk)
		return
	}
	next := cmp.Or(e.Shows, "The apply") + " will show it."
	if hands.later {
		next = "The apply checks it before it writes, if it has a token by then."
	}
	if needs {
		next += "\n" + e.needsAnother()
	}
	e.Diags.AddAttributeWarning(TargetPath, "GitLab target not checked", fmt.Sprintf("The provider did not check whether Infisical can %s %s. %s %s%s",
		e.Aim, e.Asked, hands.why(), next, risk))
}

// needsAnother says what the apply cannot look up the id of the target with.
func (e Examination) needsAnother() string {
	return "If the token turns out to be the one that the connection has, the connection does not change, and the apply has no token to look up the id with. " +
		"Then write the id, or set " + e.anyToken()
}

// requireConnection looks whether a connection is there that this process knows nothing of. One that is not is refused
// here, and so is one that cannot be read, before anything is destroyed for it. Otherwise it returns why that failed.
func (e Examination) requireConnection(ctx context.Context) error {
	id := e.ConnectionID.ValueString()
	if e.Data.Infisical == nil || e.ConnectionID.IsUnknown() || e.phase() == providerdata.Applying || e.Data.Refreshed(id) || knows(e.Data, id) {
		return nil
	}
	at := path.Root("connection_id")
	_, err := e.Data.Infisical.Connections.Glance(ctx, id)
	switch {
	case infisical.IsNotFound(err):
		e.Diags.AddAttributeError(at, "No such GitLab connection", providerdata.NoneHasID("connection", id, err))
	case err != nil && e.Replaces:
		for _, said := range (providerdata.Failure{Summary: "Could not read the GitLab connection"}).Diagnose(err) {
			e.Diags.AddAttributeError(at, said.Summary(), said.Detail()+"\nWithout it, what replaces this could not be created, so the plan ends here.")
		}
	}
	return err
}

// knows reports that a connection was planned or written in this process.
func knows(data *providerdata.Data, id string) bool {
	_, left := data.Tokens.Of(id)
	_, promised := data.Tokens.Promised(id)
	return left || promised || data.Walk.Changes(id)
}

// partly says that a connection's own rights in a target are known only in the apply.
func (e Examination) partly(hands Hands) {
	if hands.later && hands.provider != nil && e.judges() && !e.Diags.HasError() {
		e.Diags.AddAttributeWarning(TargetPath, "Rights of the connection's token not checked", fmt.Sprintf("So far only gitlab.token has shown that "+
			"the target is there. The apply checks before it writes whether Infisical can %s %s: %s.", e.Aim, e.Asked, hands.without[0]))
	}
}

// Unknown says what a plan cannot know whose target is known only after apply. It returns the token that the apply can
// look up a path with.
func (e Examination) Unknown(ctx context.Context) Source {
	unreadable := e.requireConnection(ctx)
	if e.Diags.HasError() {
		return FromNobody
	}
	hands := AtHand(ctx, e.Data, e.ConnectionID)
	hands.unreadable = unreadable
	by := hands.source(e.phase())
	lasts := by != FromNobody
	if lasts && !e.Risk.isThere() && !hands.mayStay {
		return by
	}
	detail := "The target is known only after apply."
	if !lasts && e.Exists {
		e.Diags.AddAttributeError(TargetPath, needsID, fmt.Sprintf("The target is known only after apply, which replaces this: it would be deleted, and if the target "+
			"is named by a path then, what replaces it could not be created. %s\nApply first what the target comes from, for example with -target, or set %s",
			hands.why(), e.anyToken()))
		return by
	}
	if !lasts {
		detail += " If it is named by a path then, the apply needs a token to look up its id. " + hands.why()
		detail += fmt.Sprintf("\nWrite a numeric id there, which needs none, or set %s", e.anyToken())
	}
	if hands.mayStay {
		detail += " " + e.needsAnother()
	}
	if e.Risk.isThere() {
		detail += fmt.Sprintf("\n%s.", e.Risk.May)
	}
	e.Diags.AddAttributeWarning(TargetPath, "GitLab target not checked", detail)
	return by
}

// needsID is how a plan without a token that lasts is refused.
const needsID = "Id of the GitLab target needed"

// refuse says why the id of a target cannot be looked up, and both ways out.
func (e Examination) refuse(ctx context.Context, hands Hands) {
	switch {
	case hands.own == nil && hands.unread != nil:
		said := providerdata.Failure{Summary: "Could not look up the GitLab target"}.Diagnose(hands.unread)[0]
		e.Diags.AddAttributeError(path.Root("connection_id"), said.Summary(), fmt.Sprintf(
			"Infisical needs the numeric id of %s. To ask the right GitLab for it, the provider reads the connection, and that failed.\n%s", e.Asked, said.Detail()))
		return
	case hands.own == nil:
		e.Diags.AddAttributeError(TargetPath, needsID, fmt.Sprintf("Infisical needs the numeric id of %s. %s\nWrite the id, which GitLab shows in "+
			"the menu beside the name, or set %s", e.Asked, hands.why(), e.anyToken()))
		return
	}
	target, err := e.describe(ctx, *hands.own, e.Asked)
	if failure := cmp.Or(err, asError(target.Failure)); failure != nil {
		e.notFound(ctx, hands, *hands.own, failure)
		return
	}
	e.Diags.AddAttributeError(TargetPath, needsID, fmt.Sprintf("Infisical needs the numeric id of %s, which is %d. This plan found it with the "+
		"connection's token, and the apply does not have that, because the connection does not change.\nWrite %s = \"%d\", or set %s",
		e.Asked, target.ID, e.Asked.Kind, target.ID, e.anyToken()))
}

// anyToken is the way out that leaves the path in the configuration.
func (e Examination) anyToken() string {
	return fmt.Sprintf("gitlab.token of the provider block, or GITLAB_TOKEN, to a token that may read the %s; the connection's own will do.", e.Asked.Kind)
}

// notFound reports that a look for the id failed. Of a token that cannot see the target it says where it belongs.
func (e Examination) notFound(ctx context.Context, hands Hands, by Session, failure error) {
	refusal := asGitLab(failure)
	if refusal != nil && hands.later && Validation(e.Data, e.Validation) != providerdata.ValidationEnforce {
		e.Diags.AddAttributeWarning(TargetPath, "GitLab target not checked", fmt.Sprintf("Asking %s for %s with gitlab.token failed: %s.\nThe apply asks with "+
			"the connection's token.", by.Instance(), e.Asked, transport.Phrase(refusal.Explain())))
		return
	}
	if refusal == nil {
		e.Diags.AddError("Could not look up the GitLab target", transport.Sentence(failure.Error()))
		return
	}
	if gitlab.IsNotFound(refusal) {
		if !by.own && hands.own != nil && e.ownSees(ctx, *hands.own) {
			e.refuse(ctx, hands)
			return
		}
		for _, finding := range e.findings(ctx, by, gitlab.TargetDescription{Asked: e.Asked, Failure: refusal}) {
			if finding.Severity == tokenpolicy.Error {
				e.report(finding, finding.Detail+"\nThe numeric id in place of the path needs no look-up.")
			}
		}
	}
	if !e.Diags.HasError() {
		e.Diags.AddAttributeError(TargetPath, "Could not look up the GitLab target", fmt.Sprintf("Asking %s for %s failed: %s.\nCheck the path, or write the "+
			"numeric id, which Infisical needs.", by.Instance(), e.Asked, transport.Phrase(refusal.Explain())))
	}
}

func (e Examination) ownSees(ctx context.Context, own Session) bool {
	target, err := e.describe(ctx, own, e.Asked)
	return err == nil && target.Failure == nil
}

// asError avoids an error that holds a nil pointer.
func asError(failure *gitlab.Error) error {
	if failure == nil {
		return nil
	}
	return failure
}

// sameName reports that two paths are those of one target: GitLab's paths know no case.
func sameName(a, b string) bool { return strings.EqualFold(a, b) }
