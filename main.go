// Command terraform-provider-infisical serves the provider to Terraform and OpenTofu.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
)

// address is where the registry lists this provider.
const address = "registry.terraform.io/infisical-community/infisical"

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "wait for a debugger, and print what to set for Terraform to attach to this process")
	flag.Parse()

	err := providerserver.Serve(context.Background(), provider.New(version, provider.System()), providerserver.ServeOpts{
		Address: address,
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
