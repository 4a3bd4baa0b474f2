package connection

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// diagnose puts a failure of the Infisical client into words. verb completes "could not … the GitLab connection".
func diagnose(verb string, err error) diag.Diagnostics {
	summary := fmt.Sprintf("Could not %s the GitLab connection", verb)
	if infisical.IsOAuthNotConfigured(err) {
		return diag.Diagnostics{oauthNotConfigured()}
	}
	if refused, ok := infisical.CredentialRefusal(err); ok {
		return diag.Diagnostics{credentialRefusal(refused, err)}
	}
	var failure *infisical.Error
	if errors.As(err, &failure) && len(failure.Issues) > 0 {
		return issueDiagnostics(failure)
	}
	detail := sentence(err.Error())
	if advice := advice(err); advice != "" {
		detail += "\n" + advice
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic(summary, detail)}
}

// advice says what to do about a failure; empty where the server's words suffice.
func advice(err error) string {
	switch {
	case infisical.IsInUse(err):
		return "Secret Syncs, secret rotations or Secret Scanning data sources still use the connection. Remove them, or point them at another connection, and apply again. " +
			"A sync that was just deleted may take a moment to let go."
	case infisical.IsUnauthorized(err):
		return "Check the credentials in the provider's auth block or in the environment. They are not tried again in this run, because failed logins lead to a lock-out."
	case infisical.IsForbidden(err):
		return "Give the provider's machine identity a role that allows this on App Connections, in the organisation or in the connection's project."
	case infisical.IsRateLimited(err):
		return "The server kept refusing for too many requests. Raise max_retries in the provider block, or run Terraform with a lower -parallelism."
	case infisical.IsAmbiguous(err):
		return "Whether the server did it is not known. The next plan shows how things stand."
	}
	return ""
}

// credentialRefusal: Infisical asked GitLab about the token, and this is what came of it.
func credentialRefusal(refused string, err error) diag.Diagnostic {
	said := fmt.Sprintf("Infisical tries a token at GitLab before it keeps it, and reports: %s.\n", phrase(reason(err)))
	instanceURL := path.Root("instance_url")
	switch {
	case strings.HasPrefix(refused, "Unauthorized"):
		return diag.NewAttributeErrorDiagnostic(tokenPath, "GitLab refuses the token", said+
			"The token is unknown to the GitLab at instance_url, or it has expired or was revoked. Check that it was made there, and make a new one if need be.")
	case strings.HasPrefix(refused, "Forbidden"):
		return diag.NewAttributeErrorDiagnostic(tokenPath, "GitLab refuses the token", said+
			"GitLab knows the token but does not let it read its own user: it needs the scope api.")
	case strings.HasPrefix(refused, "Local IPs not allowed"):
		return diag.NewAttributeErrorDiagnostic(instanceURL, "Infisical does not connect to local addresses", said+
			"instance_url is resolved by the Infisical server, not by this machine, and it refuses localhost always and private addresses unless it runs with "+
			"ALLOW_INTERNAL_IP_CONNECTIONS=true. Use a name under which the Infisical server reaches GitLab.")
	case strings.Contains(refused, ". Cause: "):
		return diag.NewAttributeErrorDiagnostic(tokenPath, "GitLab refuses the token", said)
	}
	return diag.NewAttributeErrorDiagnostic(instanceURL, "Infisical cannot reach GitLab", said+
		"instance_url is resolved and contacted by the Infisical server, not by this machine. Check the address, and that the server can reach it and trusts its certificate.")
}

// issueDiagnostics puts each issue on the attribute that it speaks of.
func issueDiagnostics(failure *infisical.Error) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, issue := range failure.Issues {
		detail := fmt.Sprintf("Infisical does not accept the request (HTTP %d %s, reqId %s): %s.", failure.Status, failure.Name, failure.RequestID, phrase(issue.String()))
		at, ok := attributeOf(issue.Path)
		if !ok {
			diags.AddError("Infisical refuses the connection", detail)
			continue
		}
		diags.AddAttributeError(at, "Infisical refuses the value", detail)
	}
	return diags
}

// attributeOf translates the path of a request's field.
func attributeOf(field []string) (path.Path, bool) {
	attributes := []struct {
		field []string
		at    path.Path
	}{
		{[]string{"name"}, path.Root("name")},
		{[]string{"description"}, path.Root("description")},
		{[]string{"projectId"}, path.Root("project_id")},
		{[]string{"connectionId"}, path.Root("id")},
		{[]string{"credentials", "accessToken"}, tokenPath},
		{[]string{"credentials", "accessTokenType"}, tokenPath},
		{[]string{"credentials", "instanceUrl"}, path.Root("instance_url")},
	}
	for _, attribute := range attributes {
		if slices.Equal(attribute.field, field) {
			return attribute.at, true
		}
	}
	return path.Empty(), false
}

// reason is an error without the operation that failed.
func reason(err error) string {
	var failure *infisical.Error
	if errors.As(err, &failure) {
		return failure.Reason()
	}
	return err.Error()
}
