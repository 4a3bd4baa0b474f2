package object

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

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// ImportState determines the id of an object; the refresh that follows fills in the rest. It takes an id as it is, and
// looks a name up.
func (k Kind[T]) ImportState(ctx context.Context, data *providerdata.Data, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	client, diags := data.Client()
	if resp.Diagnostics.Append(diags...); diags.HasError() {
		return
	}
	wanted, diags := k.imported(ctx, req)
	if resp.Diagnostics.Append(diags...); diags.HasError() {
		return
	}
	if wanted.ID == "" {
		found, err := k.lookUp(ctx, client, wanted)
		if err != nil {
			resp.Diagnostics.Append(k.diagnoseImport(wanted, err)...)
			return
		}
		wanted.ID = found.Common().ID
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), wanted.ID)...)
	Identify(ctx, resp.Identity, types.StringValue(wanted.ID))
}

// imported is what an import asks for.
func (k Kind[T]) imported(ctx context.Context, req resource.ImportStateRequest) (Wanted, diag.Diagnostics) {
	if req.ID != "" {
		wanted, ok := parseImportID(req.ID, k.NoProject != "")
		if !ok {
			return Wanted{}, diag.Diagnostics{diag.NewErrorDiagnostic("Not an import id", fmt.Sprintf(
				"The import id is %q. Expected one of:\n%s", req.ID, k.importForms()))}
		}
		return wanted, nil
	}
	var identity Identity
	diags := attribute.Decode(ctx, req.Identity.Raw, &identity)
	id, err := uuid.Parse(identity.ID.ValueString())
	if err != nil {
		diags.AddError("Not an id of Infisical", fmt.Sprintf("The identity has the id %q. Expected the id of a GitLab %s, a UUID such as %s.",
			identity.ID.ValueString(), k.Noun, attribute.ExampleID))
	}
	return Wanted{ID: id.String()}, diags
}

func (k Kind[T]) importForms() string {
	forms := fmt.Sprintf("  - the id of a GitLab %s, a UUID such as %s\n  - PROJECT_ID/name/NAME for one of a project", k.Noun, attribute.ExampleID)
	if k.NoProject != "" {
		forms += "\n  - name/NAME for one of " + k.NoProject
	}
	return forms
}

// parseImportID reads UUID, PROJECT_ID/name/NAME or, where a project is not needed, name/NAME.
func parseImportID(text string, withoutProject bool) (Wanted, bool) {
	if id, err := uuid.Parse(text); err == nil {
		return Wanted{ID: id.String()}, true
	}
	project, name, ofProject := strings.Cut(text, "/name/")
	if !ofProject {
		project, name = "", strings.TrimPrefix(text, "name/")
	}
	scoped := ofProject && projectID.MatchString(project) || !ofProject && withoutProject
	if name == text || !scoped || !attribute.IsName(name) {
		return Wanted{}, false
	}
	return Wanted{ProjectID: project, Name: name}, true
}

// projectID is what ids of Infisical's projects are made of.
var projectID = regexp.MustCompile(`^[0-9A-Za-z_-]+$`)
