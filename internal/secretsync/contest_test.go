package secretsync

import (
	"slices"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// What are two names of one project or group.
func TestSamePlace(t *testing.T) {
	t.Parallel()
	target := func(id, called string) infisical.SyncTarget {
		return infisical.SyncTarget{Kind: "project", ID: id, Name: called}
	}
	for name, tc := range map[string]struct {
		one, other infisical.SyncTarget
		want       bool
	}{
		"one number":                       {target("4001", "acme/app"), target("4001", "acme/web"), true},
		"one number, spelled differently":  {target("4001", "4001"), target("0004001", "acme/app"), true},
		"two numbers under one name":       {target("4001", "acme/app"), target("4002", "acme/app"), false},
		"a path in place of the number":    {target("4001", "acme/app"), target("Acme/App", "whatever"), true},
		"another path in place of it":      {target("4001", "acme/app"), target("acme/web", "acme/app"), false},
		"no number yet, one path":          {target("", "acme/app"), target("", "acme/App"), true},
		"no number yet, another path":      {target("", "acme/app"), target("", "acme/web"), false},
		"no number of one yet":             {target("", "acme/app"), target("4001", "acme/app"), true},
		"nothing known":                    {target("", ""), target("", ""), false},
		"a group of this number":           {target("87", "87"), infisical.SyncTarget{Kind: "group", ID: "87", Name: "87"}, false},
		"numbers that only look like one":  {target("4001", "4001"), target("40010", "40010"), false},
		"a path of digits between slashes": {target("4001", "acme/4001"), target("acme/4001", ""), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := samePlace(tc.one, tc.other); got != tc.want || samePlace(tc.other, tc.one) != tc.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

// Which of the syncs that Infisical has and that are planned are rivals.
func TestContest_among(t *testing.T) {
	t.Parallel()
	settings := func(name, place, scope, schema string) infisical.Sync {
		return infisical.Sync{
			Record: infisical.Record{Name: name, ProjectID: "p"}, KeySchema: schema,
			Target: infisical.SyncTarget{Kind: "project", ID: place, EnvironmentScope: scope},
		}
	}
	there := func(id string, settings infisical.Sync) infisical.Sync {
		settings.ID = id
		return settings
	}
	planned := func(id string, settings infisical.Sync) providerdata.PlannedSync {
		return providerdata.PlannedSync{Sync: there(id, settings)}
	}
	const here, elsewhere = "4001", "4002"
	ours := planned("", settings("ours", here, "*", ""))
	other, third := settings("other", here, "*", ""), settings("third", here, "*", "")
	for name, tc := range map[string]struct {
		there   []infisical.Sync
		planned []providerdata.PlannedSync
		leaving string
		want    []string
	}{
		"nobody":                  {nil, nil, "", nil},
		"ourselves":               {nil, []providerdata.PlannedSync{ours}, "", nil},
		"one that is there":       {[]infisical.Sync{there("1", other)}, nil, "", []string{"other, unplanned"}},
		"one that leaves":         {[]infisical.Sync{there("1", other)}, nil, "1", nil},
		"one that stays as it is": {[]infisical.Sync{there("1", other)}, []providerdata.PlannedSync{planned("1", other)}, "", []string{"other"}},
		"one that moves away": {[]infisical.Sync{there("1", other)}, []providerdata.PlannedSync{planned("1", settings("other", elsewhere, "*", ""))},
			"", nil},
		"one that gets another schema": {nil, []providerdata.PlannedSync{planned("1", settings("other", here, "*", "B_{{secretKey}}"))}, "",
			[]string{"other"}},
		"one that moves here":                 {nil, []providerdata.PlannedSync{planned("1", other)}, "", []string{"other"}},
		"a new one":                           {nil, []providerdata.PlannedSync{planned("", other)}, "", []string{"other"}},
		"a new one elsewhere":                 {nil, []providerdata.PlannedSync{planned("", settings("other", elsewhere, "*", ""))}, "", nil},
		"one that was created under our name": {nil, []providerdata.PlannedSync{planned("1", settings("ours", here, "*", ""))}, "", nil},
		"one that has our name":               {[]infisical.Sync{there("1", settings("ours", here, "*", ""))}, nil, "", nil},
		"another scope":                       {[]infisical.Sync{there("1", settings("other", here, "dev", ""))}, nil, "", nil},
		"every scope":                         {[]infisical.Sync{there("1", settings("other", here, "", ""))}, nil, "", []string{"other, unplanned"}},
		"two, of which one is planned": {[]infisical.Sync{there("1", other), there("2", third)}, []providerdata.PlannedSync{planned("2", third)}, "",
			[]string{"third", "other, unplanned"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, r := range (contest{ours: ours}).among(tc.there, tc.planned, func(id string) bool { return id == tc.leaving }) {
				named := r.Name
				if r.unplanned {
					named += ", unplanned"
				}
				got = append(got, named)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
