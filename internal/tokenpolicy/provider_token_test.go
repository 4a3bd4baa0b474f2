package tokenpolicy

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

func TestJudgeManagement(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	ends := func(days int) gitlab.Description {
		return gitlab.Description{Token: gitlab.Token{ID: 1, Name: "terraform", Active: days > 0,
			ExpiresAt: new(time.Date(2026, time.November, 22+days, 0, 0, 0, 0, time.UTC))}}
	}
	revoked := ends(100)
	revoked.Revoked = true
	for name, tc := range map[string]struct {
		description gitlab.Description
		days        int
		summary     string
		says        string
	}{
		"has time":      {ends(16), 14, "", ""},
		"the first day": {ends(14), 14, "Provider's GitLab token expires soon", `The provider's GitLab token "terraform" expires 2026-12-06, 13 days left.`},
		"the last day":  {ends(1), 14, "Provider's GitLab token expires soon", "this is its last day"},
		"ended":         {ends(0), 14, "Provider's GitLab token does not work", "stopped working on 2026-11-22"},
		"revoked":       {revoked, 14, "Provider's GitLab token does not work", "was revoked"},
		"never ends":    {gitlab.Description{Token: gitlab.Token{ID: 1, Active: true}}, 14, "", ""},
		"refused": {gitlab.Description{Failure: &gitlab.Error{Reason: gitlab.ReasonTokenExpired, Status: 401, Message: "Token is expired."}}, 14,
			"Provider's GitLab token does not work", "https://gitlab.example.com refuses the provider's GitLab token: GitLab answered 401: Token is expired."},
		"could not be asked": {gitlab.Description{Failure: &gitlab.Error{Reason: gitlab.ReasonUnreachable, Cause: errors.New("no route")}}, 14, "", ""},
		"not for so long":    {ends(14), 7, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			findings := JudgeManagement(tc.description, "https://gitlab.example.com", now, tc.days)
			if tc.summary == "" {
				if len(findings) > 0 {
					t.Errorf("got %+v", findings)
				}
				return
			}
			if len(findings) != 1 || findings[0].Severity != Warning || findings[0].Summary != tc.summary ||
				!strings.Contains(findings[0].Message(), tc.says) ||
				!strings.Contains(findings[0].Message(), "GITLAB_TOKEN") || strings.Contains(findings[0].Message(), "..") {
				t.Errorf("got %+v", findings)
			}
		})
	}
}
