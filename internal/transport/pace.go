package transport

import (
	"context"
	"crypto/sha256"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// paces keeps requests within what servers allow. Ten resources that each waited for themselves would come back
// together, be refused together, and use up their retries.
type paces struct {
	clock clock

	mu   sync.Mutex
	kept map[string]*pace
}

// clock is the time, and a pause that ends early, with the context's error, when that ends.
type clock struct {
	now  func() time.Time
	wait func(context.Context, time.Duration) error
}

// of returns the pace of those requests that the server counts together with this one. GitLab counts those of a
// token; what Infisical counts, its client says.
func (p *paces) of(req *http.Request) *pace {
	counted := policyOf(req.Context()).Counted
	if counted == "" {
		token := sha256.Sum256([]byte(req.Header.Get("Authorization")))
		counted = string(token[:])
	}
	key := req.URL.Host + "\x00" + counted
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept[key] == nil {
		p.kept[key] = newPace(p.clock)
	}
	return p.kept[key]
}

// pace is that of the requests that a server counts together: free until the server says, by 429 or in its headers,
// that no more are allowed for a while. After that pause one goes ahead, and as many follow as its answer allows.
type pace struct {
	clock clock

	mu       sync.Mutex
	underWay int
	// pause is nil while requests may go.
	pause *pause
	// permits is how many may go: all, or, after a pause, as many as the answers since then allow.
	permits int
	// round counts the pauses that are over.
	round int
	// left is what the headers say; nil when they say nothing, or are not believed.
	left    *quota
	headers trust
	// changed is closed, and another made, whenever one that waits may find things different.
	changed chan struct{}
}

// trust is whether the headers are believed.
type trust uint8

const (
	believed trust = iota
	// onTrial: a pause that they asked for is over, and the next answer shows what it was good for.
	onTrial
	// misled: they allow nothing, and yet requests are served, so that only a 429 counts from here on.
	misled
)

// A pause is a time in which no requests go.
type pause struct {
	begins, ends time.Time
	// foreseen: it is the headers that ask for it, and not a 429.
	foreseen bool
	// told is how many tenths of it have been logged.
	told int
}

// A quota is what a server allows: so many more requests until then.
type quota struct {
	remaining int
	until     time.Time
}

// everyone is more than will ever wait.
const everyone = math.MaxInt32

func newPace(clock clock) *pace {
	return &pace{clock: clock, permits: everyone, changed: make(chan struct{})}
}

// enter waits until a request may go, at most as long as the caller is ready to wait, 0 for any time; then it may go
// all the same. It returns the round that the request belongs to.
func (p *pace) enter(ctx context.Context, readyToWait time.Duration) (round int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for ctx.Err() == nil {
		p.foresee()
		pause, changed := p.pause, p.changed
		switch {
		case pause == nil && p.permits > 0,
			readyToWait > 0 && (pause == nil || pause.ends.Sub(p.clock.now()) > readyToWait):
			p.permit(-1)
			p.underWay++
			return p.round, nil
		case pause != nil:
			p.mu.Unlock()
			over := p.sleep(ctx, changed, pause)
			p.mu.Lock()
			if over && p.pause == pause {
				p.resume()
			}
		default:
			p.mu.Unlock()
			select {
			case <-changed:
			case <-ctx.Done():
			}
			p.mu.Lock()
		}
	}
	return 0, context.Cause(ctx)
}

// foresee begins a pause when those under way may use up what is left. Some of them may have been counted already.
func (p *pace) foresee() {
	now := p.clock.now()
	if p.pause != nil || p.left == nil || p.left.remaining > p.underWay || !now.Before(p.left.until) {
		return
	}
	p.begin(pause{begins: now, ends: p.left.until, foreseen: true})
}

// progressFrom is how long a pause must be for its progress to be told.
const progressFrom = 10 * time.Second

// sleep returns true when the pause is over, and false when there is something else to look at before.
func (p *pace) sleep(ctx context.Context, changed <-chan struct{}, pause *pause) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}()
	whole := pause.ends.Sub(pause.begins)
	if whole <= progressFrom {
		return p.clock.wait(ctx, pause.ends.Sub(p.clock.now())) == nil
	}
	for tenth := 1; tenth <= 10; tenth++ {
		left := pause.begins.Add(whole * time.Duration(tenth) / 10).Sub(p.clock.now())
		if left <= 0 && tenth < 10 {
			continue // It has begun before this request came.
		}
		if p.clock.wait(ctx, left) != nil {
			return false
		}
		p.tell(ctx, pause, tenth)
	}
	return true
}

// tell logs the progress of a pause, once for all who wait.
func (p *pace) tell(ctx context.Context, pause *pause, tenth int) {
	p.mu.Lock()
	news := p.pause == pause && tenth > pause.told
	if news {
		pause.told = tenth
	}
	p.mu.Unlock()
	if news {
		tflog.Info(ctx, "Waiting for the server's rate limit", map[string]any{
			"percent": 10 * tenth, "of_s": int(pause.ends.Sub(pause.begins).Round(time.Second).Seconds()), "counted": policyOf(ctx).Counted,
		})
	}
}

// leave learns from the answer to a request of a round; resp is nil when there is none.
func (p *pace) leave(round int, resp *http.Response) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.underWay--
	if round != p.round { // It was sent before the last pause, and knows nothing of what came after.
		return
	}
	quota, known := quotaOf(resp, p.clock.now())
	switch {
	case limited(resp): // See refused.
	case known && quota.remaining == 0 && p.headers == onTrial:
		p.headers, p.left, p.permits = misled, nil, everyone
	case known && p.headers != misled:
		p.learn(quota)
		p.permits = everyone // What is left says how many may go.
	case resp != nil:
		p.permit(2)
	default:
		p.permit(1) // So that another finds out.
	}
	if resp != nil {
		p.acquit()
	}
	if p.pause != nil && p.pause.foreseen && p.left != nil && p.left.remaining > p.underWay {
		p.pause = nil // Those that were under way have not used up what was left.
	}
	p.announce()
}

// acquit ends a trial of the headers.
func (p *pace) acquit() {
	if p.headers == onTrial {
		p.headers = believed
	}
}

// permit lets so many more go, or fewer, unless all may.
func (p *pace) permit(more int) {
	if p.permits < everyone {
		p.permits = max(0, p.permits+more)
	}
}

// learn keeps what is left by the newest answer: of one window, that with the least left. Answers overtake one another,
// and each rounds the end of the window up.
func (p *pace) learn(quota quota) {
	if p.left == nil || !p.clock.now().Before(p.left.until) {
		p.left = &quota
		return
	}
	p.left.remaining = min(p.left.remaining, quota.remaining)
	if quota.until.Before(p.left.until) {
		p.left.until = quota.until
	}
}

// refused is a 429, after which nobody need try for that long.
func (p *pace) refused(asked time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if asked <= 0 {
		p.permit(1) // The one that went ahead has found out nothing, and the others must not wait for it.
		p.announce()
		return
	}
	now := p.clock.now()
	p.begin(pause{begins: now, ends: now.Add(asked)})
}

// begin begins a pause, unless there is one that is as long, but for the seconds that servers round up to.
func (p *pace) begin(pause pause) {
	if !pause.foreseen {
		p.acquit()
	}
	switch {
	case p.pause == nil || p.pause.ends.Before(pause.ends.Add(-time.Second)):
		p.pause = &pause
		p.announce()
	default:
		p.pause.foreseen = p.pause.foreseen && pause.foreseen
	}
}

// resume ends a pause that is over.
func (p *pace) resume() {
	if p.pause.foreseen && p.headers == believed {
		p.headers = onTrial
	}
	p.pause, p.permits, p.left, p.round = nil, 1, nil, p.round+1
	p.announce()
}

func (p *pace) announce() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// quotaOf reads the headers of https://github.com/fastify/fastify-rate-limit, with which Infisical counts, and of
// GitLab, https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers, whose reset is a
// point in time.
func quotaOf(resp *http.Response, now time.Time) (quota, bool) {
	if resp == nil {
		return quota{}, false
	}
	for _, prefix := range []string{"X-RateLimit-", "RateLimit-"} {
		remaining, err := strconv.Atoi(resp.Header.Get(prefix + "Remaining"))
		if err != nil || remaining < 0 {
			continue
		}
		reset, err := strconv.ParseInt(resp.Header.Get(prefix+"Reset"), 10, 64)
		if err != nil || reset < 0 {
			continue
		}
		return quota{remaining: remaining, until: now.Add(untilReset(reset, resp, now))}, true
	}
	return quota{}, false
}

// untilReset reads a number of seconds, or a point in time by the server's own clock.
func untilReset(reset int64, resp *http.Response, now time.Time) time.Duration {
	const pointsInTime = 1_000_000_000 // From 2001 on; as seconds, 31 years.
	if reset >= pointsInTime {
		if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
			now = date
		}
		reset -= now.Unix()
	}
	return time.Duration(max(0, min(reset, int64(maxRetryAfter/time.Second)))) * time.Second
}
