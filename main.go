// Command terraform-provider-infisical serves the provider to Terraform and OpenTofu.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
)

// address is where the registry lists this provider.
const address = "registry.terraform.io/infisical-community/infisical"

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "wait for a debugger, and print what to set for Terraform to attach to this process")
	flag.Parse()

	dropStandardLog()
	var options []tf6server.ServeOpt
	if *debug {
		// Whoever starts it by hand reads its log where it was started, at every level.
		options = append(options, tf6server.WithManagedDebug())
	} else {
		options = append(options, tf6server.WithGoPluginLogger(logWhatIsShown(os.Getenv, os.Setenv)))
	}
	collectGarbageLazily(os.Getenv)

	err := tf6server.Serve(address, provider.NewServer(version, provider.System()), options...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
