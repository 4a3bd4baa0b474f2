package connection

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// presence is whether there is a secret that goes to GitLab's address.
type presence int

const (
	absent presence = iota
	// undecided: it becomes known at apply.
	undecided
	present
)

func presenceOf(secret attr.Value) presence {
	switch {
	case secret.IsUnknown():
		return undecided
	case secret.IsNull():
		return absent
	}
	return present
}

// plannedInstanceURL is the configured one in the state's spelling. An unset one keeps the state's, so that a variable missing from one
// machine's environment never moves a connection. When somebody else moved it meanwhile, our secret must not follow: it goes back to
// where the last one was meant for.
func plannedInstanceURL(configured, recorded types.String, secret presence, last *lastWrite) types.String {
	wanted := configured
	if wanted.IsNull() && secret != absent && last != nil {
		wanted = types.StringValue(last.InstanceURL)
	}
	switch {
	case wanted.IsNull() || sameInstanceURL(wanted, recorded):
		return recorded
	case configured.IsNull() && secret == undecided:
		return types.StringUnknown()
	}
	return wanted
}

// refuseUnconfirmed keeps a secret from an address that only Infisical names: whoever may edit the connection could have put it there.
// planned is where the connection is to be; the configuration has no say when it is null there.
func (r *connectionResource) refuseUnconfirmed(configured, planned types.String, last *lastWrite, diags *diag.Diagnostics) {
	own := r.configuration.InstanceURL
	if !configured.IsNull() || last != nil || planned.IsUnknown() || own.IsUnknown() || sameInstanceURL(planned, own) {
		return
	}
	diags.AddAttributeError(path.Root("instance_url"), "Address of GitLab not confirmed", fmt.Sprintf(
		"Infisical says that the connection is for %s. Nothing in the configuration does: instance_url is not set, and the provider's gitlab.instance_url is %s. Tokens and codes are sent "+
			"only to an address of yours, because whoever may edit the connection could have put his own there.\nSet instance_url to the GitLab that the token or code is from.",
		planned.ValueString(), own.ValueString()))
}

func (r *connectionResource) refuseInsecure(instanceURL types.String, diags *diag.Diagnostics) {
	if r.configuration.AllowHTTP || instanceURL.IsNull() || instanceURL.IsUnknown() {
		return
	}
	address, err := transport.ParseBaseURL(instanceURL.ValueString())
	if err != nil {
		return // The schema's validators have said so.
	}
	if err := transport.CheckSecure(address); err != nil {
		diags.AddAttributeError(path.Root("instance_url"), "GitLab without encryption", sentence(err.Error()))
	}
}
