package connection_test

import (
	"strings"
	"testing"
	"time"
)

// Another project has taken the path of the one that the token is of. No token is made there, and plan and apply say
// which two there are.
func TestAccManagedToken_pathTakenOver(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	config := func(project, trigger string) block {
		config := managed(block{"project": project, "rotation_triggers": block{"quarter": trigger}})
		delete(config["managed_access_token"].(block), "group")
		config["use_cases"] = []string{"project_secret_sync"}
		return config
	}
	w.Must(config("acme/app", "Q1"))
	gitlab := w.Servers.Sandbox.GitLab
	isToken := func(when, want string) {
		t.Helper()
		if id := w.Attribute("token_details", "resource_id"); !strings.Contains(id, want) || len(w.Servers.ManagedTokens()) != 1 {
			t.Errorf("%s: the token is of %s, and there are %d", when, id, len(w.Servers.ManagedTokens()))
		}
	}
	// 1. Renamed alone, the project is found by its id when the token is due.
	gitlab.RenameProject("acme/app", "acme/old")
	w.Clock.Advance(70 * 24 * time.Hour)
	before := w.Attribute("token_details", "name")
	w.Must(config("acme/app", "Q1"))
	if isToken("renamed", "1203"); w.Attribute("token_details", "name") == before {
		t.Error("the token was not replaced")
	}
	// 2. Taken over: a token that is due, and one that somebody wants replaced.
	gitlab.RenameProject("acme/platform/apps/api", "acme/app")
	w.Clock.Advance(70 * 24 * time.Hour)
	before = w.Attribute("token_details", "name")
	for _, trigger := range []string{"Q1", "Q3"} {
		said := w.Run(config("acme/app", trigger)).String()
		for _, text := range []string{"ERROR: Path of the managed token leads elsewhere", "has the id 1203", `project = "1203"`, `project = "1204"`} {
			if !strings.Contains(said, text) {
				t.Errorf("%q is not in: %s", text, said)
			}
		}
		if isToken("taken over", "1203"); w.Attribute("token_details", "name") != before {
			t.Error("the token was replaced")
		}
	}
	// 3. The two ways out.
	w.Must(config("1203", "Q3"))
	isToken("by its id", "1203")
	w.Must(config("1204", "Q3"))
	isToken("the other one", "1204")
}
