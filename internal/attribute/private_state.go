package attribute

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// PrivateReader and PrivateWriter are the two sides of the framework's private state, whose type is not exported.
type PrivateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

// PrivateWriter is described at PrivateReader.
type PrivateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// Recall reads what private state holds under a key; nil when it holds nothing, as after an import. what describes it
// in errors.
func Recall[T any](ctx context.Context, private PrivateReader, key, what string) (*T, diag.Diagnostics) {
	raw, diags := private.GetKey(ctx, key)
	if len(raw) == 0 {
		return nil, diags
	}
	recalled := new(T)
	if err := json.Unmarshal(raw, recalled); err != nil {
		diags.AddError("Private state not readable",
			"What this provider recorded about "+what+" cannot be read: "+transport.Phrase(err.Error())+
				". Remove the resource from the state and import it again.")
		return nil, diags
	}
	return recalled, diags
}

// Remember writes a value to private state under a key.
func Remember(ctx context.Context, private PrivateWriter, key string, value any) diag.Diagnostics {
	raw, err := json.Marshal(value)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Private state not written", err.Error())}
	}
	return private.SetKey(ctx, key, raw)
}
