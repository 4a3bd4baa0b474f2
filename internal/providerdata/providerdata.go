// Package providerdata is what a configured provider hands down to its resources and data sources.
package providerdata

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// What to do about findings on a token.
const (
	ValidationEnforce = "enforce"
	ValidationWarn    = "warn"
	ValidationOff     = "off"
)

// Data is what a configured provider hands down.
type Data struct {
	// Infisical is nil while the provider block holds values that become known only at apply.
	Infisical *infisical.Client
	// GitLab is nil while the provider block holds values that become known only at apply.
	GitLab *gitlab.Client
	// Session asks with gitlab.token, at the GitLab of InstanceURL only; nil when there is none. It makes and revokes
	// managed tokens.
	Session *gitlab.Session
	// TokenValidation is ValidationEnforce, ValidationWarn or ValidationOff.
	TokenValidation string
	// ExpiryWarningDays: a token with fewer full days left is worth a warning.
	ExpiryWarningDays int
	// InstanceURL is the GitLab of new connections that name none; unknown while the provider block is.
	InstanceURL types.String
	// AllowHTTP accepts plain http beyond this machine.
	AllowHTTP bool
	// Now is the clock.
	Now func() time.Time
	// Wait pauses for a while, or returns the context's error when that ends first.
	Wait func(context.Context, time.Duration) error
	// Random is a source of unpredictable bytes.
	Random io.Reader
	// Tokens are those that connections leave for the syncs and scans that use them.
	Tokens ConnectionTokens
	// Deleted are the targets of what is being replaced.
	Deleted DeletedTargets
	// Walk tells plans from applies.
	Walk Walk
	// Syncs are the secret syncs that this process has planned.
	Syncs SyncPlans

	pendingWarning sync.Once
	// gitLabTokenWatch: its end is looked at for one of the connections that need it.
	gitLabTokenWatch sync.Once
	// read holds the ids of the objects that were refreshed.
	read sync.Map
	// awaiting is how many wait for a server at this time.
	awaiting atomic.Int32
}

// Of returns what Configure received: nil before the provider is configured, as in `terraform validate`.
func Of(providerData any, diags *diag.Diagnostics) *Data {
	if providerData == nil {
		return nil
	}
	data, ok := providerData.(*Data)
	if !ok {
		diags.AddError("Unexpected provider data",
			fmt.Sprintf("Expected %T, got %T. Please report this to the provider's developers.", data, providerData))
	}
	return data
}

// Client returns the client for a write or a look-up that cannot be put off, or an error while the provider block is
// not known.
func (d *Data) Client() (*infisical.Client, diag.Diagnostics) {
	if d.Infisical == nil {
		return nil, diag.Diagnostics{diag.NewErrorDiagnostic("Provider not configured yet",
			"The provider's configuration depends on values that are not known yet, so the provider cannot ask Infisical. Apply what they come from first, "+
				"for example with -target.")}
	}
	return d.Infisical, nil
}

// WatchGitLabToken calls look once per configured provider.
func (d *Data) WatchGitLabToken(look func()) { d.gitLabTokenWatch.Do(look) }

// NoteRefresh remembers that an object was refreshed.
func (d *Data) NoteRefresh(id string) { d.read.Store(id, true) }

// Refreshed reports whether an object was refreshed by this configured provider. It was when Terraform plans, unless
// -refresh=false is set. When Terraform applies, it plans once more for what has become known, with a provider that it
// configures anew and without a refresh.
func (d *Data) Refreshed(id string) bool {
	_, ok := d.read.Load(id)
	return ok
}

// WarnPending says, once per configured provider, that state could not be refreshed.
func (d *Data) WarnPending() diag.Diagnostics {
	var diags diag.Diagnostics
	d.pendingWarning.Do(func() {
		diags.AddWarning("State not refreshed",
			"The provider's configuration depends on values that are known only after apply, so the provider could not ask Infisical for the current state. "+
				"Terraform continues with what it has.")
	})
	return diags
}
