package secretscanning

import (
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
)

// describedModel are the attributes that resource and data source have in common.
type describedModel struct {
	ID           types.String
	Name         types.String
	Description  types.String
	ProjectID    types.String
	ConnectionID types.String
	Target       targetModel
	AutoScan     types.Bool
	Disconnected types.Bool
}

// Attributes implements attribute.Model.
func (m *describedModel) Attributes() attribute.Fields {
	return attribute.Fields{
		"id":            &m.ID,
		"name":          &m.Name,
		"description":   &m.Description,
		"project_id":    &m.ProjectID,
		"connection_id": &m.ConnectionID,
		"target":        &m.Target,
		"auto_scan":     &m.AutoScan,
		"disconnected":  &m.Disconnected,
	}
}

// resourceModel is the resource as configuration, plan and state hold it.
type resourceModel struct {
	describedModel

	TokenValidation types.String
}

// Attributes implements attribute.Model.
func (m *resourceModel) Attributes() attribute.Fields {
	attributes := m.describedModel.Attributes()
	attributes["token_validation"] = &m.TokenValidation
	return attributes
}

// targetModel is the nested attribute target.
type targetModel struct {
	preflight.Target

	IncludeProjects types.Set
}

// Attributes implements attribute.Model.
func (m *targetModel) Attributes() attribute.Fields {
	attributes := m.Target.Attributes()
	attributes["include_projects"] = &m.IncludeProjects
	return attributes
}

// included are the included projects, sorted.
func (m *targetModel) included() []string {
	var paths []string
	for _, element := range m.IncludeProjects.Elements() {
		if text, ok := element.(types.String); ok {
			paths = append(paths, text.ValueString())
		}
	}
	slices.Sort(paths)
	return paths
}

// includedProjects is the attribute of these paths.
func includedProjects(paths ...string) types.Set {
	elements := make([]attr.Value, len(paths))
	for i, path := range paths {
		elements[i] = types.StringValue(path)
	}
	return types.SetValueMust(types.StringType, elements)
}

// settings is what Infisical is told. It shows the target's name, and does not compare it with anything.
func (m *describedModel) settings() infisical.DataSource {
	id, _ := strconv.ParseInt(m.Target.ID.ValueString(), 10, 64) // The plan has looked.
	target := infisical.ScanTarget{Kind: string(m.Target.Asked().Kind), ID: id, IncludeProjects: m.Target.included()}
	if _, numeric := preflight.NumericID(m.Target.Asked().ID); !numeric {
		target.Name = m.Target.Asked().ID
	}
	return infisical.DataSource{
		Record: infisical.Record{
			Name: m.Name.ValueString(), Description: m.Description.ValueStringPointer(), ProjectID: m.ProjectID.ValueString(),
		},
		ConnectionID: m.ConnectionID.ValueString(),
		Target:       target,
		AutoScan:     m.AutoScan.ValueBool(),
	}
}

// fromAPI takes over what the server says. What it spells differently from us but means the same stays as it is, so
// that no plan shows a difference.
func (m *describedModel) fromAPI(found infisical.DataSource) {
	m.ID = types.StringValue(found.ID)
	m.ProjectID = types.StringValue(found.ProjectID)
	m.ConnectionID = types.StringValue(found.ConnectionID)
	m.Name = types.StringValue(found.Name)
	m.Description = attribute.Description(m.Description, found.Description)
	m.Target.fromAPI(found.Target)
	m.AutoScan = types.BoolValue(found.AutoScan)
	m.Disconnected = types.BoolValue(found.Disconnected)
}

// wrote is fromAPI for the answer to a write, of which the plan has said what it will be.
func (m *resourceModel) wrote(found infisical.DataSource) {
	planned := *m
	m.fromAPI(found)
	attribute.KeepPlanned(m, &planned)
}

func (m *targetModel) fromAPI(found infisical.ScanTarget) {
	m.Take(gitlab.Resource{Kind: gitlab.Kind(found.Kind), ID: strconv.FormatInt(found.ID, 10)})
	m.IncludeProjects = types.SetNull(types.StringType)
	if found.Kind == infisical.TargetGroup {
		m.IncludeProjects = includedProjects(found.IncludeProjects...)
	}
}

// changedSettings reports whether Infisical is to be told of anything. How configuration names the target is nothing to
// Infisical.
func changedSettings(plan, state *resourceModel) bool {
	return !plan.Name.Equal(state.Name) || !plan.Description.Equal(state.Description) || !plan.AutoScan.Equal(state.AutoScan) ||
		!slices.Equal(plan.Target.included(), state.Target.included()) || plan.Target.IncludeProjects.IsUnknown()
}
