package infisical

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Error is every failure of this package. Use the Is functions to tell failures apart.
type Error struct {
	// Operation completes the sentence "could not …".
	Operation string
	// Status is the HTTP status, 0 when there was no answer.
	Status int
	// Name is the server's own name for the kind of failure, such as PermissionDenied; empty when it gave none.
	Name transport.Words
	// Message is the server's explanation; empty when it gave none, or gave Issues.
	Message transport.Words
	// Issues are what a 422 found wrong with the request, the first of them when they are many; MoreIssues counts the
	// others.
	Issues     []Issue
	MoreIssues int
	// RequestID is the server's reqId, for its administrator's logs; empty when it gave none.
	RequestID transport.Words
	// Ambiguous is true when the server may or may not have done what it was asked to.
	Ambiguous bool

	// reads: it was only to tell something.
	reads bool
	// login: it was the login that failed, so nothing is known of what was to follow.
	login bool
	// page: the answer is not one of an Infisical server.
	page bool
	// broken: the answer broke off, or cannot be read.
	broken bool
	// unproven: there was nothing to log in with.
	unproven bool
	// advice says what to look at; empty where the reason suffices.
	advice string
	cause  error
}

func (e *Error) Error() string {
	text := fmt.Sprintf("could not %s: %s", e.Operation, e.Reason())
	if e.advice != "" {
		text += ". " + e.advice
	}
	return text
}

// Reason is any error without the operation that failed, see Error.Reason.
func Reason(err error) string {
	if failure, ok := asError(err); ok {
		return failure.Reason()
	}
	return err.Error()
}

// Reason is what went wrong, without naming the operation: the server's words where it had any, with status and reqId.
func (e *Error) Reason() string {
	said := e.said()
	if e.Status == 0 {
		return said
	}
	details := fmt.Sprintf("HTTP %d", e.Status)
	if e.Name != "" {
		details += " " + string(e.Name)
	}
	if e.RequestID != "" {
		details += ", reqId " + string(e.RequestID)
	}
	return fmt.Sprintf("%s (%s)", said, details)
}

func (e *Error) said() string {
	if len(e.Issues) > 0 {
		return string(e.saidOfFields())
	}
	if e.Message == "" && e.cause != nil {
		return e.cause.Error()
	}
	return string(e.Message)
}

// saidOfFields are all issues.
func (e *Error) saidOfFields() transport.Words {
	said := e.Issues[0].Words()
	for _, issue := range e.Issues[1:] {
		said += "; " + issue.Words()
	}
	if e.MoreIssues > 0 {
		said += transport.Words(fmt.Sprintf("; and %d more", e.MoreIssues))
	}
	return said
}

// refused reports that the server understood the request and refused it. 429 is no refusal.
func (e *Error) refused() bool {
	return e.Status >= http.StatusBadRequest && e.Status < http.StatusInternalServerError && e.Status != http.StatusTooManyRequests
}

// after makes a failure ambiguous if an earlier attempt of the same call is in doubt.
func (e *Error) after(doubt bool) *Error {
	e.Ambiguous = e.Ambiguous || doubt
	return e
}

// inDoubt marks the failure of a call as ambiguous if an earlier attempt may have been processed.
func inDoubt(err error, doubt bool) error {
	e, ok := asError(err)
	if !ok || !doubt {
		return err
	}
	doubted := *e // A refused login is the error of many calls.
	return doubted.after(true)
}

// Unwrap gives the failure below, for those who ask for its type.
func (e *Error) Unwrap() error { return e.cause }

// IsNotFound reports that the connection does not exist, or not in the scope that was searched. Only the server's own
// word counts: a 404 of a proxy or of the server's router says that the address is wrong, and a 404 of the login that
// there is no such organization.
func IsNotFound(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusNotFound && e.Name == "NotFound" && !e.login
}

// IsUnauthorized reports that the server did not accept who we say we are: an unknown, revoked or timed-out access
// token and a refused login give 401, a JWT that has expired or is malformed gives 403 with the name TokenError.
func IsUnauthorized(err error) bool {
	e, ok := asError(err)
	return ok && (e.Status == http.StatusUnauthorized || (e.Status == http.StatusForbidden && e.Name == "TokenError"))
}

// IsForbidden reports that the identity lacks a permission. A 403 without a name comes from a proxy, and one of the
// login is about where or how it was tried, such as from an address that is not trusted.
func IsForbidden(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusForbidden && e.Name != "" && !e.login && !IsUnauthorized(err)
}

// ofAnotherOrganization is what Infisical says of something that another organization has than the session's: each of a
// time, and of objects of a project or of the organization itself. Servers of 2025 say it by the name of the error.
// backend/src/ee/services/permission/permission-service.ts of https://github.com/Infisical/infisical.
var ofAnotherOrganization = regexp.MustCompile(
	`^(This project does not belong to your selected organization\b|You are not allowed to access organization resource\b|` +
		`Your token is scoped to organization with ID \S+, but this resource belongs to a different organization\b)`)

// IsOfAnotherOrganization reports that the server itself refused what was asked for because another organization than
// the session's has it. "You are not a member of this organization" is not that: the identity was taken out of its own.
func IsOfAnotherOrganization(err error) bool {
	e, ok := asError(err)
	return ok && IsForbidden(err) && (ofAnotherOrganization.MatchString(string(e.Message)) || ofAnotherOrganization.MatchString(string(e.Name)))
}

// IsUntrusted reports that the server's certificate was not issued by an authority that is trusted here, or not for
// this host.
func IsUntrusted(err error) bool {
	var untrusted *tls.CertificateVerificationError
	return errors.As(err, &untrusted)
}

// WantsCertificate reports that the server ended the TLS handshake: it requires a client certificate, or does not
// accept ours.
func WantsCertificate(err error) bool {
	// This is how crypto/tls reports an alert.
	var alert *net.OpError
	return errors.As(err, &alert) && alert.Op == "remote error"
}

// IsRateLimited reports that the server answered 429 until the retries were used up.
func IsRateLimited(err error) bool { return hasStatus(err, http.StatusTooManyRequests) }

// IsAmbiguous reports that the server may or may not have done what it was asked to.
func IsAmbiguous(err error) bool {
	e, ok := asError(err)
	return ok && e.Ambiguous
}

// MayHaveWritten reports that an ambiguous failure is of a call that changes something.
func MayHaveWritten(err error) bool {
	e, ok := asError(err)
	return ok && e.Ambiguous && !e.reads
}

// IsPassing reports that the same call may well succeed the next time: there was no answer, or one that the server did
// not mean, such as a proxy's page or a refusal that breaks off. A refusal is none of that.
func IsPassing(err error) bool {
	e, ok := asError(err)
	return ok && (e.page || e.broken || !e.refused())
}

// HasAnswered reports that the server itself said that it failed, so it is no longer working on the request.
func HasAnswered(err error) bool {
	e, ok := asError(err)
	return ok && e.Status >= http.StatusBadRequest && e.Name != ""
}

func hasStatus(err error, status int) bool {
	e, ok := asError(err)
	return ok && e.Status == status
}

func asError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// connectionError is a call that got no answer.
func (c *Client) connectionError(call call, err error) *Error {
	var redirect *transport.RedirectError
	return &Error{
		Operation: call.operation,
		Ambiguous: !transport.NotSent(err) && !errors.As(err, &redirect),
		reads:     call.method == http.MethodGet,
		cause:     fmt.Errorf("%s: %w", c.config.Host, transport.Reason(err)),
	}
}

// unreadable is an answer that an Infisical server cannot have sent. A refusal remains one, whatever follows its
// status.
func unreadable(call call, resp *http.Response, err error) *Error {
	refused := resp.StatusCode >= http.StatusBadRequest && resp.StatusCode < http.StatusInternalServerError
	return &Error{Operation: call.operation, Status: resp.StatusCode, Ambiguous: !refused, reads: call.method == http.MethodGet, broken: true, cause: err}
}

// misread is an answer that does not say what was asked for.
func misread(call call, err error) *Error {
	return &Error{Operation: call.operation, Status: http.StatusOK, Ambiguous: true, reads: call.method == http.MethodGet, cause: err}
}

// refusal reads an error response: {reqId, statusCode, message, error}, where message is a string or a list of issues.
func (c *Client) refusal(call call, resp *http.Response, raw []byte) *Error {
	e := &Error{
		Operation: call.operation,
		Status:    resp.StatusCode,
		Ambiguous: resp.StatusCode >= http.StatusInternalServerError,
		reads:     call.method == http.MethodGet,
	}
	var envelope struct {
		RequestID foreign         `json:"reqId"`
		Name      foreign         `json:"error"`
		Message   json.RawMessage `json:"message"`
	}
	if !isJSON(resp) || json.Unmarshal(raw, &envelope) != nil {
		e.page = true
		e.cause = fmt.Errorf("the answer is %s and not an error of an Infisical server; a proxy may have sent it", c.contentType(resp))
		return e
	}
	e.RequestID, e.Name = c.label(envelope.RequestID), c.label(envelope.Name)
	if e.Issues, e.MoreIssues = c.issues(envelope.Message); len(e.Issues) > 0 {
		return e
	}
	var message foreign
	if json.Unmarshal(envelope.Message, &message) != nil || message == "" {
		e.cause = errors.New("the server gave no reason")
		return e
	}
	e.Message = c.words(foreign(plain(string(message))))
	e.Ambiguous = e.Ambiguous && !OAuthNotConfigured.Is(e)
	return e
}
