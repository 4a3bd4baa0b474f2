package connection

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// diagnose turns a failure of the Infisical client into diagnostics. verb completes "could not … the GitLab
// connection".
func diagnose(verb string, err error) diag.Diagnostics {
	if infisical.OAuthNotConfigured.Is(err) {
		return diag.Diagnostics{oauthNotConfigured()}
	}
	if refused, ok := infisical.CredentialsRefused.Reason(err); ok {
		return diag.Diagnostics{credentialRefusal(tokenPath, string(refused), err)}
	}
	said := providerdata.Failure{Summary: fmt.Sprintf("Could not %s the GitLab connection", verb), Attributes: attributeOf}.Diagnose(err)
	if hint := importHint(err); verb == "import" && hint != "" {
		return diag.Diagnostics{diag.NewErrorDiagnostic(said[0].Summary(), said[0].Detail()+"\n"+hint)}
	}
	return said
}

// importHint says what else may be the matter with what is to be imported.
func importHint(err error) string {
	var failure *infisical.Error
	switch {
	case infisical.IsForbidden(err):
		return "The connection may also belong to another organization than the identity."
	case errors.As(err, &failure) && failure.Status == http.StatusBadRequest:
		return "Check that it is a connection for GitLab: connections of other apps cannot be imported here."
	}
	return ""
}

// attributeOf maps fields of a request to the attributes to report them on.
var attributeOf = map[string]path.Path{
	"name":                        path.Root("name"),
	"description":                 path.Root("description"),
	"projectId":                   path.Root("project_id"),
	"connectionId":                path.Root("id"),
	"credentials.accessToken":     tokenPath,
	"credentials.accessTokenType": tokenPath,
	"credentials.instanceUrl":     path.Root("instance_url"),
}

// diagnoseWrite is diagnose for a create or update. Either may have carried a credential, which Infisical tries at
// GitLab before it stores it.
func (o *operation) diagnoseWrite(ctx context.Context, err error) diag.Diagnostics {
	if object.MayBeElsewhere(err) && !o.state.ID.IsNull() {
		return connections.DiagnoseRecorded(ctx, o.client, o.remembered(), "update", err)
	}
	if infisical.NameTaken.Is(err) {
		return diag.Diagnostics{connections.NameTaken(ctx, o.client, o.plan.Name.ValueString(), o.plan.ProjectID.ValueString(), nil)}
	}
	if refused, ok := infisical.CredentialsRefused.Reason(err); ok {
		return diag.Diagnostics{credentialRefusal(o.plan.kind().path(), string(refused), err)}
	}
	if refused, ok := infisical.CodeRefused.Reason(err); ok {
		return diag.Diagnostics{codeRefusal(string(refused), func() string { return o.codePage(ctx) })}
	}
	return diagnose(o.verb(), err)
}

// verb is what a write does.
func (o *operation) verb() string {
	if o.state.ID.IsNull() {
		return "create"
	}
	return "update"
}

// credentialRefusal explains the answer that Infisical got from GitLab about a token.
func credentialRefusal(at path.Path, refused string, err error) diag.Diagnostic {
	said := fmt.Sprintf("Infisical tries a token at GitLab before it stores it, and reports: %s.\n", transport.Phrase(infisical.Reason(err)))
	switch statusOf(refused) {
	case http.StatusUnauthorized:
		return diag.NewAttributeErrorDiagnostic(at, "GitLab refuses the token", said+
			"The token is unknown to the GitLab at instance_url, or it has expired or was revoked. Check that it was created there, and create a new one if "+
			"necessary.")
	case http.StatusForbidden:
		return diag.NewAttributeErrorDiagnostic(at, "GitLab refuses the token", said+
			"GitLab knows the token but does not let it read its own user: it needs the scope api.")
	}
	return gitLabTrouble(refused, said)
}

// codeRefusal explains the answer that Infisical got from GitLab when it exchanged a code. page is where to get
// another.
func codeRefusal(refused string, page func() string) diag.Diagnostic {
	said := fmt.Sprintf("Infisical could not exchange the code at GitLab: %s.\n", transport.Phrase(refused))
	switch status := statusOf(refused); {
	case status == http.StatusBadRequest, status == http.StatusUnauthorized, status == 0 && !neverArrived.MatchString(refused):
		return diag.NewAttributeErrorDiagnostic(oauthPath, "GitLab refuses the authorization code", said+
			"A code can be used once and expires after ten minutes: this one was probably used or has expired, perhaps because a page was opened with it. "+
			"It may also belong to "+
			"another GitLab or OAuth application, or the application's redirect URI is not <SITE_URL>"+redirectPath+".\nSet oauth.authorization_code_wo to a new code, and apply again."+whereFrom(page()))
	}
	return gitLabTrouble(refused, said)
}

// gitLabTrouble explains a failure of GitLab, or on the way to it, that is not the credential's fault.
func gitLabTrouble(refused, said string) diag.Diagnostic {
	at := path.Root("instance_url")
	switch status := statusOf(refused); {
	case status == http.StatusNotFound, status == 0 && notJSON.MatchString(refused):
		return diag.NewAttributeErrorDiagnostic(at, "Not the address of a GitLab", said+
			"Something other than GitLab's API answers at instance_url. If GitLab is below a path, as in https://example.com/gitlab, include the path. A "+
			"proxy may also answer instead of GitLab.")
	case status == http.StatusTooManyRequests:
		return diag.NewAttributeErrorDiagnostic(at, "GitLab limits Infisical's requests", said+
			"GitLab refuses requests from the Infisical server, or from its address, because there were too many. The credential is not at fault. Apply "+
			"again in a few minutes; "+
			"on a self-managed GitLab, an administrator can raise the rate limits.")
	case status >= http.StatusInternalServerError:
		return diag.NewAttributeErrorDiagnostic(at, "GitLab answered Infisical with an error", said+
			"GitLab, or a proxy in front of it, failed to answer Infisical's request. The credential is not at fault. Apply again once GitLab works.")
	case status != 0:
		return diag.NewAttributeErrorDiagnostic(at, "GitLab refuses Infisical's request", said+
			"GitLab, or a proxy in front of it, does not object to the credential. Look for the request in GitLab's log.")
	case strings.HasPrefix(refused, "Local IPs not allowed"):
		return diag.NewAttributeErrorDiagnostic(at, "Infisical does not connect to local addresses", said+
			"The Infisical server resolves instance_url, not this machine. It always refuses localhost, and refuses private addresses unless it runs with "+
			"ALLOW_INTERNAL_IP_CONNECTIONS=true. Use a name under which the Infisical server reaches GitLab.")
	}
	return diag.NewAttributeErrorDiagnostic(at, "Infisical cannot reach GitLab", said+
		"The Infisical server resolves and contacts instance_url, not this machine. Check the address, and that the server can reach it and trusts its "+
		"certificate.")
}

var (
	// statusNumber is how axios and gitbeaker, through which Infisical asks GitLab, tell a status by its number.
	statusNumber = regexp.MustCompile(`status code:? ([1-5][0-9][0-9])\b`)
	// notJSON is what JSON.parse of V8 says.
	notJSON = regexp.MustCompile(`^(Unexpected (end of JSON input|token)|Expected .* in JSON at position)|is not valid JSON`)
	// neverArrived is what Node.js and Infisical say when they got no answer.
	neverArrived = regexp.MustCompile(`\bE[A-Z]{4,}\b|getaddrinfo|timeout|certificate|fetch failed|socket hang up|Local IPs not allowed`)
)

// statusOf is the status that GitLab gave Infisical, 0 when there was none. gitbeaker tells it by its text,
// "Unauthorized" or "Not Found. Cause: …",
// https://github.com/jdalrymple/gitbeaker/blob/main/packages/rest/src/Requester.ts.
func statusOf(refused string) int {
	text, _, caused := strings.Cut(refused, ". Cause:")
	if number := statusNumber.FindStringSubmatch(refused); number != nil && !caused {
		status, _ := strconv.Atoi(number[1])
		return status
	}
	if strings.HasPrefix(text, http.StatusText(http.StatusUnauthorized)) {
		return http.StatusUnauthorized
	}
	if !caused {
		return 0
	}
	for status := http.StatusBadRequest; status < 600; status++ {
		if text == http.StatusText(status) {
			return status
		}
	}
	return http.StatusBadRequest // A text of GitLab's own, or of a proxy's.
}
