package secretscanning

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// webhookName is how Infisical calls the webhook of a data source, or, before it has an id, of its name.
// https://github.com/Infisical/infisical:
// backend/src/ee/services/secret-scanning-v2/gitlab/gitlab-secret-scanning-factory.ts.
func webhookName(of string) string { return "Infisical Secret Scanning - " + of }

// webhookLeft warns when the webhook of a data source that was deleted is still there: Infisical ignores GitLab's
// errors about its removal. Without a token to ask with, nothing is said.
func webhookLeft(ctx context.Context, data *providerdata.Data, deleted resourceModel) diag.Diagnostics {
	by, ok := preflight.AtHand(ctx, data, deleted.ConnectionID).Best()
	if !ok {
		return nil
	}
	target := gitlab.Resource{Kind: deleted.Target.Asked().Kind, ID: deleted.Target.ID.ValueString()}
	name := webhookName(deleted.ID.ValueString())
	hooks, err := data.GitLab.Hooks(ctx, by.Instance, by.Token, target)
	switch {
	case gitlab.IsNotFound(err):
		return nil // It went with the project or group.
	case err != nil:
		return diag.Diagnostics{diag.NewWarningDiagnostic("Could not tell whether the webhook was removed", fmt.Sprintf(
			"Infisical deleted the data source %q, and does not tell when GitLab keeps its webhook. Asking GitLab failed: %s.\nIf the settings of %s "+
				"show a webhook named %q, delete it.", deleted.Name.ValueString(), providerdata.Phrase(err.Error()), deleted.Target.Asked(), name))}
	case !slices.ContainsFunc(hooks, func(hook gitlab.Hook) bool { return hook.Name == name }):
		return nil
	}
	return diag.Diagnostics{diag.NewWarningDiagnostic("Webhook left at GitLab", fmt.Sprintf(
		"Infisical deleted the data source %q, but its webhook is still in %s: GitLab did not let Infisical remove it, for example because the "+
			"connection's token has expired.\nDelete the webhook named %q in the settings of the %s.",
		deleted.Name.ValueString(), deleted.Target.Asked(), name, target.Kind))}
}
