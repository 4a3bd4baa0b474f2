package tokenpolicy

import (
	"os"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// The guides are written by hand and must say what the code does.
func TestGuide(t *testing.T) {
	t.Parallel()
	finding := judge(token(gitlab.KindGroup, []string{"read_api"}, gitlab.AccessLevelOwner), gitlab.KindGroup, GroupSecretSync)[0]
	for page, texts := range map[string][]string{
		"which-rights": {"\n\n" + Table() + "\n", "\n\n" + PermissionTable() + "\n"},
		"token-checks": {"\nError: " + finding.Summary + "\n", "\n" + finding.Message() + "\n"},
	} {
		written, err := os.ReadFile("../../templates/guides/" + page + ".md.tmpl")
		if err != nil {
			t.Fatal(err)
		}
		assertContains(t, string(written), texts...)
	}
}
