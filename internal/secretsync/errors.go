package secretsync

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// attributeOf is where to point at for a field of a request. A path further down than these would be more exact, but
// Terraform shows no line of the file for it.
var attributeOf = map[string]path.Path{
	"name":                                path.Root("name"),
	"description":                         path.Root("description"),
	"projectId":                           path.Root("project_id"),
	"connectionId":                        path.Root("connection_id"),
	"environment":                         path.Root("source"),
	"secretPath":                          path.Root("source"),
	"syncOptions.keySchema":               path.Root("variables"),
	"destinationConfig":                   path.Root("target"),
	"destinationConfig.projectId":         path.Root("target"),
	"destinationConfig.groupId":           path.Root("target"),
	"destinationConfig.targetEnvironment": path.Root("target"),
}

// diagnose puts a failure of the Infisical client into words. verb completes "could not … the GitLab secret sync".
func diagnose(verb string, err error) diag.Diagnostics {
	return providerdata.Failure{
		Summary: fmt.Sprintf("Could not %s the GitLab secret sync", verb), Attributes: attributeOf, Object: "secret sync", Permission: "Secret " +
			"Syncs in the project, and to use its App Connections",
	}.Diagnose(err)
}

// diagnoseWrite is diagnose for a create or update, which fail for reasons of their own.
func diagnoseWrite(ctx context.Context, client *infisical.Client, verb string, err error, plan resourceModel) diag.Diagnostics {
	said := transport.Sentence(infisical.Reason(err))
	switch {
	case infisical.NameTaken.Is(err):
		return diag.Diagnostics{nameConflict(ctx, client, plan)}
	case infisical.DuplicateDestination.Is(err):
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(preflight.TargetPath, "Duplicate sync destination", said+
			"\nThis organization allows only one sync to each destination. Delete the other sync, or choose another target or environment_scope.")}
	case infisical.SourceMissing.Is(err):
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("source"), "Source folder not found", said+
			"\nCheck source.environment, which is the slug of an environment and not its name, and source.secret_path; a sync does not create folders.")}
	case infisical.SourceUnreadable.Is(err):
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("source"), "Not allowed to read the secrets of the source", said+
			"\nInfisical lets only those create or change a sync who may read what it reads. Give the provider's identity a role in the project that may "+
			"read or describe the secrets of source.secret_path in source.environment, and with include_subfolders those of every folder below. Its "+
			"rights on Secret Syncs are not at fault.")}
	case infisical.IsNotFound(err) && verb == "create":
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("connection_id"), "Connection or project not found", said+
			"\nCheck project_id and connection_id, and that the provider's identity is a member of the project.")}
	}
	return diagnose(verb, err)
}

// nameConflict says what to do about a name that is taken, perhaps by what an apply that was killed has made.
func nameConflict(ctx context.Context, client *infisical.Client, plan resourceModel) diag.Diagnostic {
	return syncs.NameTaken(ctx, client, plan.Name.ValueString(), plan.ProjectID.ValueString(), func(existing *infisical.Sync) string {
		if existing == nil || existing.DiffersFrom(plan.settings(plan.Target.Asked().ID)) != "" {
			return ""
		}
		return fmt.Sprintf("It was created at %s and is what this configuration asks for: if an apply was killed at that time, that one "+
			"created it and could not record it, and this imports it.\n", existing.CreatedAt.UTC().Format(time.RFC3339))
	})
}
