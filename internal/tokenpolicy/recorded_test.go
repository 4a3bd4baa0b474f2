package tokenpolicy

import (
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

func TestJudgeRecorded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	in := func(days int) *time.Time { return new(time.Date(2026, 11, 22+days, 0, 0, 0, 0, time.UTC)) }
	for name, tc := range map[string]struct {
		expiresAt   *time.Time
		warningDays int
		title, says string
	}{
		"never expires":         {nil, 14, "", ""},
		"long before":           {in(60), 14, "", ""},
		"soon":                  {in(4), 14, "GitLab token expires soon", "expires 2026-11-26, 3 days left"},
		"soon, not to be said":  {in(4), 0, "", ""},
		"its last day":          {in(1), 14, "GitLab token expires soon", "this is its last day"},
		"expired":               {in(0), 14, "GitLab token has expired", "stopped working on 2026-11-22"},
		"expired, never warned": {in(-9), 0, "GitLab token has expired", "stopped working on 2026-11-13"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := gitlab.Token{ID: 501, Name: "ci-bot", Kind: gitlab.KindGroup, ResourceID: 87, ExpiresAt: tc.expiresAt}
			findings := JudgeRecorded(token, Case{Instance: "https://gitlab.example.com", Now: now, ExpiryWarningDays: tc.warningDays})
			if tc.title == "" {
				if len(findings) > 0 {
					t.Errorf("got %v", findings)
				}
				return
			}
			if len(findings) != 1 || findings[0].Severity != Warning || findings[0].Summary != tc.title {
				t.Fatalf("got %v", findings)
			}
			for _, said := range []string{`"ci-bot" (group access token of group 87)`, tc.says, "/g/87", "the state records"} {
				if message := findings[0].Message(); !strings.Contains(message, said) {
					t.Errorf("%q is not in %q", said, message)
				}
			}
		})
	}
}
