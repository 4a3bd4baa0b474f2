package providerdata

import "testing"

func TestWalk(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		seen      func(w *Walk)
		dependsOn string
		want      Phase
	}{
		"nothing":                          {func(*Walk) {}, "a", Unclear},
		"a refresh":                        {func(w *Walk) { w.Read() }, "a", Planning},
		"a plan without changes":           {func(w *Walk) { w.Plan("b", false) }, "a", Planning},
		"a change of something else":       {func(w *Walk) { w.Plan("b", true) }, "a", Unclear},
		"a change that is not applied":     {func(w *Walk) { w.Plan("a", true) }, "a", Planning},
		"a change that is applied":         {func(w *Walk) { w.Plan("a", true); w.Apply() }, "a", Applying},
		"an application of something else": {func(w *Walk) { w.Plan("b", true); w.Apply() }, "a", Applying},
		"an id that is not known":          {func(*Walk) {}, "", Planning},
		"an apply that changes nothing":    {func(w *Walk) { w.Apply(); w.Plan("a", false) }, "a", Applying},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var walk Walk
			tc.seen(&walk)
			if got := walk.Phase(tc.dependsOn); got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
		})
	}
}
