package secretsync

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
)

// MoveState implements resource.ResourceWithMoveState. A sync is taken over from the official provider, or from this
// resource under another address of the provider.
func (r *syncResource) MoveState(ctx context.Context) []resource.StateMover {
	var own resource.SchemaResponse
	r.Schema(ctx, resource.SchemaRequest{}, &own)
	return object.Move{
		To: syncs.Type, From: "infisical_secret_sync_gitlab", Official: officialSchema, Take: moveFromOfficial,
	}.Movers(own.Schema)
}

// officialSchema is what of the official resource's schema, version 0, is taken over:
// https://github.com/Infisical/terraform-provider-infisical/blob/main/internal/provider/resource/secret_sync/secret_sync_gitlab.go
var officialSchema = schema.Schema{
	Attributes: map[string]schema.Attribute{
		"id":                schema.StringAttribute{Computed: true},
		"name":              schema.StringAttribute{Required: true},
		"description":       schema.StringAttribute{Optional: true},
		"project_id":        schema.StringAttribute{Required: true},
		"connection_id":     schema.StringAttribute{Required: true},
		"environment":       schema.StringAttribute{Required: true},
		"secret_path":       schema.StringAttribute{Required: true},
		"auto_sync_enabled": schema.BoolAttribute{Optional: true, Computed: true},
		"sync_options": schema.SingleNestedAttribute{
			Required: true,
			Attributes: map[string]schema.Attribute{
				"disable_secret_deletion": schema.BoolAttribute{Optional: true, Computed: true},
				"key_schema":              schema.StringAttribute{Optional: true},
			},
		},
		"destination_config": schema.SingleNestedAttribute{
			Required: true,
			Attributes: map[string]schema.Attribute{
				"scope":                  schema.StringAttribute{Required: true},
				"project_id":             schema.StringAttribute{Optional: true},
				"group_id":               schema.StringAttribute{Optional: true},
				"target_environment":     schema.StringAttribute{Required: true},
				"should_protect_secrets": schema.BoolAttribute{Optional: true, Computed: true},
				"should_mask_secrets":    schema.BoolAttribute{Optional: true, Computed: true},
				"should_hide_secrets":    schema.BoolAttribute{Optional: true, Computed: true},
			},
		},
	},
}

type officialModel struct {
	ID, Name, Description, ProjectID, ConnectionID, Environment, SecretPath types.String
	AutoSync                                                                types.Bool
	Options                                                                 officialOptions
	Destination                                                             officialDestination
}

// Attributes implements attribute.Model.
func (m *officialModel) Attributes() attribute.Fields {
	return attribute.Fields{
		"id": &m.ID, "name": &m.Name, "description": &m.Description, "project_id": &m.ProjectID, "connection_id": &m.ConnectionID,
		"environment": &m.Environment, "secret_path": &m.SecretPath, "auto_sync_enabled": &m.AutoSync, "sync_options": &m.Options,
		"destination_config": &m.Destination,
	}
}

type officialOptions struct {
	attribute.Presence

	KeepUnmanaged types.Bool
	KeySchema     types.String
}

// Attributes implements attribute.Model.
func (m *officialOptions) Attributes() attribute.Fields {
	return attribute.Fields{"disable_secret_deletion": &m.KeepUnmanaged, "key_schema": &m.KeySchema}
}

type officialDestination struct {
	attribute.Presence

	Scope, ProjectID, GroupID, Environment types.String
	Protected, Masked, Hidden              types.Bool
}

// Attributes implements attribute.Model.
func (m *officialDestination) Attributes() attribute.Fields {
	return attribute.Fields{
		"scope": &m.Scope, "project_id": &m.ProjectID, "group_id": &m.GroupID, "target_environment": &m.Environment,
		"should_protect_secrets": &m.Protected, "should_mask_secrets": &m.Masked, "should_hide_secrets": &m.Hidden,
	}
}

// target is the destination in Infisical's words. Its name is left out, so that the state names the target by its id,
// as the official configuration does.
func (m *officialDestination) target() infisical.SyncTarget {
	target := infisical.SyncTarget{
		Kind: m.Scope.ValueString(), ID: m.ProjectID.ValueString(), EnvironmentScope: m.Environment.ValueString(),
		Protected: m.Protected.ValueBool(), Masked: m.Masked.ValueBool(), Hidden: m.Hidden.ValueBool(),
	}
	if target.Kind == infisical.TargetGroup {
		target.ID = m.GroupID.ValueString()
	}
	return target
}

// moveFromOfficial takes over what both resources have; an official state holds no secret. The refresh that follows
// sets the rest.
func moveFromOfficial(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	var source officialModel
	if resp.Diagnostics.Append(attribute.Decode(ctx, req.SourceState.Raw, &source)...); resp.Diagnostics.HasError() {
		return
	}
	var state resourceModel
	state.fillIn()
	state.fromAPI(infisical.Sync{
		Record:       infisical.Record{ID: source.ID.ValueString(), ProjectID: source.ProjectID.ValueString(), Name: source.Name.ValueString()},
		ConnectionID: source.ConnectionID.ValueString(), AutoSync: source.AutoSync.ValueBool(),
		Environment: source.Environment.ValueString(), SecretPath: source.SecretPath.ValueString(), Target: source.Destination.target(),
		KeySchema: source.Options.KeySchema.ValueString(), KeepUnmanaged: source.Options.KeepUnmanaged.ValueBool(),
	})
	state.Name, state.Description = source.Name, attribute.Optional(source.Description.ValueString())
	resp.TargetState.Raw = attribute.Encode(ctx, &state)
	object.Identify(ctx, resp.TargetIdentity, state.ID)
}
