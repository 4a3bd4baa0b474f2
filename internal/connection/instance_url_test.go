package connection

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
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
	written := here
	for name, tc := range map[string]struct {
		configured, recorded types.String
		secret               attribute.Presence
		meantFor, want       types.String
	}{
		"as it is":                                    {here, here, attribute.Known, written, here},
		"spelled differently":                         {spelled, here, attribute.Known, written, here},
		"configured elsewhere":                        {there, here, attribute.Known, written, there},
		"configured elsewhere, no secret":             {there, here, attribute.Null, written, there},
		"not known yet":                               {unknown, here, attribute.Known, written, unknown},
		"unset":                                       {unset, here, attribute.Known, written, here},
		"unset, never written":                        {unset, here, attribute.Known, unset, here},
		"unset, moved by somebody else":               {unset, there, attribute.Known, written, here},
		"unset, moved, no secret to send":             {unset, there, attribute.Null, written, there},
		"unset, moved, perhaps a secret to send":      {unset, there, attribute.Unknown, written, unknown},
		"unset, not moved, perhaps a secret to send":  {unset, here, attribute.Unknown, written, here},
		"configured, moved, perhaps a secret to send": {here, there, attribute.Unknown, written, here},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := plannedInstanceURL(tc.configured, tc.recorded, tc.secret, tc.meantFor); !got.Equal(tc.want) {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
