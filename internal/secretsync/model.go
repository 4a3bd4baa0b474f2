package secretsync

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// resourceModel is the resource as configuration, plan and state hold it.
type resourceModel struct {
	settingsModel

	ID              types.String
	WaitForSync     types.Bool
	OnDestroy       types.String
	TokenValidation types.String
	Timeouts        timeoutsModel
	Status          types.String
	LastSyncedAt    types.String
	LastMessage     types.String
}

// Attributes implements attribute.Model.
func (m *resourceModel) Attributes() attribute.Fields {
	attributes := m.settingsModel.Attributes()
	attributes["id"] = &m.ID
	attributes["wait_for_sync"] = &m.WaitForSync
	attributes["on_destroy"] = &m.OnDestroy
	attributes["token_validation"] = &m.TokenValidation
	attributes["timeouts"] = &m.Timeouts
	attributes["status"] = &m.Status
	attributes["last_synced_at"] = &m.LastSyncedAt
	attributes["last_message"] = &m.LastMessage
	return attributes
}

// settingsModel are the attributes that Infisical is told.
type settingsModel struct {
	Name         types.String
	Description  types.String
	ProjectID    types.String
	ConnectionID types.String
	Source       sourceModel
	Target       targetModel
	Variables    variablesModel
	AutoSync     types.Bool
}

// Attributes implements attribute.Model.
func (m *settingsModel) Attributes() attribute.Fields {
	return attribute.Fields{
		"name":          &m.Name,
		"description":   &m.Description,
		"project_id":    &m.ProjectID,
		"connection_id": &m.ConnectionID,
		"source":        &m.Source,
		"target":        &m.Target,
		"variables":     &m.Variables,
		"auto_sync":     &m.AutoSync,
	}
}

// sourceModel is the nested attribute source.
type sourceModel struct {
	attribute.Presence

	Environment, SecretPath types.String
	IncludeSubfolders       types.Bool
}

// Attributes implements attribute.Model.
func (m *sourceModel) Attributes() attribute.Fields {
	return attribute.Fields{"environment": &m.Environment, "secret_path": &m.SecretPath, "include_subfolders": &m.IncludeSubfolders}
}

// targetModel is the nested attribute target.
type targetModel struct {
	preflight.Target

	EnvironmentScope types.String
}

// Attributes implements attribute.Model.
func (m *targetModel) Attributes() attribute.Fields {
	attributes := m.Target.Attributes()
	attributes["environment_scope"] = &m.EnvironmentScope
	return attributes
}

// variablesModel is the nested attribute variables.
type variablesModel struct {
	attribute.Presence

	Protected, Masked, Hidden types.Bool
	KeySchema, Unmanaged      types.String
}

// Attributes implements attribute.Model.
func (m *variablesModel) Attributes() attribute.Fields {
	return attribute.Fields{
		"protected": &m.Protected, "masked": &m.Masked, "hidden": &m.Hidden, "key_schema": &m.KeySchema, "unmanaged": &m.Unmanaged,
	}
}

// timeoutsModel is the nested attribute timeouts.
type timeoutsModel struct {
	attribute.Presence

	Create, Update, Delete types.String
}

// Attributes implements attribute.Model.
func (m *timeoutsModel) Attributes() attribute.Fields {
	return attribute.Fields{"create": &m.Create, "update": &m.Update, "delete": &m.Delete}
}

// defaultTimeout covers five attempts of a run, and a start that was put back twice because other runs of the
// connection went first.
const defaultTimeout = 5 * time.Minute

// timeout is the configured one, or the default.
func timeout(configured types.String) time.Duration {
	return attribute.Duration(configured, defaultTimeout)
}

// What variables.unmanaged and on_destroy say.
const (
	keep            = "keep"
	deleteUnmanaged = "delete"
	removeVariables = "remove_variables"
)

// settings is what Infisical is told. name is what it shows as the target's.
func (m *settingsModel) settings(name string) infisical.Sync {
	return infisical.Sync{
		Record: infisical.Record{
			Name: m.Name.ValueString(), Description: m.Description.ValueStringPointer(), ProjectID: m.ProjectID.ValueString(),
		},
		ConnectionID: m.ConnectionID.ValueString(),
		Environment:  m.Source.Environment.ValueString(),
		SecretPath:   m.Source.SecretPath.ValueString(),
		SubFolders:   m.Source.IncludeSubfolders.ValueBool(),
		Target: infisical.SyncTarget{
			Kind: string(m.Target.Asked().Kind), ID: m.Target.ID.ValueString(), Name: name,
			EnvironmentScope: m.Target.EnvironmentScope.ValueString(),
			Protected:        m.Variables.Protected.ValueBool(), Masked: m.Variables.Masked.ValueBool(), Hidden: m.Variables.Hidden.ValueBool(),
		},
		KeySchema:     m.Variables.KeySchema.ValueString(),
		KeepUnmanaged: m.Variables.Unmanaged.ValueString() == keep,
		AutoSync:      m.AutoSync.ValueBool(),
	}
}

// planned is what other syncs of a plan are told of this one.
func (m *resourceModel) planned() providerdata.PlannedSync {
	planned := providerdata.PlannedSync{Sync: m.settings(m.Target.Asked().ID)}
	planned.ID = m.ID.ValueString()
	return planned
}

// fromAPI takes over what the server says. What it spells differently from us but means the same stays as it is, so
// that no plan shows a difference.
func (m *resourceModel) fromAPI(sync infisical.Sync) {
	m.ID = types.StringValue(sync.ID)
	m.ProjectID = types.StringValue(sync.ProjectID)
	m.ConnectionID = types.StringValue(sync.ConnectionID)
	m.Name = types.StringValue(sync.Name)
	m.Description = attribute.Description(m.Description, sync.Description)
	m.AutoSync = types.BoolValue(sync.AutoSync)
	if !sync.SourceGone {
		m.Source = sourceModel{
			Presence: attribute.Known, Environment: types.StringValue(sync.Environment), SecretPath: types.StringValue(sync.SecretPath),
			IncludeSubfolders: types.BoolValue(sync.SubFolders),
		}
	}
	m.Target.Take(gitlab.Resource{Kind: gitlab.Kind(sync.Target.Kind), ID: sync.Target.ID})
	m.Target.EnvironmentScope = types.StringValue(sync.Target.EnvironmentScope)
	unmanaged := deleteUnmanaged
	if sync.KeepUnmanaged {
		unmanaged = keep
	}
	m.Variables = variablesModel{
		Presence: attribute.Known, Protected: types.BoolValue(sync.Target.Protected), Masked: types.BoolValue(sync.Target.Masked),
		Hidden: types.BoolValue(sync.Target.Hidden), KeySchema: attribute.Optional(sync.KeySchema), Unmanaged: types.StringValue(unmanaged),
	}
	m.ran(sync.Run)
}

// wrote is fromAPI for the answer to a write, of which the plan has said what it will be.
func (m *resourceModel) wrote(sync infisical.Sync) {
	planned := *m
	m.fromAPI(sync)
	attribute.KeepPlanned(m, &planned)
}

// ran takes over what became of the latest run.
func (m *resourceModel) ran(run infisical.SyncRun) {
	m.Status, m.LastSyncedAt, m.LastMessage = attribute.Optional(run.Status), types.StringNull(), types.StringNull()
	if !run.EndedAt.IsZero() {
		m.LastSyncedAt = types.StringValue(run.EndedAt.Format(time.RFC3339Nano))
	}
	if run.Failure != nil {
		m.LastMessage = attribute.Message(run.Failure.Words())
	}
}

// leaveRunOpen plans what a run will leave behind.
func (m *resourceModel) leaveRunOpen() {
	m.Status, m.LastSyncedAt, m.LastMessage = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
}

// justImported: an import leaves nothing but the id for the first refresh.
func (m *resourceModel) justImported() bool { return m.Name.IsNull() }
