package connection

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
)

// rotationDecision says whether a new token is created.
type rotationDecision struct {
	// reason completes "a new token will be created because …"; empty if none is, as far as it is known.
	reason string
	// open: it is known after apply, unless there is a reason already.
	open bool
	// otherName: the project, group or service account is spelled differently, and GitLab must tell whether it is
	// another one.
	otherName bool
	// dayCounts: these change, and the clock of the apply tells whether that makes a rotation due.
	dayCounts bool
	// waits says why the token is due although this plan does not replace it; empty if it is not.
	waits string
}

// comparison is what is known of a setting in the plan against state.
type comparison int

const (
	unchanged comparison = iota
	// undetermined: it is not known yet, or GitLab must tell.
	undetermined
	changed
)

// newRotationDecision decides whether an update makes a new token. It goes by what state and plan say, and by no clock,
// so that an apply does what its plan showed.
func newRotationDecision(plan, state resourceModel, before privateState) rotationDecision {
	switch ledger := before.ledger; {
	case state.ManagedAccessToken.Presence == attribute.Null:
		return rotationDecision{reason: "the connection changes to managed_access_token"}
	case ledger.Lost:
		return rotationDecision{reason: "the record of its tokens was lost, as when the provider's process dies during an apply, so it is not certain which " +
			"one Infisical has"}
	case ledger.Unsettled:
		return rotationDecision{reason: "an earlier rotation ended without an answer, so it is not certain which token Infisical has"}
	case ledger.Current == nil:
		return rotationDecision{reason: "no managed token is recorded"}
	}
	decision := compareSettings(plan, state)
	switch due := state.TokenDetails.RotationDue.ValueString(); { // As the last refresh decided by the clock.
	case decision.reason != "":
	case due != "":
		decision.reason = due
	case before.hashMoved(state):
		decision.reason = "the connection's credentials were changed outside Terraform, perhaps by another configuration that manages it"
	}
	return decision
}

// unrefreshed adds what a refresh would have found out by the clock, to a decision for no new token. The token is
// replaced only if nothing else changes: then the apply plans the same again, which has no refresh either, and is
// later. If something else changes, that plan cannot tell whether it was due when the apply's own plan was made; so
// both leave it to the next one. (A plan for nothing is not applied.)
func (d rotationDecision) unrefreshed(plan, state resourceModel, revokes bool, now time.Time) rotationDecision {
	if state.TokenDetails.Presence != attribute.Known {
		return d
	}
	due := state.ManagedAccessToken.schedule().DueForGood(state.TokenDetails.expiry(), now)
	if revokes || !attribute.Equal(&plan, &state) {
		d.waits = due
	} else {
		d.reason = due
	}
	return d
}

// compareSettings decides by the settings of the user.
func compareSettings(plan, state resourceModel) rotationDecision {
	before, after := state.ManagedAccessToken, plan.ManagedAccessToken
	if after.Presence == attribute.Unknown {
		return rotationDecision{open: true}
	}
	resource, otherResource := compareResources(before, after, state.TokenDetails)
	account, otherAccount := compareAccounts(before.ServiceAccount, after.ServiceAccount, state.TokenDetails)
	// Also while they are not known.
	dayCounts := !before.ExpirationDays.Equal(after.ExpirationDays) || !before.RotateBeforeDays.Equal(after.RotateBeforeDays)
	decision := rotationDecision{otherName: otherResource || otherAccount, dayCounts: dayCounts, open: dayCounts}
	for _, setting := range []struct {
		comparison
		reason string
	}{
		{compareURLs(state.InstanceURL, plan.InstanceURL), "instance_url changes"},
		{resource, differentResource},
		{account, differentAccount},
		{compare(before.scopes(), after.scopes()), "its scopes change"},
		{compare(before.AccessLevel, after.AccessLevel), "its role changes"},
		{compareMaps(before.RotationTriggers, after.RotationTriggers), "rotation_triggers changed"},
	} {
		if setting.comparison == changed && decision.reason == "" {
			decision.reason = setting.reason
		}
		decision.open = decision.open || setting.comparison == undetermined
	}
	return decision
}

const (
	differentResource = "its project or group changes"
	differentAccount  = "its service account changes"
)

func compare(state, plan attr.Value) comparison {
	switch {
	case state.Equal(plan):
		return unchanged
	case !fullyKnown(plan):
		return undetermined
	}
	return changed
}

// compareMaps: an empty map is none.
func compareMaps(state, plan types.Map) comparison {
	if !plan.IsUnknown() && len(state.Elements())+len(plan.Elements()) == 0 {
		return unchanged
	}
	return compare(state, plan)
}

func compareURLs(state, plan types.String) comparison {
	switch {
	case plan.IsUnknown():
		return undetermined
	case sameInstanceURL(state, plan):
		return unchanged
	}
	return changed
}

// compareResources compares the project or group that tokens are made in. Its id tells, and where there is only a path
// GitLab must be asked: paths change without it, and differ in case. The second result is whether asking would help.
func compareResources(state, plan managedModel, token tokenDetailsModel) (comparison, bool) {
	switch {
	case plan.Group.IsUnknown() || plan.Project.IsUnknown():
		return undetermined, false
	case state.Group.Equal(plan.Group) && state.Project.Equal(plan.Project):
		return unchanged, false
	}
	before, after := state.resource(), plan.resource()
	switch _, err := strconv.ParseInt(after.ID, 10, 64); {
	case before.Kind != after.Kind || token.ResourceID.IsNull():
		return changed, false
	case err != nil:
		return undetermined, true
	case after.ID == token.ResourceID.ValueString():
		return unchanged, false
	}
	return changed, false
}

// compareAccounts compares the service accounts that tokens are made for; null stands for the token of a bot user. Like
// compareResources, it goes by what state records of the token, and says whether asking GitLab would help.
func compareAccounts(state, plan types.String, token tokenDetailsModel) (comparison, bool) {
	switch {
	case plan.IsUnknown():
		return undetermined, false
	case state.Equal(plan):
		return unchanged, false
	case state.IsNull() || plan.IsNull() || token.ServiceAccountID.IsNull():
		return changed, false
	case token.ServiceAccountID.Equal(plan):
		return unchanged, false
	}
	return undetermined, true
}

// fullyKnown also checks the elements of sets and maps.
func fullyKnown(value attr.Value) bool {
	var elements []attr.Value
	switch value := value.(type) {
	case types.Set:
		elements = value.Elements()
	case types.Map:
		elements = slices.Collect(maps.Values(value.Elements()))
	}
	return !value.IsUnknown() && !slices.ContainsFunc(elements, attr.Value.IsUnknown)
}
