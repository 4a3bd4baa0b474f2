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

func TestMintCase(t *testing.T) {
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
	at := func(plan managedModel) mintCase {
		return mintCase{
			state: settings(nil), plan: plan, stateURL: here, planURL: here,
			token: tokenModel{Presence: providerdata.Known, ResourceID: types.Int64Value(87)}, ledger: managedtoken.Ledger{Current: &managedtoken.Token{ID: 1}},
		}
	}
	with := func(c mintCase, change func(*mintCase)) mintCase { change(&c); return c }
	plan := func(change func(*managedModel)) mintCase { return at(settings(change)) }
	a := types.StringValue("a")

	for name, tc := range map[string]struct {
		mintCase
		reason                     string
		open, otherName, dayCounts bool
	}{
		"nothing changes":          {mintCase: plan(nil)},
		"not managed before":       {mintCase: with(plan(nil), func(c *mintCase) { c.state = managedModel{} }), reason: "manage its own token"},
		"not managed before, open": {mintCase: with(plan(nil), func(c *mintCase) { c.state, c.plan = managedModel{}, managedModel{Presence: providerdata.Unknown} }), reason: "manage its own token"},
		"unsettled":                {mintCase: with(plan(nil), func(c *mintCase) { c.ledger.Unsettled = true }), reason: "ended without an answer"},
		"record lost":              {mintCase: with(plan(nil), func(c *mintCase) { c.ledger.Lost, c.ledger.Unsettled = true, true }), reason: "is lost"},
		"no token on record":       {mintCase: with(plan(nil), func(c *mintCase) { c.ledger.Current = nil }), reason: "on record"},
		"due":                      {mintCase: with(plan(nil), func(c *mintCase) { c.token.RotationDue = types.StringValue("it is time") }), reason: "it is time"},
		"somebody else wrote":      {mintCase: with(plan(nil), func(c *mintCase) { c.hashMoved = true }), reason: "somebody else"},
		"settings not known":       {mintCase: at(managedModel{Presence: providerdata.Unknown}), open: true},

		"other scopes":     {mintCase: plan(func(m *managedModel) { m.Scopes = textSet("read_api") }), reason: "scopes"},
		"scopes not known": {mintCase: plan(func(m *managedModel) { m.Scopes = types.SetUnknown(types.StringType) }), open: true},
		"a scope not known": {mintCase: plan(func(m *managedModel) {
			m.Scopes = types.SetValueMust(types.StringType, []attr.Value{types.StringUnknown()})
		}), open: true},
		"other role":                    {mintCase: plan(func(m *managedModel) { m.AccessLevel = types.StringValue("maintainer") }), reason: "role"},
		"role not known":                {mintCase: plan(func(m *managedModel) { m.AccessLevel = types.StringUnknown() }), open: true},
		"role not known, scopes change": {mintCase: plan(func(m *managedModel) { m.AccessLevel, m.Scopes = types.StringUnknown(), textSet("read_api") }), reason: "scopes", open: true},

		"triggers appear":        {mintCase: plan(func(m *managedModel) { m.RotationTriggers = triggers(map[string]attr.Value{"a": a}) }), reason: "rotation_triggers"},
		"triggers appear, empty": {mintCase: plan(func(m *managedModel) { m.RotationTriggers = triggers(nil) })},
		"triggers not known":     {mintCase: plan(func(m *managedModel) { m.RotationTriggers = types.MapUnknown(types.StringType) }), open: true},
		"a trigger not known": {mintCase: plan(func(m *managedModel) {
			m.RotationTriggers = triggers(map[string]attr.Value{"a": types.StringUnknown()})
		}), open: true},
		"empty triggers disappear": {mintCase: with(plan(nil), func(c *mintCase) { c.state.RotationTriggers = triggers(nil) })},
		"triggers disappear":       {mintCase: with(plan(nil), func(c *mintCase) { c.state.RotationTriggers = triggers(map[string]attr.Value{"a": a}) }), reason: "rotation_triggers"},
		"triggers become empty":    {mintCase: with(plan(func(m *managedModel) { m.RotationTriggers = triggers(nil) }), func(c *mintCase) { c.state.RotationTriggers = triggers(map[string]attr.Value{"a": a}) }), reason: "rotation_triggers"},
		"triggers remain":          {mintCase: with(plan(func(m *managedModel) { m.RotationTriggers = triggers(map[string]attr.Value{"a": a}) }), func(c *mintCase) { c.state.RotationTriggers = triggers(map[string]attr.Value{"a": a}) })},

		"group by its id":          {mintCase: plan(func(m *managedModel) { m.Group = types.StringValue("87") })},
		"another group by id":      {mintCase: plan(func(m *managedModel) { m.Group = types.StringValue("88") }), reason: "another project or group"},
		"another path":             {mintCase: plan(func(m *managedModel) { m.Group = types.StringValue("acme/platform") }), open: true, otherName: true},
		"from the id to a path":    {mintCase: with(plan(nil), func(c *mintCase) { c.state.Group = types.StringValue("87") }), open: true, otherName: true},
		"id of no recorded token":  {mintCase: with(plan(func(m *managedModel) { m.Group = types.StringValue("87") }), func(c *mintCase) { c.token = tokenModel{} }), reason: "another project or group"},
		"project of the same id":   {mintCase: plan(func(m *managedModel) { m.Group, m.Project = types.StringNull(), types.StringValue("87") }), reason: "another project or group"},
		"group not known":          {mintCase: plan(func(m *managedModel) { m.Group = types.StringUnknown() }), open: true},
		"project instead, unknown": {mintCase: plan(func(m *managedModel) { m.Group, m.Project = types.StringNull(), types.StringUnknown() }), open: true},

		"another GitLab":          {mintCase: with(plan(nil), func(c *mintCase) { c.planURL = types.StringValue("https://other.example.com") }), reason: "instance_url"},
		"GitLab not known":        {mintCase: with(plan(nil), func(c *mintCase) { c.planURL = types.StringUnknown() }), open: true},
		"GitLab in other letters": {mintCase: with(plan(nil), func(c *mintCase) { c.planURL = types.StringValue("https://GITLAB.example.com/") })},

		"longer life":    {mintCase: plan(func(m *managedModel) { m.ExpirationDays = types.Int64Value(120) }), open: true, dayCounts: true},
		"later rotation": {mintCase: plan(func(m *managedModel) { m.RotateBeforeDays = types.Int64Value(10) }), open: true, dayCounts: true},
		"days not known": {mintCase: plan(func(m *managedModel) { m.ExpirationDays = types.Int64Unknown() }), open: true, dayCounts: true},
		"longer life, and role": {mintCase: plan(func(m *managedModel) {
			m.ExpirationDays, m.AccessLevel = types.Int64Value(120), types.StringValue("guest")
		}), reason: "role", open: true, dayCounts: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := tc.decide()
			if got.open != tc.open || got.otherName != tc.otherName || got.dayCounts != tc.dayCounts {
				t.Errorf("got %+v", got)
			}
			if (got.reason == "") != (tc.reason == "") || !strings.Contains(got.reason, tc.reason) {
				t.Errorf("got the reason %q, want %q", got.reason, tc.reason)
			}
		})
	}
}
