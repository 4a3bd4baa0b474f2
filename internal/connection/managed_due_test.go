package connection

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
)

func textSet(values ...string) types.Set {
	return types.SetValueMust(types.StringType, textValues(values))
}

func triggers(values map[string]attr.Value) types.Map {
	return types.MapValueMust(types.StringType, values)
}

func TestNewRotationDecision(t *testing.T) {
	t.Parallel()
	settings := func(change func(*managedModel)) managedModel {
		model := managedModel{
			Presence: attribute.Known,
			Group:    types.StringValue("acme"), AccessLevel: types.StringValue("owner"), Scopes: textSet("api"),
			ExpirationDays: types.Int64Value(90), RotateBeforeDays: types.Int64Value(30), RotationTriggers: types.MapNull(types.StringType),
		}
		if change != nil {
			change(&model)
		}
		return model
	}
	here := types.StringValue("https://gitlab.example.com")
	at := func(plan managedModel) operation {
		return operation{
			state: resourceModel{
				ManagedAccessToken: settings(nil), InstanceURL: here,
				TokenDetails: tokenDetailsModel{Presence: attribute.Known, ResourceID: types.StringValue("87")},
			},
			plan:   resourceModel{ManagedAccessToken: plan, InstanceURL: here},
			before: privateState{ledger: managedtoken.Ledger{Current: &managedtoken.Token{ID: 1}}},
		}
	}
	with := func(c operation, change func(*operation)) operation { change(&c); return c }
	plan := func(change func(*managedModel)) operation { return at(settings(change)) }
	a := types.StringValue("a")

	for name, tc := range map[string]struct {
		operation
		reason                     string
		open, otherName, dayCounts bool
	}{
		"nothing changes": {operation: plan(nil)},
		"not managed before": {operation: with(plan(nil), func(c *operation) { c.state.ManagedAccessToken = managedModel{} }),
			reason: "changes to managed_access_token"},
		"not managed before, open": {operation: with(plan(nil), func(c *operation) {
			c.state.ManagedAccessToken, c.plan.ManagedAccessToken = managedModel{}, managedModel{Presence: attribute.Unknown}
		}), reason: "changes to managed_access_token"},
		"unsettled": {operation: with(plan(nil), func(c *operation) { c.before.ledger.Unsettled = true }), reason: "ended without an answer"},
		"record lost": {operation: with(plan(nil), func(c *operation) { c.before.ledger.Lost, c.before.ledger.Unsettled = true, true }),
			reason: "was lost"},
		"no token on record": {operation: with(plan(nil), func(c *operation) { c.before.ledger.Current = nil }), reason: "is recorded"},
		"due": {operation: with(plan(nil), func(c *operation) { c.state.TokenDetails.RotationDue = types.StringValue("it is time") }),
			reason: "it is time"},
		"somebody else wrote": {operation: with(plan(nil), func(c *operation) { c.before.last = &lastWrite{Hash: "moved"} }), reason: "outside Terraform"},
		"settings not known":  {operation: at(managedModel{Presence: attribute.Unknown}), open: true},

		"a service account appears":   {operation: plan(func(m *managedModel) { m.ServiceAccount = a }), reason: "service account"},
		"a service account not known": {operation: plan(func(m *managedModel) { m.ServiceAccount = types.StringUnknown() }), open: true},
		"no service account any more": {operation: with(plan(nil), func(c *operation) { c.state.ManagedAccessToken.ServiceAccount = a }),
			reason: "service account"},
		"the account by its id": {operation: with(plan(func(m *managedModel) { m.ServiceAccount = types.StringValue("6") }), func(c *operation) {
			c.state.ManagedAccessToken.ServiceAccount, c.state.TokenDetails.ServiceAccountID = a, types.StringValue("6")
		})},
		"the account by another name": {operation: with(plan(func(m *managedModel) { m.ServiceAccount = types.StringValue("b") }), func(c *operation) {
			c.state.ManagedAccessToken.ServiceAccount, c.state.TokenDetails.ServiceAccountID = a, types.StringValue("6")
		}), open: true, otherName: true},
		"another account, none recorded": {operation: with(plan(func(m *managedModel) { m.ServiceAccount = types.StringValue("b") }), func(c *operation) {
			c.state.ManagedAccessToken.ServiceAccount = a
		}), reason: "service account"},

		"other scopes":     {operation: plan(func(m *managedModel) { m.Scopes = textSet("read_api") }), reason: "scopes"},
		"scopes not known": {operation: plan(func(m *managedModel) { m.Scopes = types.SetUnknown(types.StringType) }), open: true},
		"a scope not known": {operation: plan(func(m *managedModel) {
			m.Scopes = types.SetValueMust(types.StringType, []attr.Value{types.StringUnknown()})
		}), open: true},
		"other role":     {operation: plan(func(m *managedModel) { m.AccessLevel = types.StringValue("maintainer") }), reason: "role"},
		"role not known": {operation: plan(func(m *managedModel) { m.AccessLevel = types.StringUnknown() }), open: true},
		"role not known, scopes change": {operation: plan(func(m *managedModel) { m.AccessLevel, m.Scopes = types.StringUnknown(), textSet("read_api") }),
			reason: "scopes", open: true},

		"triggers appear": {operation: plan(func(m *managedModel) { m.RotationTriggers = triggers(map[string]attr.Value{"a": a}) }),
			reason: "rotation_triggers"},
		"triggers appear, empty": {operation: plan(func(m *managedModel) { m.RotationTriggers = triggers(nil) })},
		"triggers not known":     {operation: plan(func(m *managedModel) { m.RotationTriggers = types.MapUnknown(types.StringType) }), open: true},
		"a trigger not known": {operation: plan(func(m *managedModel) {
			m.RotationTriggers = triggers(map[string]attr.Value{"a": types.StringUnknown()})
		}), open: true},
		"empty triggers disappear": {operation: with(plan(nil), func(c *operation) { c.state.ManagedAccessToken.RotationTriggers = triggers(nil) })},
		"triggers disappear": {operation: with(plan(nil), func(c *operation) {
			c.state.ManagedAccessToken.RotationTriggers = triggers(map[string]attr.Value{"a": a})
		}), reason: "rotation_triggers"},
		"triggers become empty": {operation: with(plan(func(m *managedModel) { m.RotationTriggers = triggers(nil) }), func(c *operation) {
			c.state.ManagedAccessToken.RotationTriggers = triggers(map[string]attr.Value{"a": a})
		}), reason: "rotation_triggers"},
		"triggers remain": {operation: with(plan(func(m *managedModel) { m.RotationTriggers = triggers(map[string]attr.Value{"a": a}) }), func(c *operation) {
			c.state.ManagedAccessToken.RotationTriggers = triggers(map[string]attr.Value{"a": a})
		})},

		"group by its id":     {operation: plan(func(m *managedModel) { m.Group = types.StringValue("87") })},
		"another group by id": {operation: plan(func(m *managedModel) { m.Group = types.StringValue("88") }), reason: "its project or group changes"},
		"another path":        {operation: plan(func(m *managedModel) { m.Group = types.StringValue("acme/platform") }), open: true, otherName: true},
		"from the id to a path": {operation: with(plan(nil), func(c *operation) { c.state.ManagedAccessToken.Group = types.StringValue("87") }), open: true,
			otherName: true},
		"id of no recorded token": {operation: with(plan(func(m *managedModel) { m.Group = types.StringValue("87") }),
			func(c *operation) { c.state.TokenDetails = tokenDetailsModel{} }), reason: "its project or group changes"},
		"project of the same id": {operation: plan(func(m *managedModel) { m.Group, m.Project = types.StringNull(), types.StringValue("87") }),
			reason: "its project or group changes"},
		"group not known":          {operation: plan(func(m *managedModel) { m.Group = types.StringUnknown() }), open: true},
		"project instead, unknown": {operation: plan(func(m *managedModel) { m.Group, m.Project = types.StringNull(), types.StringUnknown() }), open: true},

		"another GitLab": {operation: with(plan(nil), func(c *operation) { c.plan.InstanceURL = types.StringValue("https://other.example.com") }),
			reason: "instance_url"},
		"GitLab not known":        {operation: with(plan(nil), func(c *operation) { c.plan.InstanceURL = types.StringUnknown() }), open: true},
		"GitLab in other letters": {operation: with(plan(nil), func(c *operation) { c.plan.InstanceURL = types.StringValue("https://GITLAB.example.com/") })},

		"longer life":    {operation: plan(func(m *managedModel) { m.ExpirationDays = types.Int64Value(120) }), open: true, dayCounts: true},
		"later rotation": {operation: plan(func(m *managedModel) { m.RotateBeforeDays = types.Int64Value(10) }), open: true, dayCounts: true},
		"days not known": {operation: plan(func(m *managedModel) { m.ExpirationDays = types.Int64Unknown() }), open: true, dayCounts: true},
		"longer life, and role": {operation: plan(func(m *managedModel) {
			m.ExpirationDays, m.AccessLevel = types.Int64Value(120), types.StringValue("guest")
		}), reason: "role", open: true, dayCounts: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := newRotationDecision(tc.plan, tc.state, tc.before)
			if got.open != tc.open || got.otherName != tc.otherName || got.dayCounts != tc.dayCounts {
				t.Errorf("got %+v", got)
			}
			if (got.reason == "") != (tc.reason == "") || !strings.Contains(got.reason, tc.reason) {
				t.Errorf("got the reason %q, want %q", got.reason, tc.reason)
			}
		})
	}
}

// However much later the apply is, it comes to what the plan without a refresh showed: a new token only if that was
// planned, and then always.
func TestUnrefreshedDecision_holdsUntilTheApply(t *testing.T) {
	t.Parallel()
	const none = -100
	expires := time.Date(2027, 2, 20, 0, 0, 0, 0, time.UTC)
	state := resourceModel{
		Name: types.StringValue("platform"),
		ManagedAccessToken: managedModel{
			Presence: attribute.Known, ExpirationDays: types.Int64Value(90), RotateBeforeDays: types.Int64Value(30),
		},
		TokenDetails: tokenDetailsModel{Presence: attribute.Known, ExpiresAt: types.StringValue("2027-02-20")},
	}
	renamed := state
	renamed.Name = types.StringValue("renamed")
	never := state
	never.TokenDetails.ExpiresAt = types.StringNull()
	unknown := state
	unknown.TokenDetails = tokenDetailsModel{}
	for name, tc := range map[string]struct {
		plan, state resourceModel
		revokes     bool
		// rotates is the first day before its expiry on which the token is replaced, and waits on which only a word is
		// said.
		rotates, waits int
	}{
		"nothing else":                 {state, state, false, 30, none},
		"another name":                 {renamed, state, false, none, 30},
		"tokens to revoke":             {state, state, true, none, 30},
		"a token that never expires":   {never, never, false, 200, none},
		"a token that nothing says of": {unknown, unknown, false, none, none},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rotated := false
			for left := 200; left >= -10; left-- { // Also a token that lives longer than expiration_days.
				decision := rotationDecision{}.unrefreshed(tc.plan, tc.state, tc.revokes, expires.AddDate(0, 0, -left))
				if got, want := decision.reason != "", tc.rotates >= left; got != want {
					t.Errorf("%d days before its expiry the token is replaced: %t, want %t", left, got, want)
				}
				if got, want := decision.waits != "", tc.waits >= left; got != want {
					t.Errorf("%d days before its expiry it waits: %t, want %t", left, got, want)
				}
				if rotated && decision.reason == "" {
					t.Errorf("what was planned before is not done %d days before the expiry", left)
				}
				rotated = decision.reason != ""
			}
		})
	}
}
