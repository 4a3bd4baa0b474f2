package secretscanning

import (
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

func TestTroubleOf(t *testing.T) {
	t.Parallel()
	other, nameless := gitlab.Hook{ID: 1, Name: "other", Alert: gitlab.HookOff}, gitlab.Hook{ID: 2, Alert: gitlab.HookOff}
	ours := func(alert gitlab.HookAlert) gitlab.Hook { return gitlab.Hook{ID: 3, Name: "ours", Alert: alert} }
	for name, test := range map[string]struct {
		list gitlab.HookList
		want webhookTrouble
	}{
		"works":                      {gitlab.HookList{Hooks: []gitlab.Hook{other, ours("executable")}, Complete: true}, webhookWorks},
		"GitLab before 16":           {gitlab.HookList{Hooks: []gitlab.Hook{ours("")}, Complete: true}, webhookWorks},
		"a status of later versions": {gitlab.HookList{Hooks: []gitlab.Hook{ours("snoozed")}, Complete: true}, webhookWorks},
		"paused":                     {gitlab.HookList{Hooks: []gitlab.Hook{nameless, ours(gitlab.HookPaused)}}, webhookPaused},
		"off":                        {gitlab.HookList{Hooks: []gitlab.Hook{ours(gitlab.HookOff), other}, Complete: true}, webhookOff},
		"gone, none left":            {gitlab.HookList{Complete: true}, webhookGone},
		"gone, others left":          {gitlab.HookList{Hooks: []gitlab.Hook{other}, Complete: true}, webhookGone},
		"may be one without a name":  {gitlab.HookList{Hooks: []gitlab.Hook{other, nameless}, Complete: true}, webhookWorks},
		"may be on another page":     {gitlab.HookList{Hooks: []gitlab.Hook{other}}, webhookWorks},
		"not listed":                 {gitlab.HookList{Failure: &gitlab.Error{}, Complete: true}, webhookWorks},
	} {
		if got, _ := troubleOf(test.list, "ours"); got != test.want {
			t.Errorf("%s: got %d, want %d", name, got, test.want)
		}
	}
}
