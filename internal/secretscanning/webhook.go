package secretscanning

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// webhookName is how Infisical calls the webhook of a data source, or, before it has an id, of its name.
// https://github.com/Infisical/infisical:
// backend/src/ee/services/secret-scanning-v2/gitlab/gitlab-secret-scanning-factory.ts.
func webhookName(of string) string { return "Infisical Secret Scanning - " + of }

// webhookTrouble is why GitLab does not call a webhook.
type webhookTrouble uint8

const (
	webhookWorks webhookTrouble = iota // as far as is known
	webhookPaused
	webhookOff
	webhookGone
)

// troubleOf finds the webhook with a name in a list. One without a name may be any: GitLab before 17 has no names.
func troubleOf(list gitlab.HookList, name string) (webhookTrouble, gitlab.Hook) {
	gone := list.Failure == nil && list.Complete
	for _, hook := range list.Hooks {
		switch {
		case hook.Name == "":
			gone = false
		case hook.Name != name:
		case hook.Alert == gitlab.HookPaused:
			return webhookPaused, hook
		case hook.Alert == gitlab.HookOff:
			return webhookOff, hook
		default:
			return webhookWorks, hook
		}
	}
	if gone {
		return webhookGone, gitlab.Hook{}
	}
	return webhookWorks, gitlab.Hook{}
}

// webhookSilent warns when GitLab does not call the webhook of a data source. Nothing is said without a token that may
// list webhooks.
func webhookSilent(ctx context.Context, data *providerdata.Data, state resourceModel) diag.Diagnostics {
	target := gitlab.Resource{Kind: state.Target.Asked().Kind, ID: state.Target.ID.ValueString()}
	for _, by := range preflight.AtHand(ctx, data, state.ConnectionID).All() {
		list, err := by.GlanceHooks(ctx, target)
		if err != nil {
			return nil // The run was interrupted.
		}
		if list.Failure == nil {
			return describeTrouble(list, state)
		}
	}
	return nil
}

// describeTrouble says what is wrong with the webhook of a data source, and what to do.
func describeTrouble(list gitlab.HookList, state resourceModel) diag.Diagnostics {
	name, target := webhookName(state.ID.ValueString()), state.Target.Asked()
	trouble, hook := troubleOf(list, name)
	unheard := fmt.Sprintf("Infisical does not hear of pushes, and the data source %q does not scan them.", state.Name.ValueString())
	var said diag.Diagnostics
	switch trouble {
	case webhookPaused:
		said.AddAttributeWarning(preflight.TargetPath, "Webhook paused by GitLab", fmt.Sprintf(
			"Infisical failed to answer the webhook %q of %s several times in a row, so GitLab has switched it off%s. Until then, %s\n%s",
			name, target, until(hook.DisabledUntil), unheard, mendWebhook))
	case webhookOff:
		said.AddAttributeWarning(preflight.TargetPath, "Webhook switched off by GitLab", fmt.Sprintf(
			"Infisical failed to answer the webhook %q of %s so often that GitLab has switched it off for good: %s\n%s", name, target, unheard, mendWebhook))
	case webhookGone:
		said.AddAttributeWarning(preflight.TargetPath, "No such webhook at GitLab", fmt.Sprintf(
			"In %s there is no webhook named %q; somebody has deleted or renamed it. Without it, %s\nOnly a new data source gets a new webhook: "+
				"replace it (`-replace`), which deletes its findings. If the webhook was renamed, give it its name back.", target, name, unheard))
	case webhookWorks:
	}
	return said
}

// mendWebhook is how GitLab calls a webhook again.
// https://docs.gitlab.com/user/project/integrations/webhooks/#re-enable-disabled-webhooks
const mendWebhook = "Under Settings > Webhooks, GitLab shows what came back of each call. See that GitLab reaches the SITE_URL of Infisical, and accepts its " +
	"certificate. Then send a test request there: when it is answered, GitLab switches the webhook on again."

// until is empty for a time that GitLab does not tell.
func until(end time.Time) string {
	if end.IsZero() {
		return " for a while"
	}
	return " until " + end.UTC().Format("2006-01-02 15:04 UTC")
}

// webhookLeft warns when the webhook of a data source that was deleted is still there: Infisical ignores GitLab's
// errors about its removal. Without a token to ask with, nothing is said.
func webhookLeft(ctx context.Context, data *providerdata.Data, deleted resourceModel) diag.Diagnostics {
	by, ok := preflight.AtHand(ctx, data, deleted.ConnectionID).Best()
	if !ok {
		return nil
	}
	target := gitlab.Resource{Kind: deleted.Target.Asked().Kind, ID: deleted.Target.ID.ValueString()}
	name := webhookName(deleted.ID.ValueString())
	hooks, err := by.Hooks(ctx, target)
	switch {
	case gitlab.IsNotFound(err):
		return nil // It went with the project or group.
	case err != nil:
		return diag.Diagnostics{diag.NewWarningDiagnostic("Could not tell whether the webhook was removed", fmt.Sprintf(
			"Infisical deleted the data source %q, and does not tell when GitLab keeps its webhook. Asking GitLab failed: %s.\nIf the settings of %s "+
				"show a webhook named %q, delete it.", deleted.Name.ValueString(), transport.Phrase(err.Error()), deleted.Target.Asked(), name))}
	case !slices.ContainsFunc(hooks, func(hook gitlab.Hook) bool { return hook.Name == name }):
		return nil
	}
	return diag.Diagnostics{diag.NewWarningDiagnostic("Webhook left at GitLab", fmt.Sprintf(
		"Infisical deleted the data source %q, but its webhook is still in %s: GitLab did not let Infisical remove it, for example because the "+
			"connection's token has expired.\nDelete the webhook named %q in the settings of the %s.",
		deleted.Name.ValueString(), deleted.Target.Asked(), name, target.Kind))}
}
