package secretsync

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
)

// Every setting that decides what runs delete, and those that do not.
func TestDeletesMore(t *testing.T) {
	t.Parallel()
	settings := func(change func(*settingsModel)) *settingsModel {
		m := &settingsModel{
			Name: types.StringValue("api"), ProjectID: types.StringValue("p"), ConnectionID: types.StringValue("c"), AutoSync: types.BoolValue(true),
			Source: sourceModel{
				Presence: attribute.Known, Environment: types.StringValue("prod"), SecretPath: types.StringValue("/"),
				IncludeSubfolders: types.BoolValue(true),
			},
			Target: targetModel{
				Target:           preflight.Target{Presence: attribute.Known, Project: types.StringValue("acme/app"), ID: types.StringValue("4001")},
				EnvironmentScope: types.StringValue("*"),
			},
			Variables: variablesModel{
				Presence: attribute.Known, KeySchema: types.StringValue("INF_{{secretKey}}"), Unmanaged: types.StringValue(deleteUnmanaged),
			},
		}
		change(m)
		return m
	}
	keeps := func(m *settingsModel) { m.Variables.Unmanaged = types.StringValue(keep) }
	same := func(*settingsModel) {}
	for name, tc := range map[string]struct {
		before, after func(*settingsModel)
		want          bool
	}{
		"new":                      {nil, same, true},
		"new that keeps":           {nil, keeps, false},
		"new, not known":           {nil, func(m *settingsModel) { m.Variables.Unmanaged = types.StringUnknown() }, true},
		"nothing":                  {same, same, false},
		"keep becomes delete":      {keeps, same, true},
		"keep becomes something":   {keeps, func(m *settingsModel) { m.Variables.Unmanaged = types.StringUnknown() }, true},
		"delete becomes keep":      {same, keeps, false},
		"delete becomes something": {same, func(m *settingsModel) { m.Variables.Unmanaged = types.StringUnknown() }, false},
		"name, description":        {same, func(m *settingsModel) { m.Name, m.Description = types.StringValue("b"), types.StringValue("d") }, false},
		"protected, masked": {same, func(m *settingsModel) {
			m.Variables.Protected, m.Variables.Masked = types.BoolValue(true), types.BoolValue(true)
		}, false},
		"auto_sync":              {same, func(m *settingsModel) { m.AutoSync = types.BoolValue(false) }, false},
		"project":                {same, func(m *settingsModel) { m.ProjectID = types.StringValue("q") }, true},
		"connection":             {same, func(m *settingsModel) { m.ConnectionID = types.StringValue("d") }, true},
		"connection, not known":  {same, func(m *settingsModel) { m.ConnectionID = types.StringUnknown() }, true},
		"environment":            {same, func(m *settingsModel) { m.Source.Environment = types.StringValue("dev") }, true},
		"environment, not known": {same, func(m *settingsModel) { m.Source.Environment = types.StringUnknown() }, true},
		"folder":                 {same, func(m *settingsModel) { m.Source.SecretPath = types.StringValue("/empty") }, true},
		"without sub-folders":    {same, func(m *settingsModel) { m.Source.IncludeSubfolders = types.BoolValue(false) }, true},
		"sub-folders, not known": {same, func(m *settingsModel) { m.Source.IncludeSubfolders = types.BoolUnknown() }, true},
		"with sub-folders":       {func(m *settingsModel) { m.Source.IncludeSubfolders = types.BoolValue(false) }, same, false},
		"scope":                  {same, func(m *settingsModel) { m.Target.EnvironmentScope = types.StringValue("dev") }, true},
		"another target": {same, func(m *settingsModel) {
			m.Target.Project, m.Target.ID = types.StringValue("acme/web"), types.StringValue("4002")
		}, true},
		"another target, not looked up": {same, func(m *settingsModel) {
			m.Target.Project, m.Target.ID = types.StringValue("acme/web"), types.StringUnknown()
		}, true},
		"a target that is not known":  {same, func(m *settingsModel) { m.Target.Project, m.Target.ID = types.StringUnknown(), types.StringUnknown() }, true},
		"another spelling, looked up": {same, func(m *settingsModel) { m.Target.Project = types.StringValue("4001") }, false},
		"another spelling, not looked up": {same, func(m *settingsModel) {
			m.Target.Project, m.Target.ID = types.StringValue("4001"), types.StringUnknown()
		}, false},
		"a group of the same id": {same, func(m *settingsModel) {
			m.Target.Project, m.Target.Group = types.StringNull(), types.StringValue("4001")
		}, true},
		"key schema":                            {same, func(m *settingsModel) { m.Variables.KeySchema = types.StringNull() }, true},
		"key schema, not known":                 {same, func(m *settingsModel) { m.Variables.KeySchema = types.StringUnknown() }, true},
		"environment, where nothing is deleted": {keeps, func(m *settingsModel) { keeps(m); m.Source.Environment = types.StringValue("dev") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var before *settingsModel
			if tc.before != nil {
				before = settings(tc.before)
			}
			if got := deletesMore(before, settings(tc.after)); got != tc.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
