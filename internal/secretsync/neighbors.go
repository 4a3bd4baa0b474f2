package secretsync

import (
	"context"
	"slices"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// neighbors are the syncs of this Infisical that write to the same project or group as another one, into whatever
// scope, as far as Infisical tells.
type neighbors struct {
	syncs []infisical.Sync
	// hidden says why there is one that is not among them, as in "of a project that …"; empty when there is none.
	hidden string
	// sourceGone: the source of the sync itself was deleted.
	sourceGone bool
}

// findNeighbors asks for the neighbors of a sync. Infisical tells of one only, and of its project: that is listed, and
// the sync's own. Where it is the only one, Infisical is asked for another one than that.
func findNeighbors(ctx context.Context, client *infisical.Client, question infisical.DestinationQuestion) (neighbors, error) {
	var found neighbors
	own, listed := question.SyncID, map[string]bool{}
	for {
		answer, err := client.Syncs.CheckDestination(ctx, question)
		if err != nil || !answer.Found || listed[answer.ProjectID] {
			return found, err
		}
		if answer.ProjectID == "" {
			found.hidden = "of a project that the provider's identity is no member of"
			return found, nil
		}
		for _, project := range []string{answer.ProjectID, question.ProjectID} {
			if !listed[project] {
				found.listOrHide(ctx, client, project, question.Target, own)
			}
			listed[project] = true
		}
		if found.hidden != "" || own != "" || len(found.syncs) != 1 {
			return found, nil
		}
		question.SyncID = found.syncs[0].ID
	}
}

// allNeighbors is findNeighbors for one who must not overlook any: the sync's own project is listed in any case, where
// others may have spelled the number of the project or group differently. It is an error if that cannot be listed, but
// by a lack of rights.
func allNeighbors(ctx context.Context, client *infisical.Client, question infisical.DestinationQuestion) (neighbors, error) {
	var own neighbors
	switch err := own.list(ctx, client, question.ProjectID, question.Target, question.SyncID); {
	case infisical.IsForbidden(err):
		own.hide(question.ProjectID, err)
		return own, nil
	case err != nil:
		return own, err
	}
	found, err := findNeighbors(ctx, client, question)
	if infisical.NoRoute.Is(err) { // An older server does not tell of other projects.
		err = nil
	}
	for _, sync := range own.syncs {
		if !slices.ContainsFunc(found.syncs, func(other infisical.Sync) bool { return other.ID == sync.ID }) {
			found.syncs = append(found.syncs, sync)
		}
	}
	found.sourceGone = own.sourceGone
	return found, err
}

// listOrHide adds those of a project, or says that there may be some.
func (n *neighbors) listOrHide(ctx context.Context, client *infisical.Client, project string, target infisical.SyncTarget, own string) {
	if err := n.list(ctx, client, project, target, own); err != nil {
		n.hide(project, err)
	}
}

// list adds those of a project.
func (n *neighbors) list(ctx context.Context, client *infisical.Client, projectID string, target infisical.SyncTarget, own string) error {
	syncs, err := client.Syncs.List(ctx, projectID)
	for _, sync := range syncs {
		switch {
		case sync.ID == own:
			n.sourceGone = sync.SourceGone
		case samePlace(sync.Target, target):
			n.syncs = append(n.syncs, sync)
		}
	}
	return err
}

// hide notes that there is one in a project whose syncs cannot be listed.
func (n *neighbors) hide(projectID string, err error) {
	n.hidden = "of the project " + projectID + ", whose syncs could not be listed: " + transport.Phrase(infisical.Reason(err))
}

// samePlace reports that two targets are one project or group. Its number tells, which has several spellings where
// others than this provider have written it; where it is not known, or a path stands in its place, what configuration
// calls the target.
func samePlace(one, other infisical.SyncTarget) bool {
	if one.Kind != other.Kind {
		return false
	}
	isPath := func(id string) bool { return strings.Contains(id, "/") }
	id, otherID := gitlab.CanonicalID(one.ID), gitlab.CanonicalID(other.ID)
	switch {
	case id != "" && strings.EqualFold(id, otherID):
		return true
	case id == "" || otherID == "":
		return one.Name != "" && strings.EqualFold(one.Name, other.Name)
	case isPath(id):
		return strings.EqualFold(id, other.Name)
	case isPath(otherID):
		return strings.EqualFold(otherID, one.Name)
	}
	return false
}

// scopesMeet reports that syncs into two environment scopes write the same variables of a project. An empty scope,
// which others than this provider may have written, stands for all of them.
func scopesMeet(one, other string) bool { return one == other || one == "" || other == "" }

// namesMeet reports that a variable may be named after the key schemas of both.
func namesMeet(one, other infisical.Sync) bool {
	beforeOne, afterOne := affixes(one.KeySchema, one.Environment)
	beforeOther, afterOther := affixes(other.KeySchema, other.Environment)
	return (strings.HasPrefix(beforeOne, beforeOther) || strings.HasPrefix(beforeOther, beforeOne)) &&
		(strings.HasSuffix(afterOne, afterOther) || strings.HasSuffix(afterOther, afterOne))
}

// affixes are what a key schema puts around the key of a secret.
func affixes(schema, environment string) (before, after string) {
	before, after, _ = strings.Cut(strings.ReplaceAll(schema, environmentPlaceholder, environment), secretKeyPlaceholder)
	return before, after
}

// atOneGitLab reports that two connections are to one GitLab, as far as it is known. Infisical is asked once for each
// of them.
func atOneGitLab(ctx context.Context, client *infisical.Client, one, other string) bool {
	if one == other || one == "" || other == "" {
		return true
	}
	first, err := client.Connections.Glance(ctx, one)
	if err != nil {
		return true
	}
	second, err := client.Connections.Glance(ctx, other)
	return err != nil || gitlab.SameInstance(first.InstanceURL, second.InstanceURL)
}
