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
	wanted, began := a.plan.settings(), a.data.Now()
	created, err := a.client.DataSources.Create(ctx, wanted)
	// What has begun is brought to an end, also after Ctrl-C: no webhook may be left behind that nobody knows of.
	ctx = providerdata.Finishing(ctx)
	if infisical.IsAmbiguous(err) {
		lost := err
		if created, err = a.client.DataSources.FindCreated(ctx, wanted, began); err != nil {
			a.diags.Append(dataSources.CouldNotTell(wanted.Name, lost, err, fmt.Sprintf(
				"Infisical also answers 500 when GitLab does not show %s to the connection's token; then nothing was created. Otherwise there may be a webhook "+
					"in GitLab's settings that is named \"Infisical Secret Scanning - …\" and has no data source: delete it.\n", a.plan.Target.Asked())))
			return nil
		}
		a.diags.Append(dataSources.Adopted(created, lost, "and has the same name, description, connection, target and options"))
	}
	if err != nil {
		a.diags.Append(diagnoseWrite(ctx, a.client, "create", err, a.plan)...)
		return nil
	}
	return &created
}
