package server

import "testing"

func TestNormalPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/api/v1/app-connections/gitlab/6F1C24A4-4f0d-4e49-a2a4-1a5d2e6f0d11": "/api/v1/app-connections/gitlab/{id}",
		"/api/v1/app-connections/gitlab/connection-name/platform":             "/api/v1/app-connections/gitlab/connection-name/platform",
		"/api/v1/app-connections/gitlab/not-a-uuid":                           "/api/v1/app-connections/gitlab/not-a-uuid",
		"/api/v4/projects/1203/access_tokens/510/rotate":                      "/api/v4/projects/{id}/access_tokens/{id}/rotate",
		"/gitlab/api/v4/groups/acme%2Fplatform/members/all/2001":              "/gitlab/api/v4/groups/{id}/members/all/{id}",
		"/api/v4/groups/acme/access_tokens":                                   "/api/v4/groups/{id}/access_tokens",
		"/api/v4/personal_access_tokens/self":                                 "/api/v4/personal_access_tokens/self",
		"/oauth/token":                                                        "/oauth/token",
	} {
		if got := normalPath(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestLog_isBounded(t *testing.T) {
	t.Parallel()
	l := newLog()
	for range logCapacity + 1 {
		l.add(&Request{})
	}
	if n := len(l.requests); n > logCapacity || n < logCapacity/2 {
		t.Errorf("%d requests kept", n)
	}
}
