package tokenpolicy

import "strings"

// Severity of a finding.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Aspect is what a finding is about. Which attribute that is depends on how the
// token came into the configuration.
type Aspect string

// The aspects.
const (
	// AspectToken: the token as such, its scopes and role included.
	AspectToken Aspect = "token"
	// AspectKind: the kind that the configuration declares.
	AspectKind Aspect = "kind"
	// AspectUses: the uses that the configuration declares.
	AspectUses Aspect = "uses"
	// AspectTargets: the projects and groups that the token shall act on.
	AspectTargets Aspect = "targets"
	// AspectPlace: the project or group that a token is to be created in.
	AspectPlace Aspect = "place"
	// AspectScopes and AspectAccessLevel: what the configuration asks a new
	// token to be made with.
	AspectScopes      Aspect = "scopes"
	AspectAccessLevel Aspect = "access_level"
)

// Finding is one thing to tell the user about a token. It holds no secret.
type Finding struct {
	Severity Severity
	Aspect   Aspect
	// Summary is a headline without a full stop.
	Summary string
	// Detail says what was found, what is needed and where to get it, and ends
	// with a full stop.
	Detail string
	// Waivable errors give way to token_validation = "warn".
	Waivable bool
}

// Message is the detail, with the way out for errors that have one.
func (f Finding) Message() string {
	if f.Severity != Error || !f.Waivable {
		return f.Detail
	}
	return strings.TrimSuffix(f.Detail, ".") + ", or set token_validation = \"warn\" to go on regardless."
}

// AsWarning returns the finding as token_validation = "warn" has it.
func (f Finding) AsWarning() Finding {
	if f.Waivable {
		f.Severity = Warning
	}
	return f
}
