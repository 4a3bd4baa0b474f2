package infisical

import (
	"testing"
	"time"
)

func TestServerBegan(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct{ serverNow, localNow, want time.Time }{
		"clocks agree":                {began.Add(5 * time.Second), began.Add(5 * time.Second), began},
		"server an hour ahead":        {began.Add(time.Hour + 5*time.Second), began.Add(5 * time.Second), began.Add(time.Hour)},
		"server an hour behind":       {began.Add(-time.Hour + 5*time.Second), began.Add(5 * time.Second), began.Add(-time.Hour)},
		"server does not say":         {time.Time{}, began.Add(5 * time.Second), began},
		"server says whole seconds":   {began.Add(5 * time.Second), began.Add(5900 * time.Millisecond), began.Add(-900 * time.Millisecond)},
		"server in another time zone": {began.Add(5 * time.Second).In(time.FixedZone("", 3600)), began.Add(5 * time.Second), began},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := serverBegan(tc.serverNow, tc.localNow, began); !got.Equal(tc.want) {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestNotMadeBy(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 3, 1, 12, 0, 0, 700_000_000, time.UTC)
	wanted := NewConnection{Name: "n", Credentials: Credentials{Token: "t", Type: "group", InstanceURL: "https://gitlab.example.com"}}
	ours := Connection{Name: "n", Method: MethodAccessToken, AccessTokenType: "group", InstanceURL: "https://gitlab.example.com", CreatedAt: began.Add(time.Second)}
	for name, tc := range map[string]struct {
		change func(*Connection)
		want   string
	}{
		"ours":                          {func(*Connection) {}, ""},
		"made in the very moment":       {func(c *Connection) { c.CreatedAt = began }, ""},
		"made in the same second":       {func(c *Connection) { c.CreatedAt = began.Truncate(time.Second) }, ""},
		"made just before that second":  {func(c *Connection) { c.CreatedAt = began.Truncate(time.Second).Add(-time.Millisecond) }, "it was there before"},
		"made an hour before":           {func(c *Connection) { c.CreatedAt = began.Add(-time.Hour) }, "it was there before"},
		"made at no known time":         {func(c *Connection) { c.CreatedAt = time.Time{} }, "it was there before"},
		"of another method":             {func(c *Connection) { c.Method, c.AccessTokenType = MethodOAuth, "" }, "its method is oauth"},
		"of another GitLab":             {func(c *Connection) { c.InstanceURL = DefaultInstanceURL }, "its GitLab is https://gitlab.com"},
		"of another kind":               {func(c *Connection) { c.AccessTokenType = "personal" }, "it holds a personal token"},
		"with a description by now":     {func(c *Connection) { c.Description = new("d") }, ""},
		"before, and of another method": {func(c *Connection) { c.CreatedAt, c.Method = time.Time{}, MethodOAuth }, "it was there before"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := ours
			tc.change(&found)
			if got := notMadeBy(wanted, found, began); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
