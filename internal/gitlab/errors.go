package gitlab

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	gogitlab "github.com/xanzy/go-gitlab"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Reason says what kind of failure an Error is.
type Reason string

// Definite bad news about the token that made the request.
const (
	// ReasonTokenUnknown is GitLab's bare 401: mistyped, deleted, or of another
	// instance. Listing and reading the tokens of a project or group answers so
	// to users without the right, too.
	ReasonTokenUnknown Reason = "token unknown"
	ReasonTokenExpired Reason = "token expired"
	ReasonTokenRevoked Reason = "token revoked"
	// ReasonImpersonationDisabled: an impersonation token on an instance that
	// has switched these off.
	ReasonImpersonationDisabled Reason = "impersonation disabled"
	// ReasonDPoPRequired: the user demands a proof of possession with each
	// request, which Infisical does not send.
	ReasonDPoPRequired Reason = "DPoP required"
	// ReasonUserRefused: the user is blocked, deactivated, unconfirmed or the
	// like. The message says which.
	ReasonUserRefused Reason = "user refused"
)

// The token is alive, but GitLab does not do what was asked.
const (
	// ReasonScope: the token's scopes do not cover the request.
	ReasonScope Reason = "scope insufficient"
	// ReasonGranular: a fine-grained token lacks the permission, or a classic one is refused because it is none.
	ReasonGranular  Reason = "granular permission insufficient"
	ReasonForbidden Reason = "forbidden"
	// ReasonNotFound: no such project, group, member or token, as far as this
	// token can see.
	ReasonNotFound Reason = "not found"
	// ReasonInvalid: GitLab refuses the values sent. The message says why.
	ReasonInvalid Reason = "invalid"
)

// GitLab could not be asked, or what answered is not the GitLab we know.
const (
	// ReasonNotSent: the request could not even be built.
	ReasonNotSent     Reason = "not sent"
	ReasonUnreachable Reason = "unreachable"
	// ReasonUntrusted: GitLab's certificate is not trusted here, or is for another
	// name.
	ReasonUntrusted   Reason = "certificate not trusted"
	ReasonServerError Reason = "server error"
	ReasonRateLimited Reason = "rate limited"
	ReasonRedirected  Reason = "redirected"
	// ReasonNoSuchRoute: an older GitLab, or a wrong path in the instance URL.
	ReasonNoSuchRoute Reason = "no such route"
	// ReasonNoServiceAccounts: this GitLab does not know the requests for service accounts of groups and their tokens.
	ReasonNoServiceAccounts Reason = "no service accounts"
	// ReasonNotGitLab: an answer that is not GitLab's, such as a sign-in page.
	ReasonNotGitLab Reason = "not GitLab"
	// ReasonUnexpected: any other answer.
	ReasonUnexpected Reason = "unexpected answer"
)

// Error is a request to GitLab that failed.
type Error struct {
	// Operation is what was being done, as in "describing the token".
	Operation string
	Reason    Reason
	// Status is the HTTP status, 0 when there was no answer.
	Status int
	// Message is in GitLab's own words, one line, never HTML. May be empty.
	Message transport.Words
	// Cause is the error below when there was no (readable) answer, else nil.
	Cause error
	// Date is GitLab's own time of the answer, zero when it did not tell.
	Date time.Time

	ambiguous bool
}

// Error returns the operation, the status and GitLab's message.
func (e *Error) Error() string {
	return e.Operation + ": " + e.Explain()
}

// Explain returns the failure as a phrase without the operation.
func (e *Error) Explain() string {
	switch {
	case e.Message != "" && e.Status != 0 && e.Reason != ReasonNoServiceAccounts:
		return fmt.Sprintf("GitLab answered %d: %s", e.Status, e.Message)
	case e.Reason == ReasonNotGitLab && e.Status < 300:
		return "the answer " + notItsAPI
	case e.Reason == ReasonNotGitLab:
		return fmt.Sprintf("the answer (HTTP %d) %s", e.Status, notItsAPI)
	case e.Reason == ReasonNoSuchRoute:
		return "this GitLab does not know the request: it is older than 15.5, or the path in the instance URL is wrong"
	case e.Reason == ReasonNoServiceAccounts:
		return fmt.Sprintf("GitLab answered %d: it does not know the request", e.Status)
	case e.Status != 0:
		return fmt.Sprintf("GitLab answered %d %s", e.Status, http.StatusText(e.Status))
	case e.Reason == ReasonUntrusted && e.Cause != nil:
		return e.Cause.Error() + " (if a private authority issued the certificate, set gitlab.ca_certificate in the provider block to that authority's)"
	case e.Cause != nil:
		return e.Cause.Error()
	default:
		return string(e.Reason)
	}
}

const notItsAPI = "does not come from GitLab's API; it may be a sign-in page or come from a proxy, or GitLab is below a path that instance_url does " +
	"not include, as https://example.com/gitlab does"

// Unwrap returns the error below, for errors.Is(err, context.Canceled).
func (e *Error) Unwrap() error { return e.Cause }

// CondemnsToken reports that GitLab was asked, and that the token does not work.
func (e *Error) CondemnsToken() bool {
	switch e.Reason {
	case ReasonTokenUnknown, ReasonTokenExpired, ReasonTokenRevoked,
		ReasonImpersonationDisabled, ReasonDPoPRequired, ReasonUserRefused:
		return true
	default:
		return false
	}
}

// couldNotAsk reports that the failure says nothing about the token. It is false
// for nil.
func (e *Error) couldNotAsk() bool {
	if e == nil {
		return false
	}
	switch e.Reason {
	case ReasonNotSent, ReasonUnreachable, ReasonUntrusted, ReasonServerError, ReasonRateLimited, ReasonRedirected,
		ReasonNoSuchRoute, ReasonNoServiceAccounts, ReasonNotGitLab, ReasonUnexpected:
		return true
	default:
		return false
	}
}

// IsUnauthorized reports that GitLab refuses the token that made the request.
func IsUnauthorized(err error) bool {
	failure := asError(err)
	return failure != nil && failure.CondemnsToken()
}

// IsForbidden reports that the token works and its user, role or scopes do not
// suffice for what was asked.
func IsForbidden(err error) bool {
	return hasReason(err, ReasonForbidden, ReasonScope, ReasonGranular)
}

// IsGranular reports that a fine-grained token lacks a permission, or that a classic one is refused where GitLab takes
// fine-grained ones only: GitLab's answer is the same.
func IsGranular(err error) bool { return hasReason(err, ReasonGranular) }

// IsNotFound reports that GitLab says 404: the project, group or token does not
// exist, or not for this user.
func IsNotFound(err error) bool { return hasReason(err, ReasonNotFound) }

// IsInvalid reports that GitLab refuses the values sent; the Message of the
// *Error says why.
func IsInvalid(err error) bool { return hasReason(err, ReasonInvalid) }

// IsExpiryRefused reports that GitLab refuses the expires_at sent, such as one
// beyond the instance's maximum lifetime of tokens. The Message of the *Error
// says what it allows.
func IsExpiryRefused(err error) bool {
	return IsInvalid(err) && strings.Contains(strings.ToLower(string(asError(err).Message)), "expir")
}

// DateOf returns GitLab's own time of the answer that refused a request, zero
// when it is not known.
func DateOf(err error) time.Time {
	if failure := asError(err); failure != nil {
		return failure.Date
	}
	return time.Time{}
}

// IsAmbiguous reports that the request may have been processed although it
// failed: no answer, a 5xx, or garbage. False means that it surely was not.
func IsAmbiguous(err error) bool {
	failure := asError(err)
	return failure != nil && failure.ambiguous
}

func hasReason(err error, reasons ...Reason) bool {
	failure := asError(err)
	return failure != nil && slices.Contains(reasons, failure.Reason)
}

// failureOf turns the outcome of go-gitlab's Do into an *Error without an
// operation, or nil. go-gitlab's own errors are dropped: their text holds whole
// HTML pages, and their request the token.
func (c *Client) failureOf(response *gogitlab.Response, err error) *Error {
	switch {
	case response == nil && err != nil:
		return noAnswer(err)
	case response.StatusCode >= 300:
		return c.refusal(response.Response)
	case err != nil && isGarbage(err):
		return &Error{Reason: ReasonNotGitLab, Status: response.StatusCode, ambiguous: true}
	case err != nil:
		return &Error{Reason: ReasonUnreachable, Cause: fmt.Errorf("reading the answer: %w", err), ambiguous: true}
	default:
		return nil
	}
}

func noAnswer(err error) *Error {
	var redirect *transport.RedirectError
	if errors.As(err, &redirect) {
		return &Error{Reason: ReasonRedirected, Cause: redirect}
	}
	reason := ReasonUnreachable
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		reason = ReasonUntrusted
	}
	return &Error{Reason: reason, Cause: transport.Reason(err), ambiguous: !transport.NotSent(err)}
}

// isGarbage tells a complete answer that makes no sense from one that was truncated.
func isGarbage(err error) bool {
	var syntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	var tooMany *transport.CountError
	var tooLong *transport.LengthError
	return errors.As(err, &syntax) || errors.As(err, &wrongType) || errors.As(err, &tooMany) || errors.As(err, &tooLong) || errors.Is(err, io.EOF)
}

// refusal classifies an answer that is not a success.
// https://docs.gitlab.com/api/rest/troubleshooting/
func (c *Client) refusal(response *http.Response) *Error {
	failure := &Error{Status: response.StatusCode, ambiguous: response.StatusCode >= 500}
	var raw []byte
	if kept, ok := response.Body.(keptBody); ok {
		raw = kept.raw
	}
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		failure.Date = date
	}
	answer, isJSON := parseErrorBody(raw)
	failure.Message = c.secrets.Words(answer.text(), messageLimit)
	failure.Reason = reasonOf(response.StatusCode, answer, isJSON)
	return failure
}

func reasonOf(status int, answer errorBody, isJSON bool) Reason {
	switch {
	case status < 400:
		return ReasonRedirected
	case status >= 500:
		return ReasonServerError
	case status == http.StatusTooManyRequests:
		return ReasonRateLimited
	case !isJSON:
		// A 401 or 403 of a proxy, or of GitLab's ban on addresses.
		return ReasonNotGitLab
	}
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return reasonOfInvalid(answer)
	case http.StatusUnauthorized:
		return reasonOfUnauthorized(answer)
	case http.StatusForbidden:
		return reasonOfForbidden(answer)
	case http.StatusNotFound:
		if answer.Error != "" {
			return ReasonNoSuchRoute // The router's 404 has "error", a resource's has "message".
		}
		return ReasonNotFound
	default:
		return ReasonUnexpected
	}
}

// reasonOfInvalid finds refusals for missing rights, which GitLab answers with 400 when creating an access token, and
// of a GitLab that makes no classic tokens any more: "Rotation of legacy personal access tokens is disabled. Use a
// fine-grained token instead."
// https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/services/personal_access_tokens/rotate_service.rb
func reasonOfInvalid(answer errorBody) Reason {
	text := answer.text()
	if strings.Contains(text, "legacy personal access token") || strings.Contains(text, "fine-grained token") {
		return ReasonGranular
	}
	if strings.Contains(text, "does not have permission") || strings.Contains(text, "permissions not held by") || strings.Contains(text, " cannot delete ") {
		return ReasonForbidden
	}
	return ReasonInvalid
}

func reasonOfUnauthorized(answer errorBody) Reason {
	switch {
	case answer.Error == "invalid_token" && strings.Contains(answer.Description, "expired"):
		return ReasonTokenExpired
	case answer.Error == "invalid_token" && strings.Contains(answer.Description, "revoked"):
		return ReasonTokenRevoked
	case answer.Error == "invalid_token" && strings.Contains(answer.Description, "impersonation"):
		return ReasonImpersonationDisabled
	case answer.Error == "dpop_error":
		return ReasonDPoPRequired
	case answer.Error == "invalid_token", strings.HasPrefix(answer.message(), "401"):
		return ReasonTokenUnknown
	default:
		return ReasonUnexpected
	}
}

func reasonOfForbidden(answer errorBody) Reason {
	switch {
	case answer.Error == "insufficient_scope":
		return ReasonScope
	case answer.Error == "insufficient_granular_scope":
		return ReasonGranular
	case strings.HasPrefix(answer.message(), "403 Forbidden - "):
		return ReasonUserRefused
	case strings.HasPrefix(answer.message(), "403"):
		return ReasonForbidden
	default:
		return ReasonUnexpected
	}
}

// errorBody is either of GitLab's two families of error: OAuth's with "error"
// and "error_description", and Grape's with "message", a text or an object.
type errorBody struct {
	Error       string          `json:"error"`
	Description string          `json:"error_description"`
	Message     json.RawMessage `json:"message"`
}

func parseErrorBody(raw []byte) (errorBody, bool) {
	var body errorBody
	if err := json.Unmarshal(raw, &body); err != nil {
		return errorBody{}, false
	}
	return body, body.Error != "" || len(body.Message) > 0
}

func (b errorBody) message() string {
	var text string
	if json.Unmarshal(b.Message, &text) == nil {
		return text
	}
	var value any
	if json.Unmarshal(b.Message, &value) != nil {
		return ""
	}
	return flatten(value, maxNesting)
}

// text returns GitLab's words, without the status that they often begin with.
func (b errorBody) text() string {
	text := b.message()
	if text == "" {
		text = b.Description
	}
	if text == "" {
		text = b.Error
	}
	for _, prefix := range []string{"400 Bad request - ", "403 Forbidden - "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return text
}

// maxNesting is deeper than GitLab's objects are.
const maxNesting = 8

// flatten turns {"expires_at": ["is too late"]} into "expires_at is too late".
func flatten(value any, levels int) string {
	if levels == 0 {
		return "…"
	}
	switch value := value.(type) {
	case string:
		return value
	case []any:
		parts := make([]string, len(value))
		for i, part := range value {
			parts[i] = flatten(part, levels-1)
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		parts := make([]string, 0, len(value))
		for _, key := range slices.Sorted(maps.Keys(value)) {
			parts = append(parts, key+" "+flatten(value[key], levels-1))
		}
		return strings.Join(parts, ", ")
	default:
		return fmt.Sprint(value)
	}
}
