package providerdata

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Kind is a kind of objects that Infisical has, each with an id, and with a name that is unique in its project.
type Kind struct {
	// Name is what such an object is called, and goes with "a", as "GitLab connection" does.
	Name string
	// InOrganization: some belong to no project, but to the organisation itself.
	InOrganization bool
}

// Wanted is an object to look for: by its id, or by its name in a project, or, without one, in the organisation itself.
type Wanted struct{ ID, Name, ProjectID string }

// At is the attribute that says which one is wanted.
func (w Wanted) At() path.Path {
	if w.ID != "" {
		return path.Root("id")
	}
	return path.Root("name")
}

// NotFound says where the provider looked for an object in vain. hint says what to check of a name, and may be empty.
func (k Kind) NotFound(wanted Wanted, err error, hint string) string {
	said := Sentence(Reason(err))
	if wanted.ID != "" {
		return fmt.Sprintf("There is no %s with the id %s in the organisation that the provider's identity belongs to. Check the id, and that host and auth "+
			"in the provider block are those of the organisation that has it. %s", k.Name, wanted.ID, said)
	}
	looked := "the organisation itself"
	if wanted.ProjectID != "" {
		looked = ScopeName(wanted.ProjectID)
	}
	if hint != "" {
		hint += " "
	}
	return fmt.Sprintf("There is no %s named %q in %s, where the provider looked for it. %s%s", k.Name, wanted.Name, looked, hint, said)
}

// Lookup is what the configuration of a data source says about the object to look for.
type Lookup struct{ ID, Name, ProjectID types.String }

// Attributes implements Model.
func (l *Lookup) Attributes() Attributes {
	return Attributes{"id": &l.ID, "name": &l.Name, "project_id": &l.ProjectID}
}

// Wanted is the object to look for.
func (l *Lookup) Wanted() Wanted {
	return Wanted{ID: l.ID.ValueString(), Name: l.Name.ValueString(), ProjectID: l.ProjectID.ValueString()}
}
