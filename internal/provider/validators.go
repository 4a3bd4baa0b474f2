package provider

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// oneMethodValidator accepts an auth block with at most one method. One that is unknown may turn out not to be set.
type oneMethodValidator struct{}

func (oneMethodValidator) Description(context.Context) string { return "must set at most one method" }

func (v oneMethodValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (oneMethodValidator) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	values := req.ConfigValue.Attributes()
	set := slices.DeleteFunc(methodsOf(values), func(name string) bool { return values[name].IsUnknown() })
	if len(set) > 1 {
		resp.Diagnostics.AddAttributeError(req.Path.AtName(set[1]), "More than one way to log in to Infisical",
			"The auth block sets "+strings.Join(set, " and ")+". Keep one of them.")
	}
}

// identityIDValidator accepts UUIDs.
type identityIDValidator struct{}

func (identityIDValidator) Description(context.Context) string { return "must be a UUID" }

func (v identityIDValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (identityIDValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if value := strings.TrimSpace(req.ConfigValue.ValueString()); value != "" && !isUUID(value) {
		resp.Diagnostics.Append(notAnIdentityID(req.Path, req.Path.String(), value))
	}
}

var uuidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func isUUID(text string) bool { return uuidPattern.MatchString(text) }

// notAnIdentityID refuses an invalid id before it reaches the server, which would look it up as it is and answer with
// 500.
func notAnIdentityID(at path.Path, source, value string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, "Not the id of a machine identity",
		fmt.Sprintf("The value of %s is %q. The id of a machine identity is a UUID, which Infisical shows on the page of the identity.", source, value))
}

// ownTokenValidator refuses what GitLab gives to machines of its own, and no other API takes.
func ownTokenValidator() validator.String {
	return attribute.StringValidator("must be an access token of GitLab's", func(at path.Path, value string) diag.Diagnostic {
		if secret := gitlab.ForeignSecret(value); secret != "" {
			return diag.NewAttributeErrorDiagnostic(at, "Not a token", foreignSecret("The value", secret)+" Set it to an access token.")
		}
		return nil
	})
}

// foreignSecret says what a value is instead of an access token.
func foreignSecret(value, secret string) string {
	return fmt.Sprintf("%s has the prefix of another secret of GitLab's (%s), with which the provider can neither look anything up nor create tokens.", value, secret)
}
