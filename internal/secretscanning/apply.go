package secretscanning

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// applying is one creation or update.
type applying struct {
	*scanningResource
	client *infisical.Client
	plan   resourceModel
	// state is empty for a new data source.
	state resourceModel
	diags *diag.Diagnostics
}

// requireTargetID looks at the target when the plan has not, because of something that was not known.
func (a *applying) requireTargetID(ctx context.Context) {
	if a.plan.Target.ID.IsUnknown() {
		a.plan.Target.ID = a.look(a.plan, types.StringNull(), false, a.diags).ID(ctx).ID
	}
	preflight.RequireID(a.plan.Target.ID, a.diags)
}

// create makes a data source, and deals with the ways in which that ends half done. It returns nil when there is
// nothing to record.
func (a *applying) create(ctx context.Context) *infisical.DataSource {
	wanted, projectID, began := a.plan.settings(), a.plan.ProjectID.ValueString(), a.data.Now()
	created, err := a.client.CreateDataSource(ctx, projectID, wanted)
	// What has begun is brought to an end, also after Ctrl-C: no webhook may be left behind that nobody knows of.
	ctx = providerdata.Finishing(ctx)
	if infisical.IsAmbiguous(err) {
		lost := err
		if created, err = a.client.FindCreatedDataSource(ctx, projectID, wanted, began); err != nil {
			a.diags.AddError("Could not tell whether the data source was created", fmt.Sprintf(
				"Infisical gave no usable answer to the creation of the Secret Scanning data source %q: %s.\nThe provider then looked for it: %s.\n"+
					"Infisical also answers 500 when GitLab does not show %s to the connection's token; then nothing was created. Otherwise check in "+
					"Infisical whether the data source exists, and in GitLab's settings whether there is a webhook named \"Infisical Secret Scanning - …\" "+
					"without one. If nothing else manages them, import or delete the data source, delete the webhook, and apply again.",
				wanted.Name, providerdata.Phrase(providerdata.Reason(lost)), providerdata.Phrase(err.Error()), a.plan.Target.Asked()))
			return nil
		}
		a.diags.AddWarning("GitLab data source adopted", fmt.Sprintf(
			"Infisical gave no usable answer when the Secret Scanning data source %q was created: %s.\nThe provider found the data source %s, which "+
				"this request must have created: it is new and has the same name, connection, target and options. Terraform manages it from now "+
				"on.", wanted.Name, providerdata.Phrase(providerdata.Reason(lost)), created.ID))
	}
	if err != nil {
		a.diags.Append(diagnoseWrite(ctx, a.client, "create", err, a.plan)...)
		return nil
	}
	return &created
}
