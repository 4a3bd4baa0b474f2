package gitlab

import (
	"context"
	"fmt"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Hook is a webhook of a project or group.
type Hook struct {
	ID int64
	// Name is empty before GitLab 17, and of webhooks that nobody gave one.
	Name string
	// Alert says whether GitLab calls the webhook; empty before GitLab 16.
	Alert HookAlert
	// DisabledUntil is when GitLab calls a webhook again that is HookPaused; else zero.
	DisabledUntil time.Time
}

// HookAlert says whether GitLab calls a webhook.
// https://docs.gitlab.com/user/project/integrations/webhooks/#auto-disabled-webhooks
type HookAlert string

const (
	// HookPaused is one that has failed a few times in a row.
	HookPaused HookAlert = "temporarily_disabled"
	// HookOff is one that has failed so often that GitLab does not call it any more.
	HookOff HookAlert = "disabled"
)

// HookList is the first page of the webhooks of a project or group, on which there are usually all of them.
type HookList struct {
	Hooks []Hook
	// Complete: there are no others.
	Complete bool
	// Failure says why GitLab does not list them; nil when it does.
	Failure *Error
}

// Hooks lists the webhooks of a project or group, which takes the right to change them. Errors are of type *Error.
// https://docs.gitlab.com/api/project_webhooks/, https://docs.gitlab.com/api/group_webhooks/
func (s *Session) Hooks(ctx context.Context, of Resource) ([]Hook, error) {
	var hooks []Hook
	var page hookPage
	err := s.everyPage(ctx, request{operation: listingHooks(of), path: resourcePath(of) + "/hooks", out: &page}, func() int {
		hooks = append(hooks, page.hooks()...)
		return len(page)
	})
	return hooks, err
}

// GlanceHooks is Hooks with one request, for all who ask for the webhooks of a project or group with a token, or with
// TargetOptions.Hooks. What others have changed since is not seen. of is named by its numeric id. When GitLab does not
// answer at all, those who ask for others with the token are told so without a request. An error means that ctx ended
// or that instance is not a URL.
func (s *Session) GlanceHooks(ctx context.Context, of Resource) (HookList, error) {
	if s.fault != nil {
		return HookList{}, fmt.Errorf("%s: %w", listingHooks(of), s.fault)
	}
	ctx = transport.WithPolicy(ctx, transport.Policy{Attempts: 1, MaxWait: longestWait})
	ofToken := s.described()
	list, err := s.describedTarget(of).hookList.Get(ctx, func(ctx context.Context) HookList {
		if failure := ofToken.noAnswer.Load(); failure != nil {
			return HookList{Failure: failure}
		}
		list := s.firstHooks(ctx, of)
		if list.Failure.outOfReach() {
			ofToken.noAnswer.Store(list.Failure)
		}
		return list
	})
	if err != nil {
		return HookList{}, fmt.Errorf("%s: %w", listingHooks(of), err)
	}
	return list, nil
}

func (s *Session) firstHooks(ctx context.Context, of Resource) HookList {
	options := struct {
		PerPage int `url:"per_page"`
	}{100}
	var page hookPage
	response, err := s.call(ctx, request{
		operation: listingHooks(of), path: resourcePath(of) + "/hooks", options: options, out: &page,
	})
	if err != nil {
		return HookList{Failure: asError(err)}
	}
	return HookList{Hooks: page.hooks(), Complete: response.NextPage == 0}
}

func listingHooks(of Resource) string { return fmt.Sprintf("listing the webhooks of %s", of) }

// probeHooks asks whether the token may manage the webhooks, which is whether it may list them.
func (l targetLook) probeHooks(ctx context.Context, target TargetDescription) Probe {
	if !l.remembered.mayAsk() {
		return Probe{}
	}
	named := target.Resource()
	list, err := l.GlanceHooks(ctx, named)
	if err != nil {
		return Probe{Failure: &Error{Operation: listingHooks(named), Reason: ReasonNotSent, Cause: err}}
	}
	return Probe{Granted: list.Failure == nil, Failure: list.Failure}
}

// hookPage is one page of a list, without addresses, which may hold secrets.
type hookPage []hookEntity

type hookEntity struct {
	ID            int64          `json:"id"`
	Name          transport.Data `json:"name"`
	Alert         transport.Data `json:"alert_status"`
	DisabledUntil transport.Data `json:"disabled_until"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *hookPage) UnmarshalJSON(raw []byte) error {
	entities, err := transport.Elements[hookEntity](raw, 1000)
	*p = entities
	return err
}

func (p *hookPage) hooks() []Hook {
	hooks := make([]Hook, len(*p))
	for i, entity := range *p {
		hooks[i] = Hook{ID: entity.ID, Name: string(entity.Name), Alert: HookAlert(entity.Alert)}
		// A time that cannot be read is as good as none.
		hooks[i].DisabledUntil, _ = time.Parse(time.RFC3339, string(entity.DisabledUntil))
	}
	return hooks
}
