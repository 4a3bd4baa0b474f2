package attribute

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// slug is what Infisical accepts as a name: text that equals its own lower-case slug.
var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// IsName reports whether Infisical accepts a name, of whatever length.
func IsName(text string) bool { return slug.MatchString(text) }

// NameValidators accept the names that Infisical accepts, up to a length.
func NameValidators(maxLength int) []validator.String {
	return []validator.String{
		stringvalidator.LengthBetween(1, maxLength),
		stringvalidator.RegexMatches(slug, "must be lower-case letters and digits, in groups joined by single hyphens, such as gitlab-platform"),
	}
}

// ProjectIDValidators accept the ids of projects: not their slugs, which the server does not know where it asks for an
// id.
func ProjectIDValidators() []validator.String {
	return []validator.String{ReferenceValidator("must be the id of a project, a UUID", CheckProjectID)}
}

// formerProjectID is the id of a project that is older than Infisical's present database, which keeps such ids:
// https://github.com/Infisical/infisical/blob/main/backend/src/db/migrations/20231222172455_project.ts
var formerProjectID = regexp.MustCompile(`^[0-9a-f]{24}$`)

// CheckProjectID is the check of ProjectIDValidators.
func CheckProjectID(at path.Path, value string) diag.Diagnostic {
	refusal := CheckUUID(at, value)
	if refusal == nil || formerProjectID.MatchString(value) {
		return nil
	}
	return diag.NewAttributeErrorDiagnostic(at, "Not an id of Infisical", refusal.Detail()+" Infisical shows the id of a project, which is not its slug, in the "+
		"project's settings.")
}

// ScopeName says where Infisical keeps an object: in the project with this id, or, when that is empty, in the
// organization itself.
func ScopeName(projectID string) string {
	if projectID == "" {
		return "the organization"
	}
	return "the project " + projectID
}

// What Infisical can store of a description, without surrounding white space: its column holds so many characters, and
// its API accepts so many UTF-16 units. A request with more fails at one or the other, at the column after everything
// else has been done. https://github.com/Infisical/infisical: backend/src/db/migrations (app_connections),
// backend/src/services/app-connection/app-connection-schemas.ts.
const (
	maxDescriptionCharacters = 255
	maxDescriptionUnits      = 256
)

// DescriptionValidator accepts what Infisical can store.
func DescriptionValidator() validator.String {
	return StringValidator(fmt.Sprintf("must be 1 to %d characters", maxDescriptionCharacters), checkDescription)
}

func checkDescription(at path.Path, text string) diag.Diagnostic {
	stored := infisical.Trim(text)
	characters, units := utf8.RuneCountInString(stored), len(utf16.Encode([]rune(stored)))
	switch {
	case strings.TrimSpace(stored) == "":
		return diag.NewAttributeErrorDiagnostic(at, "Empty description", "The description is blank. Remove the attribute for no description.")
	case characters > maxDescriptionCharacters:
		return diag.NewAttributeErrorDiagnostic(at, "Description too long", fmt.Sprintf(
			"The description has %d characters, and Infisical can store %d.", characters, maxDescriptionCharacters))
	case units > maxDescriptionUnits:
		return diag.NewAttributeErrorDiagnostic(at, "Description too long", fmt.Sprintf(
			"The description has %d characters, and Infisical counts those beyond U+FFFF, such as emoji, twice: that makes %d, and it accepts %d.", characters,
			units, maxDescriptionUnits))
	case strings.ContainsRune(stored, 0):
		return diag.NewAttributeErrorDiagnostic(at, "Description cannot be stored",
			"The description holds the character U+0000, which Infisical's database cannot store.")
	case strings.ContainsFunc(stored, isControl):
		return diag.NewAttributeErrorDiagnostic(at, "Description cannot be stored",
			"The description holds a control character, which a terminal that shows it would obey. Line breaks and tabs are fine.")
	}
	return nil
}

// isControl reports characters that a terminal obeys, but for those that lay out a text.
func isControl(r rune) bool { return unicode.Is(unicode.Cc, r) && !strings.ContainsRune("\t\n\r", r) }
