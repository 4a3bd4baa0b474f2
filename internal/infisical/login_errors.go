package infisical

import (
	"net/http"
	"slices"
	"strings"
)

const checkAddress = "Check the address of the Infisical server: host in the provider block, or the environment variable INFISICAL_HOST."

// loginReasons are what a refused login is about, by a part of the server's message, in the order in which they are
// looked for. https://github.com/Infisical/infisical/tree/main/backend/src/services (identity-*-auth) has the messages.
var loginReasons = []struct {
	message string
	fields  []string // at fault; nil for what proves the identity
	advice  string
}{
	{message: "Route POST:", fields: []string{}, advice: "This server does not know the login method. " + checkAddress},
	{message: "temporarily locked", fields: []string{}, advice: "Too many logins failed. Infisical unlocks the identity after five minutes, unless " +
		"configured otherwise."},
	{message: "client secret usage limit reached", fields: []string{"clientSecret"},
		advice: "Each plan and each apply logs in at least once. Create a client secret without a limit on its uses."},
	{message: "client secret", fields: []string{"clientSecret"}},
	{message: "auth method not found for identity", fields: []string{"identityId"},
		advice: "The identity does not exist on this server, or this method is not configured for it."},
	{message: "Identity not found", fields: []string{"identityId"}},
	{message: "Identity with ID", fields: []string{"identityId"}},
	{message: "rganization", fields: []string{"organizationSlug"}},
	{message: "audience", advice: "The audience configured for the identity's method must match that of the token."},
}

// ofLogin marks a failure as one of the login: the call that was to follow was not sent, and the text says what to
// check.
func (e *Error) ofLogin(method Method, fields []Field) *Error {
	e.login, e.Ambiguous = true, false
	switch {
	case e.page && e.Status == http.StatusNotFound:
		e.advice = checkAddress
	case e.page: // Whoever sent it did not judge the credentials.
	case e.refused():
		e.advice = e.loginAdvice(fields)
	case e.Status == http.StatusInternalServerError && method == AWS:
		e.advice = "Infisical gives the same answer when AWS refuses the signed request: check " + sources(fields, "iamRequestHeaders") + "."
	}
	// Only the login has these fields, so the message names them.
	if e.Message == "" && len(e.Issues) > 0 {
		e.Message, e.Issues = e.saidOfFields(), nil
	}
	return e
}

func (e *Error) loginAdvice(fields []Field) string {
	if names := e.fieldsOfIssues(); len(names) > 0 {
		return check(fields, names)
	}
	for _, reason := range loginReasons {
		if !strings.Contains(string(e.Message), reason.message) {
			continue
		}
		atFault := reason.fields
		if atFault == nil {
			atFault = proving(fields)
		}
		return strings.TrimSpace(reason.advice + " " + check(fields, atFault))
	}
	return check(fields, proving(fields))
}

// fieldsOfIssues are the fields that the server's validation found fault with.
func (e *Error) fieldsOfIssues() []string {
	var names []string
	for _, issue := range e.Issues {
		if len(issue.Path) > 0 {
			names = append(names, string(issue.Path[0]))
		}
	}
	return names
}

// proving are the fields that prove the identity: all but those that name it.
func proving(fields []Field) []string {
	var names []string
	for _, field := range fields {
		if field.Name != "identityId" && field.Name != "organizationSlug" {
			names = append(names, field.Name)
		}
	}
	return names
}

func check(fields []Field, names []string) string {
	found := sources(fields, names...)
	if found == "" {
		return ""
	}
	return "Check " + found + "."
}

// sources says where the values of fields came from, each place once.
func sources(fields []Field, names ...string) string {
	var all []string
	for _, field := range fields {
		if field.Source != "" && slices.Contains(names, field.Name) && !slices.Contains(all, field.Source) {
			all = append(all, field.Source)
		}
	}
	return strings.Join(all, " and ")
}

// usedUp reports that an access token has reached its number of uses. Servers before 2026 use the second text, the
// oldest of them with the status 400.
func usedUp(err error) bool {
	e, ok := asError(err)
	if !ok || e.login {
		return false
	}
	said := string(e.Message)
	return strings.Contains(said, "token usage limit reached") || strings.Contains(said, "number of uses limit reached")
}

// sessionEnded reports that a call was refused for its access token.
func sessionEnded(err error) bool { return IsUnauthorized(err) || usedUp(err) }

// explainSession adds to a call that was refused for its access token what to do about it.
func (c *Client) explainSession(err error) error {
	e, ok := asError(err)
	if !ok || e.login {
		return err
	}
	switch {
	case usedUp(err):
		e.advice = "The identity's access tokens are limited to a number of uses (Access Token Max Number of Uses), and one Terraform run makes many requests. " +
			"Set that to 0, which means no limit, in the settings of the identity's " + c.config.Login.settings() + "."
	case IsUnauthorized(err) && c.config.Login.proof == nil:
		e.advice = "The access token from " + c.config.Login.source + " has expired or was revoked, or another server issued it. The provider cannot renew it: " +
			"set a new one, or use a method that logs in."
	}
	return err
}

// settings is where an administrator finds the settings of the access tokens.
func (l Login) settings() string {
	if l.proof == nil {
		return "Token Auth"
	}
	return l.method.Title
}
