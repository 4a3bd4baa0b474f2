package managedtoken

import (
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

func TestTaken(t *testing.T) {
	t.Parallel()
	const here, elsewhere = "https://gitlab.example.com", "https://old.example.com"
	own := Token{InstanceURL: here, ID: 7, Name: "ours"}
	known := []Token{{InstanceURL: here, ID: 3, Name: "earlier"}, {InstanceURL: elsewhere, ID: 6, Name: "of the GitLab before"}}
	used := func(id int64, name string) gitlab.Token { return gitlab.Token{ID: id, Name: name, Used: true} }
	unused := func(id int64, name string) gitlab.Token { return gitlab.Token{ID: id, Name: name} }
	for name, tc := range map[string]struct {
		live []gitlab.Token
		want string
	}{
		"ours alone, used":                      {[]gitlab.Token{used(7, "ours")}, ""},
		"ours, and one of an earlier run":       {[]gitlab.Token{used(3, "earlier"), used(7, "ours")}, ""},
		"ours, and another that was not used":   {[]gitlab.Token{used(7, "ours"), unused(8, "theirs")}, ""},
		"ours was not used":                     {[]gitlab.Token{unused(7, "ours")}, "never used at GitLab"},
		"ours was revoked":                      {nil, "is not alive at GitLab"},
		"theirs is used, ours was not":          {[]gitlab.Token{used(6, "theirs"), unused(7, "ours")}, "never used at GitLab"},
		"both are used":                         {[]gitlab.Token{used(6, "theirs"), used(7, "ours")}, `"theirs" (id 6)`},
		"both are used, theirs was made later":  {[]gitlab.Token{used(7, "ours"), used(8, "theirs")}, `"theirs" (id 8)`},
		"used, and of an earlier run: not told": {[]gitlab.Token{used(3, "earlier"), used(4, "killed"), used(7, "ours")}, `"killed" (id 4)`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := taken(tc.live, own, known); err != nil {
				got = err.Error()
			}
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) || strings.Contains(got, "earlier\"") {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
