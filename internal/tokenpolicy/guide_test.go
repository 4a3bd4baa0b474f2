package tokenpolicy

import (
	"os"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// The guide is written by hand and must say what the code does.
func TestGuide(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../templates/guides/tokens-and-roles.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	finding := judge(token(gitlab.KindGroup, []string{"read_api"}, gitlab.AccessLevelOwner), gitlab.KindGroup, GroupSecretSync)[0]
	assertContains(t, string(page), "\n\n"+Table()+"\n", "\n\n"+PermissionTable()+"\n", "\nError: "+finding.Summary+"\n", "\n"+finding.Message()+"\n")
}
