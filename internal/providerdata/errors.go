package providerdata

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Failure describes how to report a request to Infisical that failed.
type Failure struct {
	// Summary is used where Infisical does not name a field of the request.
	Summary string
	// Attributes maps fields of the request, written with dots, such as credentials.accessToken, to the attributes to
	// report them on.
	Attributes map[string]path.Path
	// Object is what a request is about, "connection" when it is empty. Permission completes "a role that allows this
	// on", and is that of connections when it is empty.
	Object, Permission string
}

// Diagnose turns an error of the Infisical client into diagnostics. Each issue with the request is reported on its
// attribute.
func (f Failure) Diagnose(err error) diag.Diagnostics {
	var failure *infisical.Error
	if errors.As(err, &failure) && len(failure.Issues) > 0 {
		return f.issues(failure)
	}
	detail := transport.Sentence(err.Error())
	if advice := f.advice(err); advice != "" {
		detail += "\n" + advice
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic(f.Summary, detail)}
}

func (f Failure) issues(failure *infisical.Error) diag.Diagnostics {
	object := cmp.Or(f.Object, "connection")
	var diags diag.Diagnostics
	for _, issue := range failure.Issues {
		detail := fmt.Sprintf("Infisical does not accept the request (HTTP %d %s, reqId %s): %s.", failure.Status, failure.Name, failure.RequestID,
			transport.Phrase(issue.String()))
		if at, ok := f.Attributes[string(issue.Field())]; ok {
			diags.AddAttributeError(at, "Infisical refuses the value", detail)
		} else {
			diags.AddError("Infisical refuses the "+object, detail)
		}
	}
	if failure.MoreIssues > 0 {
		diags.AddError("Infisical refuses the "+object, fmt.Sprintf("Infisical gives %d more reasons for not accepting the request.", failure.MoreIssues))
	}
	return diags
}

// advice says what to do about a failure; empty where the server's words suffice.
func (f Failure) advice(err error) string {
	switch {
	case infisical.InUse.Is(err):
		return "Secret Syncs, secret rotations or Secret Scanning data sources still use the connection. Remove them, or point them at another connection, " +
			"and apply again. " +
			"A sync that was just deleted may use the connection for another moment. The data source infisical_gitlab_secret_syncs lists the syncs of a " +
			"project, each with its connection_id."
	case infisical.IsUnauthorized(err):
		return "The provider does not try the credentials again in this run, because failed logins lock the identity out."
	case infisical.IsOfAnotherOrganization(err):
		return "No role helps: the provider's identity belongs to another organization. Check the ids in the configuration, and auth of the provider block."
	case infisical.IsForbidden(err):
		return "Give the provider's machine identity a role that allows this on " + cmp.Or(f.Permission, "App Connections, in the organization or "+
			"in the connection's project") + "."
	case infisical.IsRateLimited(err):
		return "The server kept refusing requests because there were too many. Raise max_retries in the provider block, or run Terraform with a lower " +
			"-parallelism."
	case infisical.IsUntrusted(err):
		return "If a private authority issued the server's certificate, set ca_certificate in the provider block to that authority's, as " +
			"file(\"infisical-ca.pem\")."
	case infisical.WantsCertificate(err):
		return "The server requires a client certificate, or does not accept this one. Set client_certificate and client_key in the provider block."
	case infisical.MayHaveWritten(err):
		return "The server may have processed the request all the same. The next plan shows whether it did."
	}
	return ""
}

// NoneHasID says that no object of Infisical's has an id. noun completes "the GitLab …".
func NoneHasID(noun, id string, err error) string {
	return fmt.Sprintf("There is no GitLab %s with the id %s in the organization that the provider's identity belongs to. Check the id, and that host and auth "+
		"in the provider block are those of the organization that has it. %s", noun, id, transport.Sentence(infisical.Reason(err)))
}
