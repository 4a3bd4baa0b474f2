package connection

import (
	"errors"
	"fmt"
	"slices"

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
		return diag.Diagnostics{credentialRefusal(tokenPath, refused, err)}
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
	if failure.MoreIssues > 0 {
		diags.AddError("Infisical refuses the connection", fmt.Sprintf("Infisical does not accept the request for %d more reasons than these.", failure.MoreIssues))
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
