package connection_test

import (
	"strings"
	"testing"
)

// The longest descriptions that are accepted are stored, and come back as they were.
func TestAccConnection_longestDescription(t *testing.T) {
	t.Parallel()
	for name, description := range map[string]string{
		"255 characters": strings.Repeat("é", 255),
		"128 emoji":      strings.Repeat("🦊", 128),
		"a heredoc":      strings.Repeat("a", 255) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			config := given(w.Servers)
			config["description"] = description
			w.Must(config)
			w.Settled(config, "")
			if stored := w.Connections()[0].Description; stored == nil || *stored != strings.TrimSpace(description) {
				t.Errorf("stored %v", stored)
			}
		})
	}
}
