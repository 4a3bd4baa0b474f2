package secretscanning

import (
	"context"
	"fmt"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// attributeOf is where to point at for a field of a request.
var attributeOf = map[string]path.Path{
	"name":                   path.Root("name"),
	"description":            path.Root("description"),
	"projectId":              path.Root("project_id"),
	"connectionId":           path.Root("connection_id"),
	"config":                 preflight.TargetPath,
	"config.projectId":       preflight.TargetPath,
	"config.groupId":         preflight.TargetPath,
	"config.includeProjects": preflight.TargetPath,
}

// diagnose puts a failure of the Infisical client into words. verb completes "could not … the GitLab data source".
func diagnose(verb string, err error) diag.Diagnostics {
	if infisical.ScanningUnlicensed.Is(err) {
		return diag.Diagnostics{unlicensed(err)}
	}
	return providerdata.Failure{
		Summary: fmt.Sprintf("Could not %s the GitLab data source", verb), Attributes: attributeOf, Object: "data source", Permission: "Secret " +
			"Scanning Data Sources in the project, and to use its App Connections",
	}.Diagnose(err)
}

// unlicensed names the license, which reading needs as well.
func unlicensed(err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Infisical plan without Secret Scanning", transport.Sentence(infisical.Reason(err))+
		"\nThe plan of the organization, or the license of a self-hosted Infisical, does not include Secret Scanning, and without it Infisical "+
		"refuses even to read data sources. Nothing was changed, and the state stays as it is. Renew or upgrade the plan and run Terraform again. To "+
		"go on without it, remove the data source from the state with a removed block or `terraform state rm`; its webhook at GitLab stays.")
}

// diagnoseWrite is diagnose for a create or update, which fail for reasons of their own.
func diagnoseWrite(ctx context.Context, client *infisical.Client, verb string, err error, plan resourceModel) diag.Diagnostics {
	said := transport.Sentence(infisical.Reason(err))
	status, words, refused := infisical.WebhookRefusal(err)
	switch {
	case infisical.NameTaken.Is(err):
		return diag.Diagnostics{nameConflict(ctx, client, verb, plan)}
	case infisical.ScanningProjectMissing.Is(err):
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("project_id"), "No Secret Scanning project", said+
			"\nA data source belongs to an Infisical project of the type Secret Scanning, of which newer servers have one per organization: leave "+
			"project_id out to use that, or open Secret Scanning in Infisical to create it.")}
	case refused:
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(preflight.TargetPath, "GitLab refuses the webhook", fmt.Sprintf(
			"GitLab answered Infisical %d %s: %s.\n%s", status, http.StatusText(status), transport.Phrase(words), remedy(status, plan.Target.Asked())))}
	case infisical.IsNotFound(err) && verb == "create":
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("connection_id"), "Connection or project not found", said+
			"\nCheck project_id and connection_id, and that the provider's identity is a member of the project.")}
	}
	return diagnose(verb, err)
}

// remedy says what to do when GitLab refuses a webhook.
func remedy(status int, target gitlab.Resource) string {
	switch status {
	case http.StatusUnauthorized:
		return "GitLab does not accept the connection's token: it has expired, or was revoked. Give the connection a new one."
	case http.StatusForbidden, http.StatusNotFound:
		if target.Kind == gitlab.KindGroup {
			return "The connection's token needs the scope api and the role Owner in the group, and GitLab needs a Premium or Ultimate license for " +
				"webhooks of groups. Without one, scan the projects one by one with target.project."
		}
		return "The connection's token needs the scope api and the role Maintainer in the project."
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "GitLab may not accept the address of Infisical, which is SITE_URL in Infisical's environment: it must be reachable from GitLab, and a " +
			"local one must be allowed in GitLab's outbound request settings. A project or group may also have too many webhooks."
	}
	return "Fix the cause at GitLab, and apply again."
}

// nameConflict says what to do about a name that is taken. Of a new data source there may be a webhook.
func nameConflict(ctx context.Context, client *infisical.Client, verb string, plan resourceModel) diag.Diagnostic {
	name := plan.Name.ValueString()
	return dataSources.NameTaken(ctx, client, name, plan.ProjectID.ValueString(), func(*infisical.DataSource) string {
		if verb != "create" {
			return ""
		}
		return fmt.Sprintf("Infisical notices that only after it has added the webhook to %s, and removes it again. If there is one named "+
			"%q in GitLab's settings all the same, delete it.\n", plan.Target.Asked(), webhookName(name))
	})
}
