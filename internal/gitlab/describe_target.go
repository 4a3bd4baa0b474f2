package gitlab

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/infisical-community/terraform-provider-infisical/internal/memo"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// TargetOptions says what to find out beyond what GitLab tells in one request.
type TargetOptions struct {
	// UserID is the token's user, whose role is asked for. 0 when it is not known.
	UserID int64
	// AccessLevel asks for the role, where the target's own entry does not tell it.
	AccessLevel bool
	// MemberID is another user, whose role is asked for instead, at the price of one request for each user. 0 for none.
	MemberID int64
	// Variables and Hooks ask whether the CI/CD variables and the webhooks may be managed, and when they may not, for
	// the role.
	Variables, Hooks bool
	// Unseen asks so even where GitLab does not let a fine-grained token look at the target itself, which is a
	// permission of its own.
	Unseen bool
}

// TargetQuestion is a project or group, and what to find out about it.
type TargetQuestion struct {
	Resource
	TargetOptions
}

// mostTargetRequests is how many requests one target may cost, whatever is asked about it and whatever GitLab answers,
// but for the roles of other users. None is repeated.
const mostTargetRequests = 3

// DescribeTarget asks instance what a project or group is to a token. Whatever GitLab answers, or fails to, is in the
// TargetDescription; an error means that ctx ended or that instance is not a URL.
//
// It costs one request for the target, another one when a project was renamed, and one for each of the options, but
// never more than mostTargetRequests in the life of the Client: those who ask about the same target with the same token
// share the answers and wait for them together. What there was no request left for counts as not asked.
func (s *Session) DescribeTarget(ctx context.Context, question TargetQuestion) (TargetDescription, error) {
	if s.fault != nil {
		return TargetDescription{}, fmt.Errorf("describing %s: %w", question.Resource, s.fault)
	}
	ctx = transport.WithPolicy(ctx, transport.Policy{Attempts: 1, MaxWait: longestWait})
	look := targetLook{Session: s, question: question, remembered: s.describedTarget(question.Resource)}
	described, err := look.describe(ctx)
	if err != nil {
		return TargetDescription{}, fmt.Errorf("describing %s: %w", question.Resource, err)
	}
	return described, nil
}

// targetsAtOnce is how many targets are asked for at a time.
const targetsAtOnce = 4

// DescribeTargets is DescribeTarget for several, in their order. When GitLab does not answer, or asks to come back
// later, the rest is not asked for: that they are waited for one after the other is worth no check.
func (s *Session) DescribeTargets(ctx context.Context, questions []TargetQuestion) ([]TargetDescription, error) {
	described := make([]TargetDescription, len(questions))
	failures := make([]error, len(questions))
	var outOfReach atomic.Pointer[Error]
	var wg sync.WaitGroup
	places := make(chan struct{}, targetsAtOnce)
	for i, question := range questions {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			if failure := outOfReach.Load(); failure != nil {
				described[i] = TargetDescription{Asked: question.Resource, Failure: failure}
				return
			}
			described[i], failures[i] = s.DescribeTarget(ctx, question)
			if described[i].Failure.outOfReach() {
				outOfReach.Store(described[i].Failure)
			}
		})
	}
	wg.Wait()
	return described, cmp.Or(failures...)
}

// outOfReach reports a failure that the next request would most likely meet, too. It is false for nil.
func (e *Error) outOfReach() bool {
	return e != nil && (e.Reason == ReasonUnreachable || e.Reason == ReasonUntrusted || e.Reason == ReasonRateLimited)
}

// describedTarget is what the client remembers of one target as one token is shown it.
type describedTarget struct {
	entry     memo.Of[TargetDescription]
	role      memo.Of[role]
	variables memo.Of[Probe]
	hooks     memo.Of[Probe]
	// hookList is kept under the numeric id only.
	hookList memo.Of[HookList]
	requests atomic.Int32
	// members are the roles of other users; the client's lock is over it.
	members map[int64]*memo.Of[role]
}

// mayAsk counts one more request, and reports whether it may be made.
func (d *describedTarget) mayAsk() bool { return d.requests.Add(1) <= mostTargetRequests }

// targetKey names a target of a token. GitLab's paths know no case.
type targetKey struct {
	kind Kind
	id   string
}

func (s *Session) describedTarget(target Resource) *describedTarget {
	ofToken := s.described()
	key := targetKey{target.Kind, strings.ToLower(target.ID)}
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	if ofToken.targets == nil {
		ofToken.targets = map[targetKey]*describedTarget{}
	}
	if ofToken.targets[key] == nil {
		ofToken.targets[key] = &describedTarget{}
	}
	return ofToken.targets[key]
}

// targetLook is one question about a target.
type targetLook struct {
	*Session

	question   TargetQuestion
	remembered *describedTarget
}

// describe asks for the entry, then makes the requests that prove what the token may do, and asks for the role only
// where that helps to say why it may not.
func (l targetLook) describe(ctx context.Context) (TargetDescription, error) {
	target, err := l.remembered.entry.Get(ctx, l.entry)
	if err != nil || l.endsWith(target) {
		return target, err
	}
	target.Asked = l.question.Resource
	if l.question.MemberID != 0 {
		return l.ofMember(ctx, target)
	}
	if l.question.Variables {
		target.Variables, err = l.remembered.variables.Get(ctx, func(ctx context.Context) Probe { return l.probeVariables(ctx, target) })
		if err != nil || target.Variables.Failure.outOfReach() {
			return target, err
		}
	}
	// Who may not list the variables has, but for custom roles, too low a role for the webhooks, too.
	if explained := target.AccessLevel != 0 || !target.Variables.Refused(); l.question.Hooks && explained {
		target.Hooks, err = l.remembered.hooks.Get(ctx, func(ctx context.Context) Probe { return l.probeHooks(ctx, target) })
		if err != nil || target.Hooks.Failure.outOfReach() {
			return target, err
		}
	}
	if !l.wantsRole(target) {
		return target, nil
	}
	found, err := l.remembered.role.Get(ctx, func(ctx context.Context) role { return l.role(ctx, target) })
	target.AccessLevel, target.AccessLevelFailure = max(target.AccessLevel, found.accessLevel), found.failure
	target.CustomRole = found.custom
	return target, err
}

// notShown is a target whose entry GitLab does not show.
func notShown(asked Resource, failure *Error) TargetDescription {
	target := TargetDescription{Asked: asked, Failure: failure}
	if failure.Reason == ReasonGranular { // The token may still be allowed other things there.
		target.ID, _ = asked.numericID()
	}
	return target
}

// endsWith a target that GitLab does not show, unless more is asked all the same.
func (l targetLook) endsWith(target TargetDescription) bool {
	return target.Failure != nil && (!l.question.Unseen || target.Failure.Reason != ReasonGranular)
}

// wantsRole: the target's entry tells no role that suffices for everything, and the role was asked for, or something
// failed that it explains.
func (l targetLook) wantsRole(target TargetDescription) bool {
	unproven := l.question.Variables && !target.Variables.Granted || l.question.Hooks && !target.Hooks.Granted
	return l.question.UserID != 0 && target.Failure == nil && target.AccessLevel < AccessLevelOwner && (l.question.AccessLevel || unproven)
}

// entry asks for the project or group itself. A group's own entry would list its projects unless that is declined.
// https://docs.gitlab.com/api/projects/#retrieve-a-project
// https://docs.gitlab.com/api/groups/#retrieve-a-group
func (l targetLook) entry(ctx context.Context) TargetDescription {
	asked := l.question.Resource
	target, failure := l.entryOf(ctx, asked)
	id, moved := movedProject(failure)
	if _, numeric := asked.numericID(); moved && !numeric && asked.Kind == KindProject {
		// Only renamed projects redirect, groups answer 404, and only who may read the project is told where it is.
		// https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/api/helpers.rb (find_project!, find_group)
		target, failure = l.entryOf(ctx, Resource{Kind: KindProject, ID: id})
		target.Renamed = true
	}
	if failure != nil {
		return notShown(asked, failure)
	}
	return target
}

func (l targetLook) entryOf(ctx context.Context, asked Resource) (TargetDescription, *Error) {
	operation := fmt.Sprintf("looking up %s", asked)
	var options any
	if asked.Kind == KindGroup {
		options = struct {
			WithProjects bool `url:"with_projects"`
		}{}
	}
	var entity targetEntity
	l.remembered.requests.Add(1)
	if failure := l.ask(ctx, operation, resourcePath(asked), options, &entity); failure != nil {
		return TargetDescription{}, failure
	}
	target, err := targetFrom(entity, asked)
	if err != nil {
		return TargetDescription{}, garbled(operation, err)
	}
	return target, nil
}

// probeVariables asks for a list that GitLab shows only to those who may change it, too. Of what it holds, such as the
// values of variables, nothing is decoded.
// https://docs.gitlab.com/api/project_level_variables/, https://docs.gitlab.com/api/group_level_variables/
func (l targetLook) probeVariables(ctx context.Context, target TargetDescription) Probe {
	if !l.remembered.mayAsk() {
		return Probe{}
	}
	options := struct {
		PerPage int `url:"per_page"`
	}{1}
	var entries []struct{}
	operation := fmt.Sprintf("listing the variables of %s", target.Resource())
	failure := l.ask(ctx, operation, resourcePath(target.Resource())+"/variables", options, &entries)
	return Probe{Granted: failure == nil, Failure: failure}
}

// role asks for the membership of the token's user.
func (l targetLook) role(ctx context.Context, target TargetDescription) role {
	if !l.remembered.mayAsk() {
		return role{}
	}
	return l.roleOf(ctx, target, l.question.UserID)
}

// roleOf asks for the membership of a user, be it direct, inherited or by invitation.
// https://docs.gitlab.com/api/project_members/
func (l targetLook) roleOf(ctx context.Context, target TargetDescription, userID int64) role {
	operation := fmt.Sprintf("finding out the role in %s", target.Resource())
	var member struct {
		AccessLevel AccessLevel `json:"access_level"`
		MemberRole  *struct{}   `json:"member_role"`
	}
	failure := l.ask(ctx, operation, fmt.Sprintf("%ss/%d/members/all/%d", target.Asked.Kind, target.ID, userID), nil, &member)
	switch {
	case failure != nil:
		return role{failure: failure}
	case member.AccessLevel == 0:
		return role{failure: garbled(operation, nil)}
	default:
		return role{accessLevel: member.AccessLevel, custom: member.MemberRole != nil}
	}
}

// ofMember replaces the role of the token's user by that of another one.
func (l targetLook) ofMember(ctx context.Context, target TargetDescription) (TargetDescription, error) {
	id := l.question.MemberID
	found, err := l.member(l.remembered, id).Get(ctx, func(ctx context.Context) role { return l.roleOf(ctx, target, id) })
	target.AccessLevel, target.CustomRole, target.AccessLevelFailure = found.accessLevel, found.custom, found.failure
	return target, err
}

func (s *Session) member(of *describedTarget, userID int64) *memo.Of[role] {
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	if of.members == nil {
		of.members = map[int64]*memo.Of[role]{}
	}
	if of.members[userID] == nil {
		of.members[userID] = &memo.Of[role]{}
	}
	return of.members[userID]
}

// ask makes one of the target's requests.
func (l targetLook) ask(ctx context.Context, operation, path string, options, out any) *Error {
	_, err := l.call(ctx, request{operation: operation, path: path, options: options, out: out})
	return asError(err)
}
