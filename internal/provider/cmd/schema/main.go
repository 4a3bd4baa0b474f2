// Command schema prints the provider's schemas in the form of `terraform providers schema -json`, for tfplugindocs.
// It asks the provider itself: what a CLI prints depends on the features it knows, and the documentation must not.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
)

func main() {
	server := providerserver.NewProtocol6(provider.New("dev", provider.System())())()
	if err := printSchemas(context.Background(), os.Stdout, server); err != nil {
		fmt.Fprintln(os.Stderr, "printing the provider's schemas:", err)
		os.Exit(1)
	}
}

// printSchemas writes what the server offers as JSON. It fails when the provider reports an error in its own schemas,
// or when they hold something that this command cannot print yet.
func printSchemas(ctx context.Context, out io.Writer, server tfprotov6.ProviderServer) error {
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return fmt.Errorf("asking for the schemas: %w", err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return fmt.Errorf("asking for the identity schemas: %w", err)
	}
	if err := reported(append(schemas.Diagnostics, identities.Diagnostics...)); err != nil {
		return err
	}
	document, err := providersSchema(schemas, identities.IdentitySchemas)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(document)
}

func reported(diagnostics []*tfprotov6.Diagnostic) error {
	var errs []error
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			errs = append(errs, fmt.Errorf("%s: %s", d.Summary, d.Detail))
		}
	}
	return errors.Join(errs...)
}
