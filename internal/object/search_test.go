package object

import (
	"errors"
	"testing"
)

func TestSearch_deleted(t *testing.T) {
	t.Parallel()
	const here, there = "https://here.example.com", "https://there.example.com"
	refused := errors.New("not a member")
	for name, tc := range map[string]struct {
		search search
		want   bool
	}{
		"nothing is known":    {search{host: here}, true},
		"same address":        {search{host: here, origin: Origin{Host: here + "/"}}, true},
		"another address":     {search{host: here, origin: Origin{Host: there}}, false},
		"its project is here": {search{host: here, origin: Origin{Host: there}, listed: true}, true},
		"its project is here, of another organization": {
			search{host: here, origin: Origin{Organization: "a"}, organizations: []string{"b"}, listed: true}, true,
		},
		"its project is not shown":                     {search{host: here, origin: Origin{Host: here}, refused: refused}, false},
		"not shown, of this organization":              {search{origin: Origin{Organization: "a"}, organizations: []string{"a"}, refused: refused}, false},
		"of this organization, at another address":     {search{host: here, origin: Origin{Host: there, Organization: "a"}, organizations: []string{"a", "b"}}, true},
		"of another organization, at the same address": {search{host: here, origin: Origin{Host: here, Organization: "a"}, organizations: []string{"b"}}, false},
		"the session's organization is not known":      {search{host: here, origin: Origin{Host: here, Organization: "a"}}, true},
		"neither, at another address":                  {search{host: here, origin: Origin{Host: there, Organization: "a"}}, false},
	} {
		if got := tc.search.deleted(); got != tc.want {
			t.Errorf("%s: deleted is %t", name, got)
		}
	}
}
