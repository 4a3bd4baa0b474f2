package providerdata

import (
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

func TestConnectionTokens(t *testing.T) {
	t.Parallel()
	var client *gitlab.Client
	var tokens ConnectionTokens
	if _, ok := tokens.Of("a"); ok {
		t.Error("found a token that nobody left")
	}
	first, second := client.At("https://gitlab.example.com", "glpat-first"), client.At("https://gitlab.example.com", "glpat-second")
	tokens.Leave("a", first, Visited)
	tokens.Leave("a", second, Created)
	found, ok := tokens.Of("a")
	if !ok || found.Session != second || found.Visit != Created {
		t.Errorf("got %+v", found)
	}
	if _, ok := tokens.Of("b"); ok {
		t.Error("found another connection's token")
	}
	tokens.Promise("a", "https://gitlab.com", true)
	_, left := tokens.Of("a")
	if instance, ok := tokens.Promised("a"); !ok || left || instance != "https://gitlab.com" || !tokens.MayStay("a") {
		t.Error("found the token of before in place of one that is promised")
	}
	tokens.Leave("a", second, Visited)
	if _, promised := tokens.Promised("a"); promised || tokens.MayStay("a") {
		t.Error("still promised")
	}
	if found, ok := tokens.Of("a"); !ok || found.Visit != Visited {
		t.Errorf("got %+v in place of the token that was promised", found)
	}
	tokens.Forget("a")
	if _, ok := tokens.Of("a"); ok {
		t.Error("found a forgotten token")
	}
}

func TestConnectionTokens_new(t *testing.T) {
	t.Parallel()
	const ours = "https://gitlab.example.com"
	for name, tc := range map[string]struct {
		planned []string
		want    bool
	}{
		"none":          {nil, false},
		"here":          {[]string{ours, "https://GitLab.example.com/"}, true},
		"elsewhere":     {[]string{"https://gitlab.com"}, false},
		"both":          {[]string{ours, "https://gitlab.com"}, false},
		"not known yet": {[]string{ours, ""}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var tokens ConnectionTokens
			for _, instance := range tc.planned {
				tokens.PlanNew(instance, true)
			}
			if got := tokens.NewAt(ours); got != tc.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestConnectionTokens_newThatKeep(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		leaves []bool
		want   bool
	}{"none": {nil, false}, "one keeps": {[]bool{false}, true}, "one leaves": {[]bool{true}, false}, "both": {[]bool{true, false}, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var tokens ConnectionTokens
			for _, leaves := range tc.leaves {
				tokens.PlanNew("https://gitlab.example.com", leaves)
			}
			if got := tokens.NewKeeps(); got != tc.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
