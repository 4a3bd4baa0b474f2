package managedtoken

import (
	"testing"
)

func TestReach(t *testing.T) {
	t.Parallel()
	const (
		here  = "https://gitlab.example.com"
		there = "https://other.example.com"
	)
	for name, tc := range map[string]struct {
		provider, connection string
		want                 Reach
	}{
		"as it should be":                      {here, here, Revocable},
		"spelled differently":                  {"HTTPS://GitLab.example.com:443/", here, Revocable},
		"the connection has left":              {here, there, Revocable},
		"the connection is deleted":            {here, "", Revocable},
		"the provider is for another":          {there, here, Postponed},
		"both have left":                       {there, there, Abandoned},
		"the provider is for another, deleted": {there, "", Abandoned},
		"the provider's GitLab becomes known":  {"", here, Revocable},
		"it becomes known, and both have left": {"", there, Revocable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := (Token{InstanceURL: here}).Reach(tc.provider, tc.connection); got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
		})
	}
}
