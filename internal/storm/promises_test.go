package storm_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// alwaysHolds are the promises that hold whatever happens. What there is to say of an apply that was not heard to the
// end comes with the next one.
func (w *world) alwaysHolds() {
	w.handMadeAreNamed()
	w.nothingIsElsewhere()
	if !slices.ContainsFunc(w.workspaces, func(ws *workspace) bool { return ws.cut }) {
		w.syncsHaveTheirVariables()
		w.tokensAreTold()
	}
}

// providerIsNotAtFault: Terraform does not say that the provider is, but of a path that has changed hands since the
// plan.
func (w *world) providerIsNotAtFault(said acctest.Diagnostics, changedHands bool) {
	for _, d := range said {
		excused := changedHands && d.Summary == "Provider produced inconsistent final plan"
		if !excused && titled(d, []string{"Provider produced", "Provider returned"}) {
			w.breaks("%s: %s", d.Summary, d.Detail)
		}
	}
}

// notKnown are the titles of plans that do not know whether the apply can do what it is to do, and say so.
var notKnown = []string{
	"Rights of the connection's token not checked",
	"GitLab target not checked",
	"Could not check",
}

// unplannable are the titles of what no plan can know, because Infisical alone does, and tells only those who write.
var unplannable = []string{
	"Source folder not found",
	"Infisical ignored the sub-folders",
	"Name taken",
	"Cycle", // of Terraform's own
}

// greenPlanIsGreenApply: what a plan does not refuse the apply does, unless the plan says what it does not know.
func (w *world) greenPlanIsGreenApply(a *attempt) {
	for _, d := range a.said {
		if d.Severity == tfprotov6.DiagnosticSeverityError && !w.mayFail(a, d) {
			w.breaks("a green plan, a red apply: %s", d.Summary)
		}
	}
}

// mayFail reports that nobody could know of an error before, or that the plan has said what it comes from.
func (w *world) mayFail(a *attempt, d *tfprotov6.Diagnostic) bool {
	says := func(titles ...string) bool {
		return slices.ContainsFunc(a.plan.Diagnostics, func(d *tfprotov6.Diagnostic) bool { return titled(d, titles) })
	}
	switch {
	case titled(d, unplannable), says(notKnown...), slices.ContainsFunc(a.configuration(), isOpen):
		return true
	case strings.Contains(d.Detail, "used in more than one folder"):
		return true // With sub-folders, Infisical alone knows the names below.
	case regexp.MustCompile(`HTTP 403|Unauthorized|Forbidden|not revoked|not have permission`).MatchString(d.Summary + d.Detail):
		return w.powerless // What one may do, servers say when it is done.
	case d.Summary == "Could not tell whether the GitLab data source was created":
		return w.powerless && slices.ContainsFunc(a.configuration(), isUnchecked) // Infisical says 500 when GitLab refuses.
	case strings.Contains(d.Detail, "folder no longer exists"), strings.Contains(d.Detail, "folder is deleted"):
		return says("Source folder deleted")
	case d.Summary == "Duplicate sync destination":
		// One after the other, the new sync may be planned in the apply before the old one leaves. It does not leave,
		// or not so soon, if it is replaced by one that cannot be created, or is created first.
		return strings.Contains(d.Detail, "with a higher -parallelism") && (a.module.Parallelism == 0 || a.replacesFirst() || a.failsBeside(d))
	case d.Summary == "Id of the GitLab target needed":
		// With create_before_destroy there is nothing yet that was deleted and that the new one could have the id of.
		return a.replacesFirst()
	case d.Summary == "Variables of other syncs" && strings.Contains(d.Detail, "its source folder was deleted"):
		// Of what -replace makes again, Terraform shows no warning.
		return a.replaces || a.failsBeside(d) || slices.ContainsFunc(a.plan.Diagnostics, func(d *tfprotov6.Diagnostic) bool {
			return strings.Contains(d.Detail, "cannot run")
		})
	case w.hasty && titled(d, []string{"Variables not removed", "Variables of other syncs"}):
		return true // A removal has no time to end.
	case titled(d, []string{"Variables not removed", "Secret sync failed"}):
		return w.said("Duplicate sync destination") || w.said("Variables stay in the old scope") || w.hasOrphans()
	case d.Summary == "Could not delete the GitLab connection":
		// Terraform destroys what is replaced or dropped before it updates what uses it, but for create_before_destroy.
		updates := slices.ContainsFunc(a.plan.Changes, func(c *acctest.Change) bool { return c.Action == acctest.Update })
		return w.hasStrays() || slices.ContainsFunc(a.plan.Changes, func(c *acctest.Change) bool {
			return strings.HasPrefix(c.Address, connectionType+".") && (c.Action == acctest.Replace || c.Action == acctest.Delete && updates)
		})
	}
	return false
}

// replacesFirst: something is created before what it replaces is destroyed.
func (a *attempt) replacesFirst() bool {
	return slices.ContainsFunc(a.plan.Changes, func(c *acctest.Change) bool {
		return c.Action == acctest.Replace && a.blocks[c.Address].CreateBeforeDestroy
	})
}

// failsBeside: there is another error than this one.
func (a *attempt) failsBeside(one *tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(a.said, func(d *tfprotov6.Diagnostic) bool {
		return d.Severity == tfprotov6.DiagnosticSeverityError && d.Summary != one.Summary
	})
}

// hasOrphans: a group has a variable in a scope in which no sync writes it any more, and in another one, too.
func (w *world) hasOrphans() bool {
	for _, place := range w.places {
		if _, isGroup := place.(gitlab.Group); !isGroup {
			continue
		}
		held := w.gitlab.Variables(place)
		for _, v := range held {
			twice := slices.ContainsFunc(held, func(other gitlab.Variable) bool {
				return other.Key == v.Key && other.EnvironmentScope != v.EnvironmentScope
			})
			written := slices.ContainsFunc(w.infisical.Syncs(), func(s infisical.Sync) bool {
				return w.placeOf(s) == destination{place, v.EnvironmentScope} && slices.Contains(w.infisical.Written(s), v.Key)
			})
			if twice && !written {
				return true
			}
		}
	}
	return false
}

// hasStrays: there is something at Infisical that no state has, because a plugin was killed before it could tell.
func (w *world) hasStrays() bool {
	unknown := func(id string) bool {
		return !slices.ContainsFunc(w.workspaces, func(ws *workspace) bool { return strings.Contains(ws.module.Saved(), id) })
	}
	return slices.ContainsFunc(w.infisical.Syncs(), func(s infisical.Sync) bool { return unknown(s.ID) }) ||
		slices.ContainsFunc(w.infisical.DataSources(), func(d infisical.DataSource) bool { return unknown(d.ID) })
}

// titled reports that the title of a diagnostic is one of these, or begins with it.
func titled(d *tfprotov6.Diagnostic, titles []string) bool {
	return slices.ContainsFunc(titles, func(title string) bool { return strings.HasPrefix(d.Summary, title) })
}

// longestLook is from the end of a run to the next look at it, and lookAgain is when no replica is behind any more.
const (
	longestLook = 15 * time.Second
	lookAgain   = 2 * time.Minute
)

// waitsForItsRunsOnly: nothing is waited for longer than its run.
func (w *world) waitsForItsRunsOnly(a *attempt) {
	searches := slices.ContainsFunc(a.said, func(d *tfprotov6.Diagnostic) bool { return titled(d, []string{"Could not tell whether"}) })
	if w.infisical.Jobs() > 0 || searches {
		return // They were given up, or nobody waits for them; or something else was looked for.
	}
	var last time.Time
	for _, s := range w.infisical.Syncs() {
		if s.UpdatedAt.After(last) {
			last = s.UpdatedAt
		}
	}
	removes := slices.ContainsFunc(a.plan.Changes, func(c *acctest.Change) bool { return c.Action == acctest.Delete || c.Action == acctest.Replace })
	if over := w.clock.Now().Sub(last); last.After(a.began) && !removes && over > longestLook {
		w.breaks("the apply went on for %s after the last run had ended", over)
	}
}

// handMadeAreNamed: no variable that somebody made by hand goes without a word.
func (w *world) handMadeAreNamed() {
	for made := range w.byHand {
		if w.holds(made) {
			continue
		}
		delete(w.byHand, made)
		if !w.said("Secret sync deletes variables", made.key) && !w.said("Secret sync may delete variables") {
			w.breaks("%s is gone without a word", made)
		}
	}
}

// nothingIsElsewhere: there are variables only where a configuration wanted them.
func (w *world) nothingIsElsewhere() {
	for _, place := range w.places {
		for _, v := range w.gitlab.Variables(place) {
			at := destination{place, v.EnvironmentScope}
			if !w.named[at] && !w.byHand[variable{at, v.Key}] {
				w.breaks("%s is where no configuration named", variable{at, v.Key})
			}
		}
	}
}

// syncsHaveTheirVariables: what a sync that has succeeded writes is there, or an output said who takes it.
func (w *world) syncsHaveTheirVariables() {
	for _, s := range w.infisical.Syncs() {
		w.call(s)
		if s.Status != infisical.SyncSucceeded || !s.AutoSync {
			continue
		}
		for _, name := range w.infisical.Written(s) {
			if written := (variable{w.placeOf(s), name}); !w.holds(written) && !w.taken(s) {
				w.breaks("%q has succeeded, but there is no %s", s.Name, written)
			}
		}
	}
}

// call notes what a sync is called: outputs name it by the name that it had then.
func (w *world) call(s infisical.Sync) {
	for _, name := range []string{s.Name, strings.ReplaceAll(s.Name, byHandSuffix, "")} {
		if !slices.Contains(w.called[s.ID], name) {
			w.called[s.ID] = append(w.called[s.ID], name)
		}
	}
}

// takes is what a line of an output says of whose variables are deleted, or were removed and have not come back. That a
// removal takes them and gives them back is not among it.
var takes = map[string]*regexp.Regexp{
	"Duplicate sync destination": regexp.MustCompile(`deletes the variables that .*|.* have the same source and key_schema\. As soon as`),
	"Variables of other syncs":   regexp.MustCompile(`.*were removed.*|.*is not there any more.*`),
	"Variables not removed":      regexp.MustCompile(`The variables of the secret sync .* must be removed`), // Some of them were.
}

// taken reports that an output has said that a sync loses variables.
func (w *world) taken(s infisical.Sync) bool {
	return slices.ContainsFunc(w.diagnostics, func(d *tfprotov6.Diagnostic) bool {
		if takes[d.Summary] == nil {
			return false
		}
		for _, said := range takes[d.Summary].FindAllString(d.Detail, -1) {
			if slices.ContainsFunc(w.called[s.ID], func(name string) bool { return strings.Contains(said, strconv.Quote(name)) }) {
				return true
			}
		}
		return false
	})
}

func isManaged(token gitlab.Token) bool { return strings.HasPrefix(token.Name, "infisical ") }

// tokensAreTold: a managed token that lives is that of a connection, or will be revoked by the next apply, or was
// named.
func (w *world) tokensAreTold() {
	for _, token := range w.gitlab.LiveTokens() {
		held := func(c infisical.Connection) bool { return c.AccessToken == token.Value }
		kept := func(ws *workspace) bool { return strings.Contains(ws.module.Saved(), token.Name) }
		if isManaged(token) && !w.known[token.ID] && !slices.ContainsFunc(w.infisical.Connections(), held) && !slices.ContainsFunc(w.workspaces, kept) &&
			!strings.Contains(w.log.String(), token.Name) {
			w.breaks("the token %q lives, and nobody was told", token.Name)
		}
	}
}

// stateIsServers: what the state says of a workspace's blocks is so at the server.
func (w *world) stateIsServers(ws *workspace) {
	for _, block := range ws.configuration() {
		if !ws.module.InState(block.Address) {
			w.breaks("%s is not in the state after its apply", block.Address)
		}
	}
	for _, block := range ws.blocksOf(syncType) {
		attribute := func(path ...string) string { return ws.module.Attribute(block.Address, path...) }
		stored := slices.IndexFunc(w.infisical.Syncs(), func(s infisical.Sync) bool { return s.ID == attribute("id") })
		if stored < 0 {
			w.breaks("%s is not at Infisical after its apply", block.Address)
			continue
		}
		s := w.infisical.Syncs()[stored]
		for name, of := range map[string][2]string{
			"name": {attribute("name"), s.Name}, "connection": {attribute("connection_id"), s.ConnectionID},
			"target": {attribute("target", "id"), s.Destination.ID}, "scope": {attribute("target", "environment_scope"), s.Destination.Environment},
			"schema": {attribute("variables", "key_schema"), s.KeySchema},
		} {
			if of[0] != of[1] {
				w.breaks("the %s of %s is %q at Infisical, and %q in the state", name, block.Address, of[1], of[0])
			}
		}
	}
}

// nextPlanIsEmpty: it is, or it says of each change why there is one.
func (w *world) nextPlanIsEmpty(ws *workspace) {
	again := w.plan(ws, "plan again").plan
	for _, change := range again.Changes {
		if change.Action != acctest.NoOp && len(change.Diagnostics) == 0 && !isOpen(*ws.blocks[change.Address]) {
			w.breaks("the next plan would %s %s, and does not say why", change.Action, change.Address)
		}
	}
}

// isOpen: the target is known only in the apply, so that no plan can look at it, and each replaces what has one.
func isOpen(block acctest.Block) bool {
	target, _ := block.Config["target"].(object)
	for _, named := range target {
		if _, open := named.(acctest.Later); open {
			return true
		}
	}
	return false
}

// isUnchecked: nobody wants to know whether the token can do what it is to do.
func isUnchecked(block acctest.Block) bool { return block.Config["token_validation"] == "off" }

// said reports that a diagnostic with this title has had all these words.
func (w *world) said(title string, words ...string) bool {
	return slices.ContainsFunc(w.diagnostics, func(d *tfprotov6.Diagnostic) bool {
		return d.Summary == title && !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(d.Detail, word) })
	})
}
