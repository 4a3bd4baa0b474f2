package connection

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestReach(t *testing.T) {
	t.Parallel()
	const (
		here  = "https://gitlab.example.com"
		there = "https://other.example.com"
	)
	for name, tc := range map[string]struct {
		provider   types.String
		connection string
		want       reach
	}{
		"as it should be":                      {types.StringValue(here), here, revocable},
		"spelled differently":                  {types.StringValue("HTTPS://GitLab.example.com:443/"), here, revocable},
		"the connection has left":              {types.StringValue(here), there, revocable},
		"the connection is deleted":            {types.StringValue(here), "", revocable},
		"the provider is for another":          {types.StringValue(there), here, postponed},
		"both have left":                       {types.StringValue(there), there, abandoned},
		"the provider is for another, deleted": {types.StringValue(there), "", abandoned},
		"the provider's GitLab becomes known":  {types.StringUnknown(), here, revocable},
		"it becomes known, and both have left": {types.StringUnknown(), there, revocable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := (ownedToken{InstanceURL: here}).reach(tc.provider, tc.connection); got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
		})
	}
}
