package providerdata

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

func TestConnectionTokens(t *testing.T) {
	t.Parallel()
	var tokens ConnectionTokens
	if _, ok := tokens.Of("a"); ok {
		t.Error("found a token that nobody left")
	}
	tokens.Leave("a", NewConnectionToken("https://gitlab.example.com", "glpat-first", gitlab.Known{}))
	tokens.Leave("a", NewConnectionToken("https://gitlab.example.com", "glpat-second", gitlab.Known{ID: 7}))
	found, ok := tokens.Of("a")
	if !ok || found.Value() != "glpat-second" || found.Known.ID != 7 || found.Instance != "https://gitlab.example.com" {
		t.Errorf("got %+v", found)
	}
	if _, ok := tokens.Of("b"); ok {
		t.Error("found another connection's token")
	}
	tokens.Forget("a")
	if _, ok := tokens.Of("a"); ok {
		t.Error("found a forgotten token")
	}
}

func TestConnectionToken_isNotPrinted(t *testing.T) {
	t.Parallel()
	const value = "glpat-example-secret"
	token := NewConnectionToken("https://gitlab.example.com", value, gitlab.Known{})
	var tokens ConnectionTokens
	tokens.Leave("a", token)
	for _, printed := range []any{token, &token, &tokens, &Data{}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if strings.Contains(fmt.Sprintf(verb, printed), value) {
				t.Errorf("%s of %T shows the token", verb, printed)
			}
		}
	}
	if encoded, err := json.Marshal(token); err == nil && strings.Contains(string(encoded), value) {
		t.Error("JSON shows the token")
	}
}
