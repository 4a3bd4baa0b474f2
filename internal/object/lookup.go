package object

import (
	"cmp"
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// lookUp asks for an object by its id, or else by its name.
func (k Kind[T]) lookUp(ctx context.Context, client *infisical.Client, wanted Wanted) (T, error) {
	if wanted.ID != "" {
		return k.Objects(client).Get(ctx, wanted.ID)
	}
	return k.Objects(client).GetByName(ctx, wanted.Name, wanted.ProjectID)
}

// DiagnoseLookup is the error of a look-up that failed, on the attribute that says which object is wanted.
func (k Kind[T]) DiagnoseLookup(wanted Wanted, err error) diag.Diagnostics {
	if !k.missing(err) {
		return k.Diagnose("read", err)
	}
	at := path.Root("id")
	if wanted.ID == "" {
		at = path.Root("name")
	}
	return diag.Diagnostics{diag.WithPath(at, k.noSuch(wanted, err, false))}
}

// diagnoseImport is the error of an import that failed, which has no attribute.
func (k Kind[T]) diagnoseImport(wanted Wanted, err error) diag.Diagnostics {
	if !k.missing(err) {
		return k.Diagnose("import", err)
	}
	return diag.Diagnostics{k.noSuch(wanted, err, true)}
}

// missing reports that there is no such object, at least in this organization.
func (k Kind[T]) missing(err error) bool {
	if k.Missing == nil || !infisical.IsNotFound(err) {
		return MayBeElsewhere(err)
	}
	return k.Missing(err)
}

// noSuch says where the provider looked for an object in vain.
func (k Kind[T]) noSuch(wanted Wanted, err error, importing bool) diag.Diagnostic {
	title, said := "No such GitLab "+k.Noun, transport.Sentence(infisical.Reason(err))
	if wanted.ID != "" {
		return diag.NewErrorDiagnostic(title, providerdata.NoneHasID(k.Noun, wanted.ID, err))
	}
	hint := "Check the name, and that the project is given by its id."
	if k.Hint != nil {
		hint = k.Hint(wanted, importing)
	}
	return diag.NewErrorDiagnostic(title, fmt.Sprintf("There is no GitLab %s named %q in %s, where the provider looked for it. %s %s", k.Noun, wanted.Name,
		k.where(wanted.ProjectID), hint, said))
}

// where is the project with this id, or where an object is looked for without one.
func (k Kind[T]) where(projectID string) string {
	if projectID == "" {
		return cmp.Or(k.NoProject, "no project")
	}
	return "the project " + projectID
}

// lookup is what the configuration of a data source says about the object to look for.
type lookup struct{ ID, Name, ProjectID types.String }

// Attributes implements attribute.Model.
func (l *lookup) Attributes() attribute.Fields {
	return attribute.Fields{"id": &l.ID, "name": &l.Name, "project_id": &l.ProjectID}
}

// RefuseMadeUp checks what validation leaves to the read.
func (l *lookup) RefuseMadeUp() diag.Diagnostics {
	diags := attribute.RefuseMadeUp(path.Root("id"), l.ID, attribute.CheckUUID)
	diags.Append(attribute.RefuseMadeUp(path.Root("project_id"), l.ProjectID, attribute.CheckProjectID)...)
	return diags
}
