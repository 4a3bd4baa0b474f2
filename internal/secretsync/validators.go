package secretsync

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
)

var (
	slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	// variableName is what GitLab takes as the key of a variable: https://docs.gitlab.com/ci/variables/#for-a-project.
	variableName = regexp.MustCompile(`^[a-zA-Z0-9_]*$`)
	// scopeText is what GitLab takes as an environment scope.
	scopeText = regexp.MustCompile(`^[a-zA-Z0-9_/${}.* -]+$`)
)

// maxScope is how long an environment scope can be, without the white space around it that GitLab takes off:
// https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/models/concerns/has_environment_scope.rb.
const maxScope = 255

func slugValidators() []validator.String {
	return []validator.String{
		stringvalidator.LengthBetween(1, 64),
		stringvalidator.RegexMatches(slug, "must be the slug of an environment: lower-case letters and digits, in groups joined by single hyphens, "+
			"such as prod"),
	}
}

// secretPathValidator accepts a path as Infisical stores it: it takes off one slash at the end.
func secretPathValidator() validator.String {
	return attribute.ReferenceValidator("must be the path of a folder", checkSecretPath)
}

// folderPath is made of names of folders, without control characters.
var folderPath = regexp.MustCompile(`^(/|(/[^/\x00-\x1f\x7f]+)+)$`)

// maxSecretPath is more than a path of folders takes, and little enough for every answer that repeats it.
const maxSecretPath = 4096

func checkSecretPath(at path.Path, value string) diag.Diagnostic {
	if folderPath.MatchString(value) && infisical.Trim(value) == value && strings.TrimSpace(value) == value && len(value) <= maxSecretPath {
		return nil
	}
	return diag.NewAttributeErrorDiagnostic(at, "Not the path of a folder", fmt.Sprintf("The value is %.300q. Expected a path such as /api, which "+
		"begins with a slash and does not end with one, or / alone.", value))
}

func scopeValidator() validator.String {
	return attribute.StringValidator("must be an environment scope of GitLab", func(at path.Path, value string) diag.Diagnostic {
		switch {
		case value == "":
			return diag.NewAttributeErrorDiagnostic(at, "Empty environment scope",
				"Infisical takes an empty scope for all of them: it would rewrite, and perhaps delete, variables of every scope. Write \"*\" for "+
					"variables that every environment gets, which is also the default.")
		case strings.TrimSpace(value) != value:
			return diag.NewAttributeErrorDiagnostic(at, "Not an environment scope", fmt.Sprintf(
				"The value is %q. GitLab takes off the white space around a scope, so Infisical would not find its own variables again.", value))
		case len(value) > maxScope:
			return diag.NewAttributeErrorDiagnostic(at, "Not an environment scope", fmt.Sprintf(
				"The value has %d characters, and GitLab takes %d.", len(value), maxScope))
		case !scopeText.MatchString(value):
			return diag.NewAttributeErrorDiagnostic(at, "Not an environment scope", fmt.Sprintf(
				"The value is %q. GitLab takes letters, digits, spaces and - _ / $ { } . * only.", value))
		}
		return nil
	})
}

const (
	secretKeyPlaceholder   = "{{secretKey}}"
	environmentPlaceholder = "{{environment}}"
)

// maxKeySchema is how many characters Infisical takes.
const maxKeySchema = 255

func keySchemaValidator() validator.String {
	return attribute.StringValidator("must be a template for names of variables", func(at path.Path, value string) diag.Diagnostic {
		rest := strings.NewReplacer(secretKeyPlaceholder, "", environmentPlaceholder, "").Replace(value)
		switch {
		case len(value) > maxKeySchema && variableName.MatchString(rest):
			return diag.NewAttributeErrorDiagnostic(at, "Key schema does not fit", fmt.Sprintf(
				"The value has %d characters, and Infisical takes %d.", len(value), maxKeySchema))
		case strings.Count(value, secretKeyPlaceholder) != 1:
			return diag.NewAttributeErrorDiagnostic(at, "Key schema does not fit", fmt.Sprintf(
				"The value is %q. It must hold %s exactly once, as INF_%s does.", value, secretKeyPlaceholder, secretKeyPlaceholder))
		case !variableName.MatchString(rest):
			return diag.NewAttributeErrorDiagnostic(at, "Key schema does not fit", fmt.Sprintf(
				"The value is %q. GitLab takes letters, digits and _ in the name of a variable, so every run would fail, although Infisical "+
					"accepts the schema. Besides %s and %s use only those.",
				value, secretKeyPlaceholder, environmentPlaceholder))
		}
		return nil
	})
}

// ValidateConfig finds what depends on more than one attribute.
func (r *syncResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config resourceModel
	resp.Diagnostics.Append(attribute.Decode(ctx, req.Config.Raw, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	variables, environment := config.Variables, config.Source.Environment
	if variables.Hidden.ValueBool() && !variables.Masked.ValueBool() && !variables.Masked.IsUnknown() {
		resp.Diagnostics.AddAttributeError(path.Root("variables"), "Hidden variables must be masked",
			"GitLab masks every hidden variable. With masked = false Infisical would find each of them different at every run, and write it again. "+
				"Set masked = true as well.")
	}
	if strings.Contains(variables.KeySchema.ValueString(), environmentPlaceholder) && !variableName.MatchString(environment.ValueString()) &&
		isSet(environment) {
		resp.Diagnostics.AddAttributeError(path.Root("variables"), "Key schema does not fit", fmt.Sprintf(
			"The schema puts the environment's slug %q into the names of variables, and GitLab takes no hyphens there. Write the environment into "+
				"key_schema by hand, as in %s_%s.",
			environment.ValueString(), strings.ToUpper(strings.ReplaceAll(environment.ValueString(), "-", "_")), secretKeyPlaceholder))
	}
}

// isSet is false for null and unknown.
func isSet(text types.String) bool { return !text.IsNull() && !text.IsUnknown() }

// refuseMadeUp checks in a plan what validation leaves to it.
func (m *resourceModel) refuseMadeUp() diag.Diagnostics {
	diags := attribute.RefuseMadeUp(path.Root("project_id"), m.ProjectID, attribute.CheckProjectID)
	diags.Append(attribute.RefuseMadeUp(path.Root("connection_id"), m.ConnectionID, attribute.CheckUUID)...)
	diags.Append(attribute.RefuseMadeUp(preflight.TargetPath.AtName("project"), m.Target.Project, attribute.CheckGitLabProject)...)
	diags.Append(attribute.RefuseMadeUp(path.Root("source").AtName("secret_path"), m.Source.SecretPath, checkSecretPath)...)
	return diags
}
