// Package connection is everything that Terraform sees of a GitLab connection.
package connection

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// Configuration is what the provider block comes to.
type Configuration struct {
	// Infisical is nil while the provider block holds values that become known only at apply.
	Infisical *infisical.Client
	// GitLab is nil while the provider block holds values that become known only at apply.
	GitLab *gitlab.Client
	// ManagementToken makes and revokes managed tokens, at the GitLab of InstanceURL only. Empty when there is none.
	ManagementToken string
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

	pendingWarning sync.Once
	// managementTokenWatch: its end is looked at for one of the connections that need it.
	managementTokenWatch sync.Once
	// read holds the ids of the connections that were refreshed.
	read sync.Map
}

// noteRefresh remembers that a connection was refreshed.
func (c *Configuration) noteRefresh(id types.String) { c.read.Store(id.ValueString(), true) }

// refreshed reports whether a connection was refreshed by this configured provider. It was when Terraform plans, unless -refresh=false is set.
// When Terraform applies, it plans once more for what has become known, with a provider that it configures anew and without a refresh.
func (c *Configuration) refreshed(id types.String) bool {
	_, ok := c.read.Load(id.ValueString())
	return ok
}

// configurationOf returns what Configure was given: nil before the provider is configured, as in `terraform validate`.
func configurationOf(providerData any, diags *diag.Diagnostics) *Configuration {
	if providerData == nil {
		return nil
	}
	configuration, ok := providerData.(*Configuration)
	if !ok {
		diags.AddError("Unexpected provider data", fmt.Sprintf("Expected %T, got %T. Please report this to the provider's developers.", configuration, providerData))
	}
	return configuration
}

// client returns the client for a write or a look-up that cannot be put off, or nil and an error while the provider block is not known.
func (c *Configuration) client(diags *diag.Diagnostics) *infisical.Client {
	if c.Infisical == nil {
		diags.AddError("Provider not configured yet",
			"The provider's configuration depends on values that are not known yet, so Infisical cannot be asked. Apply what they come from first, for example with -target.")
	}
	return c.Infisical
}

// warnPending says, once per configured provider, that state could not be refreshed.
func (c *Configuration) warnPending(diags *diag.Diagnostics) {
	c.pendingWarning.Do(func() {
		diags.AddWarning("GitLab connections not refreshed",
			"The provider's configuration depends on values that become known only during apply, so Infisical could not be asked for the present state of "+
				"GitLab connections. Terraform goes on with what it recorded last.")
	})
}
