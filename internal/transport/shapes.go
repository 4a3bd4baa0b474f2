package transport

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// GitLabPrefixes are what GitLab's credentials begin with, and what each is. An instance may have another prefix for
// access tokens, and one of its own before all of them, as in SIE-glpat-….
// https://docs.gitlab.com/security/tokens/#token-prefixes
var GitLabPrefixes = map[string]string{
	"glpat-":   "access token",
	"gloas-":   "OAuth application secret",
	"gldt-":    "deploy token",
	"glrt-":    "runner authentication token",
	"glrtr-":   "runner authentication token",
	"glcbt-":   "CI/CD job token",
	"glptt-":   "pipeline trigger token",
	"glft-":    "feed token",
	"glimt-":   "incoming email token",
	"glagent-": "GitLab agent for Kubernetes token",
	"glwt-":    "workspace token",
	"glsoat-":  "SCIM token",
	"glffct-":  "feature flags client token",
}

// anyGitLabPrefix matches one of them.
var anyGitLabPrefix = "(" + strings.Join(slices.Sorted(maps.Keys(GitLabPrefixes)), "|") + ")"

// beginsAsGitLab finds the prefix of a credential, behind an instance's own.
var beginsAsGitLab = regexp.MustCompile(`^(?:[A-Za-z0-9_-]{0,31}[_-])?` + anyGitLabPrefix)

// GitLabPrefix returns which of GitLabPrefixes a credential has; empty when it has none.
func GitLabPrefix(credential string) string {
	match := beginsAsGitLab.FindStringSubmatch(credential)
	if match == nil {
		return ""
	}
	return match[1]
}

// shapes are credentials that can be told by their form, though this process never saw them: a server may quote one of
// its own, such as the address that it cloned from. The first group is what to hide. mark must be in a text for the
// rest to be looked for.
var shapes = []struct {
	mark    string
	pattern *regexp.Regexp
}{
	// The user info of a URL, in JSON, too.
	{"@", regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*:(?:\\?/){2}([^\s/?#"'<>\\]+)@`)},
	// GitLab's, of 20 to 316 characters, and what is left of them when they were cut.
	{"gl", regexp.MustCompile(`((?:[A-Za-z0-9_-]{0,31}[_-])?` + anyGitLabPrefix + `[A-Za-z0-9_=-]{8,}(?:\.[A-Za-z0-9_=-]+)*)`)},
	// JSON Web Tokens: the header of one is a JSON object. https://www.rfc-editor.org/rfc/rfc7519#section-3
	{"eyJ", regexp.MustCompile(`(eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)*)`)},
}

// shapesIn finds what looks like a credential: where each begins and ends.
func shapesIn(text string) [][2]int {
	var found [][2]int
	for _, shape := range shapes {
		if !strings.Contains(text, shape.mark) {
			continue
		}
		for _, match := range shape.pattern.FindAllStringSubmatchIndex(text, -1) {
			found = append(found, [2]int{match[2], match[3]})
		}
	}
	return found
}

// hideShapes replaces what looks like a credential.
func hideShapes(text string) string {
	found := shapesIn(text)
	if len(found) == 0 {
		return text
	}
	covered := make(cover, len(text))
	for _, shape := range found {
		covered.add(shape[0], shape[1])
	}
	return covered.apply(text)
}
