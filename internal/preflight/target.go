package preflight

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// Target are the attributes that the nested attributes target have in common: a project or group, as configuration
// names it, and its numeric id.
type Target struct {
	attribute.Presence

	Project, Group, ID types.String
}

// Attributes implements attribute.Model.
func (t *Target) Attributes() attribute.Fields {
	return attribute.Fields{"project": &t.Project, "group": &t.Group, "id": &t.ID}
}

// Asked is the project or group as configuration names it.
func (t *Target) Asked() gitlab.Resource {
	if t.Project.IsNull() {
		return gitlab.Resource{Kind: gitlab.KindGroup, ID: t.Group.ValueString()}
	}
	return gitlab.Resource{Kind: gitlab.KindProject, ID: t.Project.ValueString()}
}

// Resource is the project or group by its id, as far as that is known, with the path that configuration calls it by.
func (t *Target) Resource() gitlab.Resource {
	resource := t.Asked()
	if _, numeric := NumericID(resource.ID); !numeric && t.ID.ValueString() != "" {
		resource.ID, resource.Path = t.ID.ValueString(), resource.ID
	}
	return resource
}

// IsKnown reports that configuration names the target by now.
func (t *Target) IsKnown() bool {
	return t.Presence == attribute.Known && !t.Project.IsUnknown() && !t.Group.IsUnknown()
}

// NamesThatOf reports that configuration names the target of a state: as that does, or by its id.
func (t *Target) NamesThatOf(state *Target) bool {
	asked, before := t.Asked(), state.Asked()
	id, numeric := NumericID(asked.ID)
	return asked.Kind == before.Kind && (strings.EqualFold(asked.ID, before.ID) || numeric && id.Equal(state.ID))
}

// Is reports that a target that has been looked up is that of a state.
func (t *Target) Is(state *Target) bool {
	return t.Asked().Kind == state.Asked().Kind && t.ID.Equal(state.ID)
}

// Take takes over the target that Infisical has, and keeps the spelling of one that is the same. Any other one is
// called by its id: the name that Infisical has of it is free text, which nothing compares with GitLab.
func (t *Target) Take(found gitlab.Resource) {
	found.ID = gitlab.CanonicalID(found.ID)
	if same := t.Presence == attribute.Known && t.ID.ValueString() == found.ID && t.Asked().Kind == found.Kind; !same {
		*t = Target{Project: types.StringValue(found.ID)}
		if found.Kind == gitlab.KindGroup {
			*t = Target{Group: types.StringValue(found.ID)}
		}
	}
	t.Presence, t.ID = attribute.Known, types.StringValue(found.ID)
}
