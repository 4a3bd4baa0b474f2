// Package target is the data source infisical_gitlab_target: a project or group of GitLab's, to look before one writes.
package target

import (
	"context"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

var (
	_ datasource.DataSource                     = (*dataSource)(nil)
	_ datasource.DataSourceWithConfigure        = (*dataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*dataSource)(nil)
)

// NewDataSource returns the data source infisical_gitlab_target.
func NewDataSource() datasource.DataSource { return &dataSource{} }

type dataSource struct{ providerdata.DataSource }

type model struct {
	Project, Group, ID, Path, Name, AccessLevel, DeletionDate types.String
	Archived                                                  types.Bool
}

// Attributes implements attribute.Model.
func (m *model) Attributes() attribute.Fields {
	return attribute.Fields{
		"project": &m.Project, "group": &m.Group, "id": &m.ID, "path": &m.Path, "name": &m.Name,
		"access_level": &m.AccessLevel, "marked_for_deletion_on": &m.DeletionDate, "archived": &m.Archived,
	}
}

// asked is the project or group that configuration names, with its attribute.
func (m *model) asked() (gitlab.Resource, path.Path) {
	if !m.Group.IsNull() {
		return gitlab.Resource{Kind: gitlab.KindGroup, ID: m.Group.ValueString()}, path.Root("group")
	}
	return gitlab.Resource{Kind: gitlab.KindProject, ID: m.Project.ValueString()}, path.Root("project")
}

// Metadata implements datasource.DataSource.
func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gitlab_target"
}

// Schema implements datasource.DataSource.
func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	computed := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads a GitLab project or group, as the provider's `gitlab.token` sees it at `gitlab.instance_url`. Sends no " +
			"request to Infisical.",
		Attributes: map[string]schema.Attribute{
			"project": schema.StringAttribute{
				Optional: true, MarkdownDescription: "Full path or numeric id of a project. Set exactly one of `project` and `group`.",
				Validators: []validator.String{attribute.GitLabProjectValidator()},
			},
			"group": schema.StringAttribute{
				Optional: true, MarkdownDescription: "Full path or numeric id of a group.",
				Validators: []validator.String{attribute.GitLabGroupValidator()},
			},
			"id":   computed("GitLab's numeric id, which survives renames and transfers."),
			"path": computed("Current full path, such as `acme/platform/apps/api`."),
			"name": computed("Name, as GitLab's web interface shows it."),
			"access_level": computed("Role of the user of the provider's GitLab token: `guest`, `planner`, `reporter`, `developer`, `maintainer`, `owner`, or `access " +
				"level` and a number " +
				"for a role that GitLab added. Null if the user has no role, as for an administrator, or if GitLab does not tell."),
			"marked_for_deletion_on": computed("Date on which GitLab deletes it, `YYYY-MM-DD`; null if it is not marked for deletion."),
			"archived": schema.BoolAttribute{Computed: true,
				MarkdownDescription: "Whether it is archived; for a group, also whether one above it is."},
		},
	}
}

// ConfigValidators implements datasource.DataSourceWithConfigValidators.
func (d *dataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{attribute.ExactlyOneOf("project", "group")}
}

// Read implements datasource.DataSource.
func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var read model
	resp.Diagnostics.Append(attribute.Decode(ctx, req.Config.Raw, &read)...)
	resp.Diagnostics.Append(d.ready()...)
	if resp.Diagnostics.HasError() {
		return
	}
	asked, at := read.asked()
	found, err := d.describe(ctx, asked)
	if err != nil {
		resp.Diagnostics.AddError("Could not look up the GitLab target", transport.Sentence(err.Error()))
		return
	}
	if found.Failure != nil {
		resp.Diagnostics.Append(d.failed(at, asked, found.Failure))
		return
	}
	if found.Renamed {
		resp.Diagnostics.AddAttributeWarning(at, "GitLab target has another path",
			fmt.Sprintf("The %s is at %s now. GitLab redirects its old path until another project takes it.\nWrite %q, or the id %d, which never changes.",
				asked, found.Path, found.Path, found.ID))
	}
	read.tell(found)
	resp.State.Raw = attribute.Encode(ctx, &read)
}

// ready reports why GitLab cannot be asked.
func (d *dataSource) ready() diag.Diagnostics {
	switch {
	case d.Data.GitLab == nil || d.Data.InstanceURL.IsUnknown():
		return diag.Diagnostics{diag.NewErrorDiagnostic("Provider not configured yet",
			"The provider's configuration depends on values that are not known yet, so the provider cannot ask GitLab. Apply what they come from first, for "+
				"example with -target.")}
	case d.Data.Session == nil:
		return diag.Diagnostics{diag.NewErrorDiagnostic("Provider's GitLab token needed",
			"The provider looks up targets with gitlab.token, which is not set. Set it, or the environment variable GITLAB_TOKEN, to an access "+
				"token with the scope read_api or api.")}
	}
	return nil
}

// describe looks the target up, with the role of the token's user where GitLab tells whose token it is.
func (d *dataSource) describe(ctx context.Context, asked gitlab.Resource) (gitlab.TargetDescription, error) {
	self, err := d.Data.Session.DescribeSelf(ctx)
	if err != nil {
		return gitlab.TargetDescription{}, err
	}
	return d.Data.Session.DescribeTarget(ctx, gitlab.TargetQuestion{
		Resource: asked, TargetOptions: gitlab.TargetOptions{UserID: self.UserID, AccessLevel: true},
	})
}

func (d *dataSource) failed(at path.Path, asked gitlab.Resource, failure *gitlab.Error) diag.Diagnostic {
	detail := fmt.Sprintf("Asking %s about %s with gitlab.token failed: %s.", d.Data.InstanceURL.ValueString(), asked,
		transport.Phrase(failure.Explain()))
	if gitlab.IsNotFound(failure) {
		detail += fmt.Sprintf("\nThe %s does not exist, or the token's user cannot see it. Check the path or id, and the user's role.", asked.Kind)
		if asked.Kind == gitlab.KindGroup {
			detail += " GitLab does not find a renamed group by its old path."
		}
	}
	return diag.NewAttributeErrorDiagnostic(at, "Could not look up the GitLab target", detail)
}

func (m *model) tell(found gitlab.TargetDescription) {
	m.ID, m.Path, m.Name = types.StringValue(strconv.FormatInt(found.ID, 10)), types.StringValue(found.Path), types.StringValue(found.Name)
	m.Archived = types.BoolValue(found.Archived)
	m.AccessLevel, m.DeletionDate = types.StringNull(), types.StringNull()
	if found.AccessLevel != 0 {
		m.AccessLevel = types.StringValue(found.AccessLevel.String())
	}
	if found.DeletionDate != "" {
		m.DeletionDate = types.StringValue(found.DeletionDate)
	}
}
