package secretscanning

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// lastWrite is what private state remembers of our last write.
type lastWrite struct {
	// Host is the address of the Infisical that was written to.
	Host string `json:"host"`
	// WrittenAt is the server's own time of it.
	WrittenAt time.Time `json:"written_at"`
}

const lastWriteKey = "last_write"

func recallLastWrite(ctx context.Context, private providerdata.PrivateReader, diags *diag.Diagnostics) lastWrite {
	recalled, recallDiags := providerdata.Recall[lastWrite](ctx, private, lastWriteKey, "the data source's last write")
	diags.Append(recallDiags...)
	if recalled == nil {
		return lastWrite{}
	}
	return *recalled
}

// notHere is the error about a data source that was not found because the provider is logged in to another Infisical;
// nil when it was deleted. Another organisation's identity is refused, which is an error by itself.
func (l lastWrite) notHere(client *infisical.Client, state resourceModel) diag.Diagnostic {
	if l.Host == "" || l.Host == client.Host() {
		return nil
	}
	return diag.NewErrorDiagnostic("State of another Infisical", fmt.Sprintf(
		"The Secret Scanning data source %q (%s) was not found where the provider is logged in. It was last written at %s, and the provider is "+
			"logged in at %s.\nThe provider does not treat it as deleted: it stays in the state. Check host of the provider block, and INFISICAL_HOST "+
			"of the environment. If the other Infisical no longer exists, remove the data source from the state with `terraform state "+
			"rm`.", state.Name.ValueString(), state.ID.ValueString(), l.Host, client.Host()))
}
