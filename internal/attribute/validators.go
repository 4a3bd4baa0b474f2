package attribute

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// StringValidator is a validator made from a function, which is asked about known values only and returns nil for a
// good one.
func StringValidator(description string, check func(at path.Path, value string) diag.Diagnostic) validator.String {
	return stringValidator{description: description, check: check}
}

type stringValidator struct {
	description string
	check       func(at path.Path, value string) diag.Diagnostic
}

func (v stringValidator) Description(context.Context) string { return v.description }

func (v stringValidator) MarkdownDescription(context.Context) string { return v.description }

func (v stringValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if refusal := v.check(req.Path, req.ConfigValue.ValueString()); refusal != nil {
		resp.Diagnostics.Append(refusal)
	}
}

// ExampleID is what ids of Infisical look like.
const ExampleID = "1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11"

// A Check finds fault with the value of an attribute; nil for a good one.
type Check func(at path.Path, value string) diag.Diagnostic

// ReferenceValidator makes a validator of a check for an attribute whose value comes from another resource: it accepts
// what Terraform's mock_provider makes up for that one, with which the provider of a mocked test validates but never
// plans. The plan must call RefuseMadeUp.
func ReferenceValidator(description string, check Check) validator.String {
	return StringValidator(description, func(at path.Path, value string) diag.Diagnostic {
		if madeUp.MatchString(value) {
			return nil
		}
		return check(at, value)
	})
}

// madeUp is a computed text of mock_provider:
// https://github.com/hashicorp/terraform/blob/v1.11.4/internal/moduletest/mocking/generate.go
var madeUp = regexp.MustCompile(`^[a-z0-9]{8}$`)

// RefuseMadeUp checks in a plan, which none of a mocked test reaches, what a ReferenceValidator has accepted.
func RefuseMadeUp(at path.Path, value types.String, check Check) diag.Diagnostics {
	if !madeUp.MatchString(value.ValueString()) {
		return nil
	}
	if refusal := check(at, value.ValueString()); refusal != nil {
		return diag.Diagnostics{refusal}
	}
	return nil
}

// UUIDValidator accepts the ids that Infisical gives, in its spelling.
func UUIDValidator() validator.String { return ReferenceValidator("must be a UUID", CheckUUID) }

// CheckUUID is the check of UUIDValidator.
func CheckUUID(at path.Path, value string) diag.Diagnostic {
	id, err := uuid.Parse(value)
	switch {
	case err != nil:
		return diag.NewAttributeErrorDiagnostic(at, "Not an id of Infisical", fmt.Sprintf("The value is %q. Expected a UUID such as %s.", value, ExampleID))
	case id.String() != value:
		return diag.NewAttributeErrorDiagnostic(at, "Not an id of Infisical", fmt.Sprintf(
			"The value is %q. Write the id as Infisical shows it: %q.", value, id))
	}
	return nil
}

// DurationValidator accepts what time.ParseDuration reads, above zero.
func DurationValidator() validator.String {
	const wanted = "must be a duration above zero such as 45s or 2m"
	return StringValidator(wanted, func(at path.Path, value string) diag.Diagnostic {
		if duration, err := time.ParseDuration(value); err != nil || duration <= 0 {
			return diag.NewAttributeErrorDiagnostic(at, "Not a duration", fmt.Sprintf("The value is %q. It %s.", value, wanted))
		}
		return nil
	})
}

// Duration is the configured one, which the schema has checked, or what is the default.
func Duration(configured types.String, otherwise time.Duration) time.Duration {
	duration, err := time.ParseDuration(configured.ValueString())
	if err != nil {
		return otherwise
	}
	return duration
}

// GitLabTokenValidator accepts what may be a GitLab access token. It never repeats the value. A blank one, as a
// variable's default may be, counts as not given: where nothing is sent it does no harm.
func GitLabTokenValidator() validator.String {
	return StringValidator("must hold an access token, and nothing else", func(at path.Path, value string) diag.Diagnostic {
		if fault := gitlab.TextFault(value); fault != "" {
			return diag.NewAttributeErrorDiagnostic(at, "Not a token", "The value "+fault+". Check that its source holds nothing else.")
		}
		return nil
	})
}
