package connection_test

import (
	"strings"
	"testing"
)

// A connection with the longest name there may be: GitLab limits the name of a token's bot user, so that the token's
// name holds only as much of it as fits.
func TestAccManagedToken_longestName(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	config := func(trigger string) block {
		config := managed(block{"rotation_triggers": block{"quarter": trigger}})
		config["name"] = strings.Repeat("platform", 8)
		return config
	}
	for _, trigger := range []string{"2026Q3", "2026Q4"} {
		w.Must(config(trigger))
		w.Settled(config(trigger), "")
		if _, last, _ := strings.Cut(w.Attribute("token_details", "name"), " "); len(last) > 127 {
			t.Errorf("%d characters follow the first word of the token's name", len(last))
		}
	}
	w.Must(nil)
	w.Settled(nil, "")
}
