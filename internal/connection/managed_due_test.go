package connection

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

func textSet(values ...string) types.Set {
	return types.SetValueMust(types.StringType, textValues(values))
}

func triggers(values map[string]attr.Value) types.Map {
	return types.MapValueMust(types.StringType, values)
}

func TestRotationFacts(t *testing.T) {
	t.Parallel()
	settings := func(change func(*managedModel)) managedModel {
		model := managedModel{
			Presence: providerdata.Known,
			Group:    types.StringValue("acme"), AccessLevel: types.StringValue("owner"), Scopes: textSet("api"),
			ExpirationDays: types.Int64Value(90), RotateBeforeDays: types.Int64Value(30), RotationTriggers: types.MapNull(types.StringType),
		}
		if change != nil {
			change(&model)
		}
		return model
	}
	here := types.StringValue("https://gitlab.example.com")
	at := func(plan managedModel) rotationFacts {
		return rotationFacts{
			state: settings(nil), plan: plan, stateURL: here, planURL: here,
			token: tokenModel{Presence: providerdata.Known, ResourceID: types.Int64Value(87)}, ledger: managedtoken.Ledger{Current: &managedtoken.Token{ID: 1}},
		}
	}
	with := func(c rotationFacts, change func(*rotationFacts)) rotationFacts { change(&c); return c }
	plan := func(change func(*managedModel)) rotationFacts { return at(settings(change)) }
	a := types.StringValue("a")

	for name, tc := range map[string]struct {
		rotationFacts
		reason                     string
		open, otherName, dayCounts bool
	}{
		"nothing changes":          {rotationFacts: plan(nil)},
		"not managed before":       {rotationFacts: with(plan(nil), func(c *rotationFacts) { c.state = managedModel{} }), reason: "changes to managed_access_token"},
		"not managed before, open": {rotationFacts: with(plan(nil), func(c *rotationFacts) { c.state, c.plan = managedModel{}, managedModel{Presence: providerdata.Unknown} }), reason: "changes to managed_access_token"},
		"unsettled":                {rotationFacts: with(plan(nil), func(c *rotationFacts) { c.ledger.Unsettled = true }), reason: "ended without an answer"},
		"record lost":              {rotationFacts: with(plan(nil), func(c *rotationFacts) { c.ledger.Lost, c.ledger.Unsettled = true, true }), reason: "was lost"},
		"no token on record":       {rotationFacts: with(plan(nil), func(c *rotationFacts) { c.ledger.Current = nil }), reason: "is recorded"},
		"due":                      {rotationFacts: with(plan(nil), func(c *rotationFacts) { c.token.RotationDue = types.StringValue("it is time") }), reason: "it is time"},
		"somebody else wrote":      {rotationFacts: with(plan(nil), func(c *rotationFacts) { c.hashMoved = true }), reason: "outside Terraform"},
		"settings not known":       {rotationFacts: at(managedModel{Presence: providerdata.Unknown}), open: true},

		"other scopes":     {rotationFacts: plan(func(m *managedModel) { m.Scopes = textSet("read_api") }), reason: "scopes"},
		"scopes not known": {rotationFacts: plan(func(m *managedModel) { m.Scopes = types.SetUnknown(types.StringType) }), open: true},
		"a scope not known": {rotationFacts: plan(func(m *managedModel) {
			m.Scopes = types.SetValueMust(types.StringType, []attr.Value{types.StringUnknown()})
		}), open: true},
		"other role":                    {rotationFacts: plan(func(m *managedModel) { m.AccessLevel = types.StringValue("maintainer") }), reason: "role"},
		"role not known":                {rotationFacts: plan(func(m *managedModel) { m.AccessLevel = types.StringUnknown() }), open: true},
		"role not known, scopes change": {rotationFacts: plan(func(m *managedModel) { m.AccessLevel, m.Scopes = types.StringUnknown(), textSet("read_api") }), reason: "scopes", open: true},

		"triggers appear":        {rotationFacts: plan(func(m *managedModel) { m.RotationTriggers = triggers(map[string]attr.Value{"a": a}) }), reason: "rotation_triggers"},
		"triggers appear, empty": {rotationFacts: plan(func(m *managedModel) { m.RotationTriggers = triggers(nil) })},
		"triggers not known":     {rotationFacts: plan(func(m *managedModel) { m.RotationTriggers = types.MapUnknown(types.StringType) }), open: true},
		"a trigger not known": {rotationFacts: plan(func(m *managedModel) {
			m.RotationTriggers = triggers(map[string]attr.Value{"a": types.StringUnknown()})
		}), open: true},
		"empty triggers disappear": {rotationFacts: with(plan(nil), func(c *rotationFacts) { c.state.RotationTriggers = triggers(nil) })},
		"triggers disappear":       {rotationFacts: with(plan(nil), func(c *rotationFacts) { c.state.RotationTriggers = triggers(map[string]attr.Value{"a": a}) }), reason: "rotation_triggers"},
		"triggers become empty":    {rotationFacts: with(plan(func(m *managedModel) { m.RotationTriggers = triggers(nil) }), func(c *rotationFacts) { c.state.RotationTriggers = triggers(map[string]attr.Value{"a": a}) }), reason: "rotation_triggers"},
		"triggers remain":          {rotationFacts: with(plan(func(m *managedModel) { m.RotationTriggers = triggers(map[string]attr.Value{"a": a}) }), func(c *rotationFacts) { c.state.RotationTriggers = triggers(map[string]attr.Value{"a": a}) })},

		"group by its id":          {rotationFacts: plan(func(m *managedModel) { m.Group = types.StringValue("87") })},
		"another group by id":      {rotationFacts: plan(func(m *managedModel) { m.Group = types.StringValue("88") }), reason: "its project or group changes"},
		"another path":             {rotationFacts: plan(func(m *managedModel) { m.Group = types.StringValue("acme/platform") }), open: true, otherName: true},
		"from the id to a path":    {rotationFacts: with(plan(nil), func(c *rotationFacts) { c.state.Group = types.StringValue("87") }), open: true, otherName: true},
		"id of no recorded token":  {rotationFacts: with(plan(func(m *managedModel) { m.Group = types.StringValue("87") }), func(c *rotationFacts) { c.token = tokenModel{} }), reason: "its project or group changes"},
		"project of the same id":   {rotationFacts: plan(func(m *managedModel) { m.Group, m.Project = types.StringNull(), types.StringValue("87") }), reason: "its project or group changes"},
		"group not known":          {rotationFacts: plan(func(m *managedModel) { m.Group = types.StringUnknown() }), open: true},
		"project instead, unknown": {rotationFacts: plan(func(m *managedModel) { m.Group, m.Project = types.StringNull(), types.StringUnknown() }), open: true},

		"another GitLab":          {rotationFacts: with(plan(nil), func(c *rotationFacts) { c.planURL = types.StringValue("https://other.example.com") }), reason: "instance_url"},
		"GitLab not known":        {rotationFacts: with(plan(nil), func(c *rotationFacts) { c.planURL = types.StringUnknown() }), open: true},
		"GitLab in other letters": {rotationFacts: with(plan(nil), func(c *rotationFacts) { c.planURL = types.StringValue("https://GITLAB.example.com/") })},

		"longer life":    {rotationFacts: plan(func(m *managedModel) { m.ExpirationDays = types.Int64Value(120) }), open: true, dayCounts: true},
		"later rotation": {rotationFacts: plan(func(m *managedModel) { m.RotateBeforeDays = types.Int64Value(10) }), open: true, dayCounts: true},
		"days not known": {rotationFacts: plan(func(m *managedModel) { m.ExpirationDays = types.Int64Unknown() }), open: true, dayCounts: true},
		"longer life, and role": {rotationFacts: plan(func(m *managedModel) {
			m.ExpirationDays, m.AccessLevel = types.Int64Value(120), types.StringValue("guest")
		}), reason: "role", open: true, dayCounts: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := tc.decision()
			if got.open != tc.open || got.otherName != tc.otherName || got.dayCounts != tc.dayCounts {
				t.Errorf("got %+v", got)
			}
			if (got.reason == "") != (tc.reason == "") || !strings.Contains(got.reason, tc.reason) {
				t.Errorf("got the reason %q, want %q", got.reason, tc.reason)
			}
		})
	}
}
