package acctest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
)

const examples = "../../examples"

// Where https://developer.hashicorp.com/terraform/registry/providers/docs has the generator look for the example of
// each kind. What they hold is looked at in the pages that are made of them.
func TestExamples_areThere(t *testing.T) {
	t.Parallel()
	server, err := providerserver.NewProtocol6WithError(provider.New("test", acctest.Environment())())()
	if err != nil {
		t.Fatal(err)
	}
	offered, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	files := []string{"provider/provider.tf"}
	for name := range offered.ResourceSchemas {
		files = append(files, "resources/"+name+"/resource.tf")
	}
	for name := range offered.DataSourceSchemas {
		files = append(files, "data-sources/"+name+"/data-source.tf")
	}
	for name := range offered.ListResourceSchemas {
		files = append(files, "list-resources/"+name+"/list-resource.tfquery.hcl", "resources/"+name+"/import-by-identity.tf")
	}
	for name := range offered.ActionSchemas {
		files = append(files, "actions/"+name+"/action.tf")
	}
	for name := range offered.Functions {
		files = append(files, "functions/"+name+"/function.tf")
	}
	for _, file := range files {
		if _, err := os.Stat(filepath.Join(examples, file)); err != nil {
			t.Errorf("no example: %v", err)
		}
	}
}
