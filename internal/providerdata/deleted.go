package providerdata

import (
	"strings"
	"sync"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// DeletedTargets are the targets of what was deleted in this process to be replaced. What replaces it is planned once
// more after that, without a state that knows the id of its target.
type DeletedTargets struct{ ids, replacements sync.Map }

type targetName struct {
	connectionID, reference string
	kind                    gitlab.Kind
}

func nameOf(connectionID string, target gitlab.Resource) targetName {
	return targetName{connectionID, strings.ToLower(target.ID), target.Kind} // GitLab's paths know no case.
}

// Keep remembers the id of a target, as configuration names it, of a connection.
func (d *DeletedTargets) Keep(connectionID string, target gitlab.Resource, id string) {
	d.ids.Store(nameOf(connectionID, target), id)
}

// ID returns the id of a target that was kept.
func (d *DeletedTargets) ID(connectionID string, target gitlab.Resource) (string, bool) {
	found, _ := d.ids.Load(nameOf(connectionID, target))
	id, ok := found.(string)
	return id, ok
}

// Replace notes that something was deleted to make room for what is for this target, whose id is empty while it is not
// known.
func (d *DeletedTargets) Replace(by gitlab.Resource) { d.replacements.Store(nameOf("", by), true) }

// IsReplacement reports that something was deleted to make room for what is for this target, or for one that was not
// known.
func (d *DeletedTargets) IsReplacement(target gitlab.Resource) bool {
	_, known := d.replacements.Load(nameOf("", target))
	_, unknown := d.replacements.Load(nameOf("", gitlab.Resource{Kind: target.Kind}))
	return known || unknown
}
