// Use this when what the command line prints is the point: warnings and errors as people read them, and that no token
// is among them.

package acctest

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// Watched is a command line whose connection takes its token from the ephemeral variable "token". What
// it prints is searched for the token.
type Watched struct {
	*CLI
	t testing.TB
}

// Watch makes a scratch directory with a configuration for these servers. env are further variables.
func Watch(t testing.TB, servers *Servers, env ...string) Watched {
	t.Helper()
	return Watched{NewCLI(t, append(servers.Environment(), env...)...), t}
}

// Declare writes a connection with attributes besides its name.
func (w Watched) Declare(attributes string) {
	w.t.Helper()
	w.Write(TokenVariable + "resource \"infisical_gitlab_connection\" \"test\" {\n  name = \"platform\"\n" + attributes + "\n}\n")
}

// Plan gives what was said, as one line, and whether it went well. Each is called with the value of the variable.
func (w Watched) Plan(token string, args ...string) (said string, ok bool) {
	w.t.Helper()
	return w.Say(token, append([]string{"plan", "-input=false"}, args...)...)
}

// Apply is Plan for an apply.
func (w Watched) Apply(token string) (said string, ok bool) {
	w.t.Helper()
	return w.Say(token, "apply", "-input=false", "-auto-approve")
}

// Say is Plan for any command.
func (w Watched) Say(token string, args ...string) (said string, ok bool) {
	w.t.Helper()
	output, err := w.TryWith([]string{"TF_VAR_token=" + token}, args...)
	if strings.Contains(output, token) {
		w.t.Errorf("the token stands in what %s printed", args[0])
	}
	return OneLine(output), err == nil
}

// State is the connection as state holds it.
func (w Watched) State() map[string]any {
	w.t.Helper()
	var state struct {
		Resources []struct {
			Type      string
			Instances []struct{ Attributes map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(Read(w.t, filepath.Join(w.Dir, "terraform.tfstate"))), &state); err != nil {
		w.t.Fatal(err)
	}
	for _, resource := range state.Resources {
		if resource.Type == "infisical_gitlab_connection" && len(resource.Instances) == 1 {
			return resource.Instances[0].Attributes
		}
	}
	w.t.Fatal("state holds no connection")
	return nil
}

// At is a value within state, such as At("token_details", "scopes").
func (w Watched) At(path ...string) any {
	w.t.Helper()
	var value any = w.State()
	for _, name := range path {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

// MustHold checks a value within state.
func (w Watched) MustHold(want any, path ...string) {
	w.t.Helper()
	if got := w.At(path...); fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("%s is %v in state, want %v", strings.Join(path, "."), got, want)
	}
}

// OneLine takes out how Terraform frames and breaks diagnostics.
func OneLine(output string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " ")
}

// MustSay checks that all of the texts were said.
func MustSay(t testing.TB, said string, wanted ...string) {
	t.Helper()
	for _, text := range wanted {
		if !strings.Contains(said, text) {
			t.Errorf("no %q in:\n%s", text, said)
		}
	}
}

// MustNotSay checks that none of the texts was said.
func MustNotSay(t testing.TB, said string, unwanted ...string) {
	t.Helper()
	for _, text := range unwanted {
		if strings.Contains(said, text) {
			t.Errorf("%q in:\n%s", text, said)
		}
	}
}
