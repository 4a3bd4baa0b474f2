package acctest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
)

const examples = "../../examples"

// Each folder of examples is a configuration that users copy: it must be formatted and valid as it is.
func TestAccExamples(t *testing.T) {
	t.Parallel()
	for _, folder := range exampleFolders(t) {
		t.Run(filepath.ToSlash(folder), func(t *testing.T) {
			t.Parallel()
			cli := acctest.NewCLI(t)
			copyExample(t, cli, filepath.Join(examples, folder))
			if output, err := cli.Try("fmt", "-check", "-diff"); err != nil {
				t.Errorf("not formatted (make fmt):\n%s", output)
			}
			cli.Run("validate")
		})
	}
}

// exampleFolders are the folders below examples that hold configuration.
func exampleFolders(t *testing.T) []string {
	t.Helper()
	var folders []string
	err := fs.WalkDir(os.DirFS(examples), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		files, err := filepath.Glob(filepath.Join(examples, path, "*.tf"))
		if len(files) > 0 {
			folders = append(folders, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return folders
}

// importByIdentity needs Terraform 1.12, and imports what the file for the import by id does, which may be said only once.
const importByIdentity = "import-by-identity.tf"

// copyExample puts the files of a folder into the scratch directory, with the address that the provider under test goes by there:
// OpenTofu takes one without a host for its own registry's. An example that names no source gets one beside it.
func copyExample(t *testing.T, cli *acctest.CLI, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	named := false
	for _, file := range files {
		if filepath.Base(file) == importByIdentity {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(content), `"infisical-community/infisical"`, `"`+acctest.ProviderSource+`"`)
		named = named || strings.Contains(text, acctest.ProviderSource)
		if err := os.WriteFile(filepath.Join(cli.Dir, filepath.Base(file)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if named {
		return
	}
	source := "terraform {\n  required_providers {\n    infisical = {\n      source = \"" + acctest.ProviderSource + "\"\n    }\n  }\n}\n"
	if err := os.WriteFile(filepath.Join(cli.Dir, "required_providers.tf"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Where https://developer.hashicorp.com/terraform/registry/providers/docs has the generator look for the example of each kind.
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
		files = append(files, "list-resources/"+name+"/list-resource.tfquery.hcl", "resources/"+name+"/"+importByIdentity)
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
