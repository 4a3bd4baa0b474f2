package providerdata

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ImportState determines the id of an object; the refresh that follows fills in the rest. It takes an id as it is, and
// has a name looked up by find, which returns the id.
func (k Kind) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
	find func(Wanted) (string, diag.Diagnostics)) {
	wanted, diags := k.imported(ctx, req)
	if !diags.HasError() && wanted.ID == "" {
		wanted.ID, diags = find(wanted)
	}
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), wanted.ID)...)
	Identify(ctx, resp.Identity, types.StringValue(wanted.ID))
}

// imported is what an import asks for.
func (k Kind) imported(ctx context.Context, req resource.ImportStateRequest) (Wanted, diag.Diagnostics) {
	if req.ID != "" {
		wanted, ok := k.parseImportID(req.ID)
		if !ok {
			return Wanted{}, diag.Diagnostics{diag.NewErrorDiagnostic("Not an import id", fmt.Sprintf(
				"The import id is %q. Expected one of:\n%s", req.ID, k.importForms()))}
		}
		return wanted, nil
	}
	var identity Identity
	diags := Decode(ctx, req.Identity.Raw, &identity)
	id, err := uuid.Parse(identity.ID.ValueString())
	if err != nil {
		diags.AddError("Not an id of Infisical", fmt.Sprintf("The identity has the id %q. Expected the id of a %s, a UUID such as %s.",
			identity.ID.ValueString(), k.Name, exampleID))
	}
	return Wanted{ID: id.String()}, diags
}

// exampleID is what ids of Infisical look like.
const exampleID = "1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11"

func (k Kind) importForms() string {
	forms := fmt.Sprintf("  - the id of a %s, a UUID such as %s\n  - PROJECT_ID/name/NAME for one of a project", k.Name, exampleID)
	if k.InOrganization {
		forms += "\n  - name/NAME for one of the organisation itself"
	}
	return forms
}

// parseImportID reads UUID, PROJECT_ID/name/NAME or, for the organisation itself, name/NAME.
func (k Kind) parseImportID(text string) (Wanted, bool) {
	if id, err := uuid.Parse(text); err == nil {
		return Wanted{ID: id.String()}, true
	}
	project, name, ofProject := strings.Cut(text, "/name/")
	if !ofProject {
		project, name = "", strings.TrimPrefix(text, "name/")
	}
	scoped := ofProject && projectID.MatchString(project) || !ofProject && k.InOrganization
	if name == text || !scoped || !slug.MatchString(name) {
		return Wanted{}, false
	}
	return Wanted{ProjectID: project, Name: name}, true
}

// projectID is what ids of Infisical's projects are made of.
var projectID = regexp.MustCompile(`^[0-9A-Za-z_-]+$`)
