package acctest

import "testing"

func TestShowsValues(t *testing.T) {
	t.Parallel()
	const id = "1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11"
	for path, want := range map[string]bool{
		"/api/v3/secrets/raw":                                           true,
		"/api/v4/secrets/DATABASE_URL":                                  true,
		"/api/v1/dashboard/secrets-overview":                            true,
		"/api/v2/secret-imports":                                        true,
		"/api/v1/dynamic-secrets":                                       true,
		"/api/v1/secret-syncs/gitlab/" + id + "/import-secrets":         true,
		"/api/v1/secret-syncs/gitlab":                                   false,
		"/api/v1/secret-syncs/gitlab/" + id + "/sync-secrets":           false,
		"/api/v1/secret-syncs/gitlab/" + id + "/remove-secrets":         false,
		"/api/v2/secret-scanning/data-sources/gitlab/" + id + "/scan":   false,
		"/api/v1/app-connections/gitlab/connection-name/gitlab-secrets": false,
		"/api/v1/auth/universal-auth/login":                             false,
	} {
		if got := showsValues(path); got != want {
			t.Errorf("%s: %t", path, got)
		}
	}
}
