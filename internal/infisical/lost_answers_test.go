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
	ours := Connection{
		Record: Record{Name: "n", CreatedAt: began.Add(time.Second)}, Method: MethodAccessToken, AccessTokenType: "group",
		InstanceURL: "https://gitlab.example.com",
	}
	for name, tc := range map[string]struct {
		change func(*Connection) // UpdatedAt follows CreatedAt unless it is changed
		want   string
	}{
		"ours":                    {func(*Connection) {}, ""},
		"made in the very moment": {func(c *Connection) { c.CreatedAt = began }, ""},
		"made in the same second": {func(c *Connection) { c.CreatedAt = began.Truncate(time.Second) }, ""},
		"made just before that second": {func(c *Connection) { c.CreatedAt = began.Truncate(time.Second).Add(-time.Millisecond) },
			"it existed before the request"},
		"made an hour before":           {func(c *Connection) { c.CreatedAt = began.Add(-time.Hour) }, "it existed before the request"},
		"made at no known time":         {func(c *Connection) { c.CreatedAt = time.Time{} }, "it existed before the request"},
		"of another method":             {func(c *Connection) { c.Method, c.AccessTokenType = MethodOAuth, "" }, "its method is oauth"},
		"of another GitLab":             {func(c *Connection) { c.InstanceURL = DefaultInstanceURL }, "its GitLab is https://gitlab.com"},
		"of another kind":               {func(c *Connection) { c.AccessTokenType = "personal" }, "it holds a personal token"},
		"with a description":            {func(c *Connection) { c.Description = new("d") }, "its description differs"},
		"with an empty description":     {func(c *Connection) { c.Description = new("") }, ""},
		"written since":                 {func(c *Connection) { c.UpdatedAt = c.CreatedAt.Add(time.Millisecond) }, "it was changed after it was created"},
		"before, and of another method": {func(c *Connection) { c.CreatedAt, c.Method = time.Time{}, MethodOAuth }, "it existed before the request"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := ours
			tc.change(&found)
			if found.UpdatedAt.IsZero() {
				found.UpdatedAt = found.CreatedAt
			}
			if got := found.notMadeBy(found.differsFrom(wanted), began); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestNotMadeBy_description(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	wanted := NewConnection{Description: new("Platform team\n"), Credentials: Credentials{Token: "t", Type: "group", InstanceURL: DefaultInstanceURL}}
	found := Connection{
		Record: Record{CreatedAt: at, UpdatedAt: at}, Method: MethodAccessToken, AccessTokenType: "group", InstanceURL: DefaultInstanceURL,
	}
	for description, want := range map[string]string{"Platform team": "", "Platform": "its description differs", "": "its description differs"} {
		found.Description = &description
		if got := found.notMadeBy(found.differsFrom(wanted), at); got != want {
			t.Errorf("%q: got %q, want %q", description, got, want)
		}
	}
}

func TestNotWrittenBy(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 3, 1, 12, 0, 0, 700_000_000, time.UTC)
	before := Written{ID: "1", CredentialsHash: "old"}
	change := Change{Name: "n", Description: new("d "), Credentials: &Credentials{Token: "t", Type: "group", InstanceURL: "https://gitlab.example.com"}}
	ours := Connection{
		Record: Record{Name: "n", Description: new("d"), CreatedAt: began.AddDate(0, -1, 0), UpdatedAt: began.Add(time.Second)},
		Method: MethodAccessToken, AccessTokenType: "group", InstanceURL: "https://gitlab.example.com", CredentialsHash: "new",
	}
	for name, tc := range map[string]struct {
		change func(*Connection)
		want   string
	}{
		"ours":                       {func(*Connection) {}, ""},
		"written in the same second": {func(c *Connection) { c.UpdatedAt = began.Truncate(time.Second) }, ""},
		"not written":                {func(c *Connection) { c.CredentialsHash = "old" }, "its credentials have not changed"},
		"written before":             {func(c *Connection) { c.UpdatedAt = began.Add(-time.Minute) }, "its credentials were written before the request"},
		"under another name":         {func(c *Connection) { c.Name = "m" }, `its name is "m"`},
		"with another description":   {func(c *Connection) { c.Description = nil }, "its description differs"},
		"for another GitLab":         {func(c *Connection) { c.InstanceURL = DefaultInstanceURL }, "its GitLab is https://gitlab.com"},
		"with another kind":          {func(c *Connection) { c.AccessTokenType = "project" }, "it holds a project token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := ours
			tc.change(&found)
			if got := notWrittenBy(change, before, found, began); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
