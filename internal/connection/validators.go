package connection

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// slug is what Infisical accepts as a name: text that equals its own lower-case slug.
var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func nameValidators() []validator.String {
	return []validator.String{
		stringvalidator.LengthBetween(1, 64),
		stringvalidator.RegexMatches(slug, "must be lower-case letters and digits, in groups joined by single hyphens, such as gitlab-platform"),
	}
}

// projectIDValidators refuse what no project has as its id; U+0000 would make the server's database fail.
func projectIDValidators() []validator.String {
	return []validator.String{
		stringvalidator.LengthAtLeast(1),
		stringvalidator.RegexMatches(regexp.MustCompile(`^[^\x00]*$`), "must not hold the character U+0000"),
	}
}

// What Infisical can store of a description, without surrounding white space: its column holds so many characters, and its API accepts so
// many UTF-16 units. A request with more fails at one or the other, at the column after everything else has been done.
// https://github.com/Infisical/infisical: backend/src/db/migrations (app_connections), backend/src/services/app-connection/app-connection-schemas.ts
const (
	maxDescriptionCharacters = 255
	maxDescriptionUnits      = 256
)

// descriptionValidator accepts what Infisical can store.
type descriptionValidator struct{}

func (descriptionValidator) Description(context.Context) string {
	return fmt.Sprintf("must be 1 to %d characters", maxDescriptionCharacters)
}

func (v descriptionValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (v descriptionValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	stored := storedDescription(req.ConfigValue.ValueString())
	characters, units := utf8.RuneCountInString(stored), len(utf16.Encode([]rune(stored)))
	switch {
	case strings.TrimSpace(stored) == "":
		resp.Diagnostics.AddAttributeError(req.Path, "Empty description", "The description is blank. Leave the attribute out for no description.")
	case characters > maxDescriptionCharacters:
		resp.Diagnostics.AddAttributeError(req.Path, "Description too long", fmt.Sprintf(
			"The description has %d characters, and Infisical can store %d.", characters, maxDescriptionCharacters))
	case units > maxDescriptionUnits:
		resp.Diagnostics.AddAttributeError(req.Path, "Description too long", fmt.Sprintf(
			"The description has %d characters, and Infisical counts those beyond U+FFFF, such as emoji, twice: it comes to %d, and %d are accepted.", characters, units, maxDescriptionUnits))
	case strings.ContainsRune(stored, 0):
		resp.Diagnostics.AddAttributeError(req.Path, "Description cannot be stored", "The description holds the character U+0000, which Infisical's database does not take.")
	}
}

// storedDescription is a description without the surrounding white space that the server surely takes off: JavaScript's trim leaves U+0085,
// which Go counts as white space.
func storedDescription(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) && r != '\u0085' })
}

// resourceValidator accepts the full path of a project or group, or its numeric id.
func resourceValidator() validator.String {
	return stringvalidator.RegexMatches(regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$`), "must be a numeric id or a full path such as platform/apps, without a leading or trailing slash")
}

// instanceURLValidator accepts what both Infisical and we can append /api/v4 to.
type instanceURLValidator struct{}

func (instanceURLValidator) Description(context.Context) string {
	return "must be an http or https URL with a host, without user name, query, fragment and /api/v4"
}

func (v instanceURLValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (v instanceURLValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	value := req.ConfigValue.ValueString()
	_, err := gitlab.NormalizeInstanceURL(value)
	switch {
	case err != nil:
		resp.Diagnostics.AddAttributeError(req.Path, "Not the address of a GitLab", sentence(err.Error()))
	case strings.TrimSpace(value) != value:
		resp.Diagnostics.AddAttributeError(req.Path, "Not the address of a GitLab", "The address begins or ends with white space.")
	case strings.HasSuffix(strings.TrimSuffix(value, "/"), "/api/v4"):
		resp.Diagnostics.AddAttributeError(req.Path, "Not the address of a GitLab",
			"The address ends with /api/v4, which Infisical appends by itself. Write "+strings.TrimSuffix(strings.TrimSuffix(value, "/"), "/api/v4")+" instead.")
	}
}

// secretValidator refuses what cannot be a token or code. It never repeats the value. A blank one, as a variable's default may be, counts as
// not given: where nothing is sent it does no harm.
type secretValidator struct {
	// name is what the value is to be, such as "access token".
	name string
	// Summary is the title of the refusal.
	Summary string
}

func tokenValidator() validator.String {
	return secretValidator{name: "access token", Summary: "Not a token"}
}

func codeValidator() validator.String {
	return secretValidator{name: "authorization code", Summary: "Not an authorization code"}
}

func (v secretValidator) Description(context.Context) string {
	return "must hold an " + v.name + ", without white space inside"
}

func (v secretValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v secretValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if strings.ContainsFunc(strings.TrimSpace(req.ConfigValue.ValueString()), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		resp.Diagnostics.AddAttributeError(req.Path, v.Summary,
			"The value holds white space or control characters inside, which no "+v.name+" does. Was more than that read from its source?")
	}
}

// uuidValidator accepts the ids that Infisical gives to connections.
type uuidValidator struct{}

func (uuidValidator) Description(context.Context) string { return "must be a UUID" }

func (v uuidValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v uuidValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := uuid.Parse(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Not the id of a connection",
			"The value is "+req.ConfigValue.String()+". Expected a UUID such as 1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11.")
	}
}
