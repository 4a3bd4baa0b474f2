package connection

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestPlannedInstanceURL(t *testing.T) {
	t.Parallel()
	var (
		unset   = types.StringNull()
		unknown = types.StringUnknown()
		here    = types.StringValue("https://gitlab.example.com")
		spelled = types.StringValue("HTTPS://GitLab.example.com:443/")
		there   = types.StringValue("https://other.example.com")
	)
	written := &lastWrite{InstanceURL: here.ValueString()}
	for name, tc := range map[string]struct {
		configured, recorded types.String
		secret               presence
		last                 *lastWrite
		want                 types.String
	}{
		"as it is":                                    {here, here, present, written, here},
		"spelled differently":                         {spelled, here, present, written, here},
		"configured elsewhere":                        {there, here, present, written, there},
		"configured elsewhere, no secret":             {there, here, absent, written, there},
		"not known yet":                               {unknown, here, present, written, unknown},
		"unset":                                       {unset, here, present, written, here},
		"unset, never written":                        {unset, here, present, nil, here},
		"unset, moved by somebody else":               {unset, there, present, written, here},
		"unset, moved, no secret to send":             {unset, there, absent, written, there},
		"unset, moved, perhaps a secret to send":      {unset, there, undecided, written, unknown},
		"unset, not moved, perhaps a secret to send":  {unset, here, undecided, written, here},
		"configured, moved, perhaps a secret to send": {here, there, undecided, written, here},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := plannedInstanceURL(tc.configured, tc.recorded, tc.secret, tc.last); !got.Equal(tc.want) {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
