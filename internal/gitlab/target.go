package gitlab

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// TargetDescription is a project or group as GitLab shows it to a token, with the reasons for what could not be found
// out. It holds no secret.
type TargetDescription struct {
	// Asked is the project or group as it was asked for.
	Asked Resource
	// Failure says why GitLab does not show the target: IsNotFound when it says 404, which covers a target that does
	// not exist, one that the token may not see, and one whose deletion has begun. nil when GitLab shows it.
	Failure *Error
	ID      int64
	// Path is the full path of today.
	Path string
	Name string
	// Renamed: the target was asked for by a path that it had before.
	Renamed bool
	// Personal: the project belongs to a person's namespace, which has no members, variables or webhooks of its own.
	Personal bool
	// NamespaceID is the group or person that a project belongs to, or the parent of a group; 0 at the top.
	NamespaceID int64
	// Archived: nothing can be changed in the target. That of a group may come from a group above.
	Archived bool
	// DeletionDate is the day on which GitLab deletes the target, empty when it is not marked for that.
	DeletionDate string
	// CICDOff: the project has CI/CD or its repository switched off, without which no job reads a variable.
	CICDOff bool
	// InvitedGroups are those invited to the target itself, as far as the token may see them. Others may be invited
	// further up.
	InvitedGroups []InvitedGroup
	// AccessLevel is the role that the token's user has at least, or the user that TargetOptions names. Custom roles,
	// invitations and the rights of administrators may go beyond it, so that a low one proves nothing. 0 when none is
	// known.
	AccessLevel AccessLevel
	// CustomRole: the user named in TargetOptions has a custom role, which may grant more than AccessLevel.
	CustomRole bool
	// AccessLevelFailure says why the membership is not known although it was asked for: IsNotFound when the user is no
	// member.
	AccessLevelFailure *Error
	Variables          Probe
	Hooks              Probe
}

// InvitedGroup is a group whose members have a role in the target.
type InvitedGroup struct {
	ID          int64
	AccessLevel AccessLevel
}

// Resource names the target by its id and what it is called today, else as it was asked for.
func (d TargetDescription) Resource() Resource {
	if d.ID == 0 {
		return d.Asked
	}
	return Resource{Kind: d.Asked.Kind, ID: strconv.FormatInt(d.ID, 10), Path: d.Path}
}

// Invited returns the role with which a group is invited to the target itself.
func (d TargetDescription) Invited(groupID int64) (AccessLevel, bool) {
	found := slices.IndexFunc(d.InvitedGroups, func(g InvitedGroup) bool { return g.ID == groupID })
	if found < 0 {
		return 0, false
	}
	return d.InvitedGroups[found].AccessLevel, true
}

// PathOf returns the full path of a project or group where the target's entry tells it: its own, and that of the group
// that it is in. Empty otherwise.
func (d TargetDescription) PathOf(kind Kind, id int64) string {
	if id == 0 || d.Path == "" {
		return ""
	}
	if d.Asked.Kind == kind && d.ID == id {
		return d.Path
	}
	if slash := strings.LastIndex(d.Path, "/"); slash > 0 && kind == KindGroup && d.NamespaceID == id && !d.Personal {
		return d.Path[:slash]
	}
	return ""
}

// Within reports whether the target is the other one or below it.
func (d TargetDescription) Within(other TargetDescription) bool {
	if d.Asked.Kind == other.Asked.Kind && d.ID == other.ID {
		return true
	}
	below := strings.ToLower(d.Path)
	return other.Asked.Kind == KindGroup && strings.HasPrefix(below, strings.ToLower(other.Path)+"/")
}

// Probe is the outcome of a request that GitLab grants to those only who may do more. The zero value is one that was
// not made.
type Probe struct {
	Granted bool
	// Failure says why it was not granted: GitLab refused, or could not be asked. nil when it was granted, or not made.
	Failure *Error
}

// Refused reports that GitLab knows the request and does not grant it to this token.
func (p Probe) Refused() bool { return p.Failure != nil && p.Failure.Reason == ReasonForbidden }

// targetEntity is a project or group as GitLab's API sends it. To owners it also sends a runners_token, a secret, which
// is not decoded.
type targetEntity struct {
	ID                int64          `json:"id"`
	Name              transport.Data `json:"name"`
	FullPath          transport.Data `json:"full_path"`
	PathWithNamespace transport.Data `json:"path_with_namespace"`
	ParentID          int64          `json:"parent_id"`
	Namespace         struct {
		ID   int64  `json:"id"`
		Kind string `json:"kind"`
	} `json:"namespace"`
	Archived            bool           `json:"archived"`
	MarkedForDeletionOn transport.Data `json:"marked_for_deletion_on"`
	MarkedForDeletionAt transport.Data `json:"marked_for_deletion_at"`
	BuildsAccess        string         `json:"builds_access_level"`
	RepositoryAccess    string         `json:"repository_access_level"`
	SharedWithGroups    invitedGroups  `json:"shared_with_groups"`
	Permissions         struct {
		ProjectAccess access `json:"project_access"`
		GroupAccess   access `json:"group_access"`
	} `json:"permissions"`
}

type access struct {
	Level AccessLevel `json:"access_level"`
}

type invitedGroup struct {
	ID    int64       `json:"group_id"`
	Level AccessLevel `json:"group_access_level"`
}

// invitedGroups of a target, of which there are rarely more than a few.
type invitedGroups []invitedGroup

// UnmarshalJSON implements json.Unmarshaler.
func (g *invitedGroups) UnmarshalJSON(raw []byte) error {
	elements, err := transport.Elements[invitedGroup](raw, 1000)
	*g = elements
	return err
}

// disabled is GitLab's word for a feature of a project that nobody may use.
const disabled = "disabled"

func targetFrom(entity targetEntity, asked Resource) (TargetDescription, error) {
	path := string(entity.FullPath)
	described := TargetDescription{Asked: asked, ID: entity.ID, Name: string(entity.Name), NamespaceID: entity.ParentID, Archived: entity.Archived}
	if asked.Kind == KindProject {
		path = string(entity.PathWithNamespace)
		described.NamespaceID, described.Personal = entity.Namespace.ID, entity.Namespace.Kind == "user"
		described.CICDOff = entity.BuildsAccess == disabled || entity.RepositoryAccess == disabled
	}
	if entity.ID == 0 || path == "" {
		return TargetDescription{}, errors.New("the answer has no id or path")
	}
	described.Path = path
	described.DeletionDate = string(entity.MarkedForDeletionOn)
	if described.DeletionDate == "" {
		described.DeletionDate = string(entity.MarkedForDeletionAt)
	}
	described.AccessLevel = max(entity.Permissions.ProjectAccess.Level, entity.Permissions.GroupAccess.Level)
	for _, invited := range entity.SharedWithGroups {
		described.InvitedGroups = append(described.InvitedGroups, InvitedGroup{ID: invited.ID, AccessLevel: invited.Level})
	}
	return described, nil
}

// movedTo finds the numeric id that GitLab redirects the old path of a project to. Nothing else of the address is used:
// its host is what GitLab takes for its own, and may be another one.
// https://docs.gitlab.com/api/rest/#redirects
var movedTo = regexp.MustCompile(`/projects/([0-9]+)$`)

func movedProject(failure *Error) (string, bool) {
	var redirect *transport.RedirectError
	if failure == nil || !errors.As(failure.Cause, &redirect) {
		return "", false
	}
	match := movedTo.FindStringSubmatch(redirect.Path)
	if match == nil {
		return "", false
	}
	return match[1], true
}

// IsMoved reports that GitLab redirects the path of a project to another one.
func IsMoved(err error) bool {
	_, moved := movedProject(asError(err))
	return moved
}

// MembersPage returns the web page on which the members of a project or group are managed. GitLab has no such page by
// id, so for a numeric id without a path it is the page of the project or group.
func MembersPage(instance string, resource Resource) string {
	path := resource.ID
	if _, numeric := resource.numericID(); numeric && resource.Path != "" {
		path = resource.Path
	}
	named := Resource{Kind: resource.Kind, ID: path}
	page := TokenPage(instance, named)
	if _, numeric := named.numericID(); numeric {
		return page
	}
	return strings.TrimSuffix(page, "settings/access_tokens") + string(resource.Kind) + "_members"
}
