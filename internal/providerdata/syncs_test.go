package providerdata

import (
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

func TestSyncPlans(t *testing.T) {
	t.Parallel()
	var plans SyncPlans
	planned := func(id, name string) PlannedSync {
		return PlannedSync{Sync: infisical.Sync{Record: infisical.Record{ID: id, ProjectID: "p", Name: name}}}
	}
	has := func(when string, want ...string) {
		t.Helper()
		var got string
		for _, planned := range plans.All() {
			got += planned.Key() + "=" + planned.Name + " "
		}
		wanted := ""
		for _, want := range want {
			wanted += want + " "
		}
		if got != wanted {
			t.Errorf("%s: got %q, want %q", when, got, wanted)
		}
	}
	has("at first")
	plans.Plan(planned("", "new"))
	plans.Plan(planned("", "new"))
	plans.Plan(planned("1", "old"))
	has("planned", "1=old", "p/new=new")
	plans.Plan(planned("1", "renamed"))
	has("planned again", "1=renamed", "p/new=new")
	plans.Plan(planned("2", "new"))
	has("created", "1=renamed", "2=new")
	if found, ok := plans.Of("2"); !ok || found.Name != "new" || plans.Leaves("2") {
		t.Errorf("got %+v", found)
	}
	plans.Plan(PlannedSync{Sync: infisical.Sync{Record: infisical.Record{ProjectID: "p", Name: "third"}}, Refuses: true})
	plans.Plan(planned("3", "third"))
	if found, ok := plans.Of("3"); !ok || !found.Refuses {
		t.Errorf("got %+v, which has forgotten what was planned", found)
	}
	plans.Leave("3")
	plans.Leave("1")
	has("one leaves", "2=new")
	if _, ok := plans.Of("1"); ok || !plans.Leaves("1") {
		t.Error("it does not leave")
	}
}

// A pair is reported once, unless one of the two has more to say than the other did, or says the same again.
func TestSyncPlans_report(t *testing.T) {
	t.Parallel()
	type report struct {
		by, other string
		isError   bool
		want      bool
	}
	for name, reports := range map[string][]report{
		"one of the two":        {{"a", "b", false, true}, {"b", "a", false, false}},
		"planned again":         {{"a", "b", false, true}, {"a", "b", false, true}},
		"an error after all":    {{"a", "b", false, true}, {"b", "a", true, true}, {"a", "b", false, false}},
		"an error was reported": {{"a", "b", true, true}, {"b", "a", true, false}, {"b", "a", false, false}},
		"another pair":          {{"a", "b", false, true}, {"a", "c", false, true}, {"c", "b", false, true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var plans SyncPlans
			for i, r := range reports {
				if got := plans.Report(r.by, r.other, r.isError); got != r.want {
					t.Errorf("%d: got %t", i, got)
				}
			}
		})
	}
}

// Whoever does nothing for a sync because it leaves is made up for when it stays.
func TestSyncPlans_leave(t *testing.T) {
	t.Parallel()
	var plans SyncPlans
	told := 0
	stop := plans.OnLeave("a", func() { told++ })
	if plans.Skips("a") || plans.Stay("a") {
		t.Error("it leaves before anybody said so")
	}
	plans.Leave("a")
	if !plans.Leaves("a") || told != 1 {
		t.Errorf("told %d times", told)
	}
	if plans.Stay("a") || plans.Leaves("a") {
		t.Error("it leaves, or somebody has counted on that")
	}
	plans.Leave("a")
	if !plans.Skips("a") || !plans.Stay("a") || plans.Stay("a") {
		t.Error("nobody has counted on it, or twice")
	}
	plans.OnLeave("a", func() { told++ })()
	if plans.Leave("a"); told != 1 {
		t.Errorf("told %d times", told)
	}
	stop()
}
