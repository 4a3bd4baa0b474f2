package connection_test

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// How much TestAccManagedToken_year simulates; `make year` does it in full.
var (
	yearSeeds = flag.Int("seeds", 2, "lives of a connection for each cadence of applies")
	yearDays  = flag.Int("days", 120, "days of a life")
)

const (
	badDays    = 0.10 // share of applies during which something goes wrong
	personDays = 0.03 // share of days on which somebody does something by hand
)

// cadence is how often somebody applies, and what is applied.
type cadence struct {
	name   string
	every  int // days
	config block
}

func cadences() []cadence {
	return []cadence{
		{"daily", 1, managed(block{"expiration_days": 14, "rotate_before_days": 7})},
		{"weekly", 7, managed(block{"expiration_days": 30, "rotate_before_days": 10})},
		{"each 45 days", 45, managed(block{"expiration_days": 120, "rotate_before_days": 50})},
	}
}

// life is that of one managed connection.
type life struct {
	*workspace
	cadence
	random *rand.Rand
	tally  tally
}

// tally are what a life comes to.
type tally struct {
	lives, applies, bad, failed, events      int
	minted, replaced, asked, named, deadDays int
}

func (f *tally) add(other tally) {
	f.lives += other.lives
	f.applies += other.applies
	f.bad += other.bad
	f.failed += other.failed
	f.events += other.events
	f.minted += other.minted
	f.replaced += other.replaced
	f.asked += other.asked
	f.named += other.named
	f.deadDays += other.deadDays
}

func newLife(t *testing.T, cadence cadence, seed int) *life {
	t.Helper()
	l := &life{workspace: newManaging(t), cadence: cadence}
	l.random = rand.New(rand.NewPCG(uint64(seed), uint64(cadence.every))) //nolint:gosec // To be repeated.
	l.Dies = true                                                         // By other people's hands.
	for _, token := range []string{"admin-management", "group-maintainer-api"} {
		l.Servers.Sandbox.GitLab.SetExpiresAt(l.Servers.Sandbox.GitLab.Token(token).ID, nil)
	}
	l.tally.lives = 1
	return l
}

// live is a life, and a last apply on a quiet day.
func (l *life) live(days int) {
	l.t.Helper()
	l.applyQuietly()
	for day := 1; day <= days && !l.t.Failed(); day++ {
		l.Clock.AdvanceDays(1)
		if l.random.Float64() < personDays {
			l.someoneActs()
		}
		switch {
		case day%l.every != 0:
		case l.random.Float64() < badDays:
			l.tally.bad++
			l.apply(l.goWrong())
		default:
			l.applyQuietly()
		}
		if !l.works() {
			l.tally.deadDays++
		}
	}
	l.applyQuietly()
	l.tally.named = len(l.strangers())
	for _, token := range l.Servers.Sandbox.GitLab.Tokens() {
		if strings.HasPrefix(token.Name, "infisical ") {
			l.tally.minted++
		}
	}
}

// apply is one apply, with what goes wrong until lift. No connection may be gone after it that no person and no plan
// has deleted.
func (l *life) apply(lift func()) acctest.Diagnostics {
	l.t.Helper()
	before, tainted := l.Connections(), l.Tainted()
	diags := l.Run(l.config)
	lift()
	l.Servers.Sandbox.WaitIdle() // The servers go on with what the provider has stopped waiting for.
	l.Environment.CredentialsTimeout = 0
	delete(l.Configuration, "request_timeout")
	l.tally.applies++
	if diags.Failed() {
		l.tally.failed++
	}
	if asksAPerson(diags.String()) {
		l.tally.asked++
	}
	for _, connection := range before {
		if _, there := l.Servers.Sandbox.Infisical.Connection(connection.ID); there {
			continue
		}
		l.tally.replaced++
		if !tainted {
			l.t.Errorf("%s: a connection was deleted that was there: %s", l.today(), diags)
		}
	}
	return diags
}

func (l *life) today() string { return l.Clock.Now().Format(time.DateOnly) }

func asksAPerson(said string) bool {
	return slices.ContainsFunc([]string{"at GitLab", "delete the connection", "import {", "Check in Infisical"}, func(words string) bool {
		return strings.Contains(said, words)
	})
}

// applyQuietly is an apply in which nothing goes wrong, and checks what must hold after it.
func (l *life) applyQuietly() {
	l.t.Helper()
	diags := l.apply(func() {})
	if diags.Failed() {
		diags = l.ImportNamed(l.config, diags)
	}
	if plan := l.Plan(l.Context, l.config); diags.Failed() || plan.Diagnostics.Failed() || !plan.Empty() {
		l.t.Errorf("%s: the apply says: %s, and the plan after it is to %s: %s", l.today(), diags, plan.Action, plan.Diagnostics)
	}
	ledger := string(l.Private("managed_tokens"))
	for _, token := range l.strangers() {
		if !strings.Contains(l.Told.String(), token.Name) && !strings.Contains(ledger, token.Name) {
			l.t.Errorf("%s: the token %q lives on, and nobody was told", l.today(), token.Name)
		}
	}
}

// strangers are live managed tokens that Infisical does not hold.
func (l *life) strangers() []gitlab.Token {
	connections := l.Connections()
	return slices.DeleteFunc(l.ManagedTokens(), func(token gitlab.Token) bool {
		return slices.ContainsFunc(connections, func(c infisical.Connection) bool { return c.AccessToken == token.Value })
	})
}

// works reports whether Infisical holds a live token.
func (l *life) works() bool {
	connections := l.Connections()
	return len(connections) > 0 && slices.ContainsFunc(l.Servers.Sandbox.GitLab.LiveTokens(), func(token gitlab.Token) bool {
		return token.Value == connections[0].AccessToken
	})
}

// goWrong lets something happen to random requests of the apply to come.
func (l *life) goWrong() (lift func()) {
	kinds := acctest.Mishaps()
	delete(kinds, "404") // Some servers lag, but not all requests for ever.
	names := slices.Sorted(maps.Keys(kinds))
	happens := kinds[names[l.random.IntN(len(names))]]
	fault := server.Fault{Kind: happens.Kind, Status: happens.Status, Skip: l.random.IntN(6), Times: l.random.IntN(3)}
	fault.Server = []string{server.GitLab, server.Infisical}[l.random.IntN(2)]
	if l.random.IntN(3) == 0 {
		fault.Method = []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete}[l.random.IntN(4)]
		fault.Skip = l.random.IntN(3)
	}
	if happens.Hangs() {
		l.Environment.CredentialsTimeout = acctest.Impatience
		l.Configuration["request_timeout"] = acctest.Impatience.String()
	}
	switch l.random.IntN(10) {
	case 0: // The plugin dies instead.
		left := l.random.IntN(9)
		return l.DieAt(func(*server.Request) bool { left--; return left < 0 }, l.random.IntN(2) == 0)
	case 1: // One answer comes from a replica that lags.
		fault = server.Fault{Server: server.Infisical, Method: http.MethodGet, Kind: server.FaultStatus, Status: http.StatusNotFound, Times: 1}
	}
	return l.Servers.Sandbox.Fail(fault)
}

// someoneActs is what people do by hand.
func (l *life) someoneActs() {
	connections := l.Connections()
	if len(connections) == 0 {
		return
	}
	l.tally.events++
	infisical, server, connection := l.Servers.Sandbox.Infisical, l.Servers.Sandbox.GitLab, connections[0]
	acts := []func(){
		func() { infisical.SetAccessToken(connection.ID, l.Servers.OtherToken) },
		func() { infisical.SetAccessTokenType(connection.ID, "personal") },
		func() { infisical.SetInstanceURL(connection.ID, "https://gitlab.other.example") },
		func() { infisical.Rename(connection.ID, "renamed-by-hand") },
		func() { infisical.SetDescription(connection.ID, new("by hand")) },
		func() { infisical.Remove(connection.ID) },
	}
	if l.InState() {
		acts = append(acts, l.Taint)
	}
	if token, ok := server.TokenByValue(connection.AccessToken); ok && strings.HasPrefix(token.Name, "infisical ") {
		acts = append(acts,
			func() { server.Revoke(token.ID) },
			func() { server.Expire(token.ID) },
			func() { server.DeleteToken(token.ID) },
			func() { server.SetExpiresAt(token.ID, nil) },
			func() {
				server.SetExpiresAt(token.ID, new(l.Clock.Now().AddDate(0, 0, l.random.IntN(40)).Format(time.DateOnly)))
			},
			func() { server.SetScopes(token.ID, "read_api") },
			func() { server.SetAccessLevel(token.ID, gitlab.DeveloperAccess) },
		)
	}
	acts[l.random.IntN(len(acts))]()
}

// A managed connection lives through a year of applies, of which some go wrong, and among people who revoke, replace
// and delete. After each apply in which nothing goes wrong there is nothing left to do, and no token lives that is
// neither in use nor on record, and that nobody was told of. No connection is deleted but by a person or by Terraform's
// plan, and no secret is seen.
func TestAccManagedToken_year(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	sums := map[string]*tally{}
	acctest.RequireAcceptance(t)
	t.Cleanup(func() { printFigures(os.Stdout, sums) })
	for _, cadence := range cadences() {
		sums[cadence.name] = &tally{}
		for seed := range *yearSeeds {
			t.Run(fmt.Sprintf("%s/%d", cadence.name, seed), func(t *testing.T) {
				t.Parallel()
				l := newLife(t, cadence, seed)
				l.live(*yearDays)
				mu.Lock()
				defer mu.Unlock()
				sums[cadence.name].add(l.tally)
			})
		}
	}
}

func printFigures(to io.Writer, sums map[string]*tally) {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	defer func() { _ = table.Flush() }()
	fmt.Fprintln(table, "applies\tlives\tdays\tapplies\tgone wrong\tfailed\tevents\ttokens made\treplaced\ta person was asked\tnamed tokens alive\tdays without a live token\t")
	for _, cadence := range cadences() {
		f := sums[cadence.name]
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", cadence.name, f.lives, f.lives**yearDays, f.applies, f.bad, f.failed,
			f.events, f.minted, f.replaced, f.asked, f.named, f.deadDays)
	}
}
