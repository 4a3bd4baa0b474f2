package gitlab

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// DefaultInstanceURL is the GitLab of connections without an instance URL.
const DefaultInstanceURL = "https://gitlab.com"

// NormalizeInstanceURL returns the one spelling of a GitLab address that all
// comparisons use: that of transport.ParseBaseURL, without a trailing /api/v4. A
// sub-path stays as it is. Addresses that are not those of a GitLab give an error
// that says why.
func NormalizeInstanceURL(instance string) (string, error) {
	parsed, err := transport.ParseBaseURL(instance)
	if err != nil {
		return "", fmt.Errorf("not the URL of a GitLab instance such as %s: %w", DefaultInstanceURL, err)
	}
	for strings.HasSuffix(parsed.Path, apiPath) {
		parsed.Path = strings.TrimSuffix(parsed.Path, apiPath)
	}
	return parsed.String(), nil
}

// apiPath is where GitLab's API lies below its address.
const apiPath = "/api/v4"

// TokenPage returns the web page on which access tokens of this owner are made
// and revoked. GitLab has no such page by id, so for a numeric id it is the page
// of the project or group, from where Settings > Access tokens leads on. For
// other kinds than project and group it is the user's own page.
func TokenPage(instance string, resource Resource) string {
	root := strings.TrimSuffix(instance, "/")
	if normal, err := NormalizeInstanceURL(instance); err == nil {
		root = normal
	}
	_, numeric := resource.numericID()
	if numeric && resource.Path != "" && resource.Kind.HasRole() {
		resource.ID, numeric = resource.Path, false
	}
	switch {
	case resource.Kind == KindProject && numeric:
		return root + "/projects/" + resource.ID
	case resource.Kind == KindGroup && numeric:
		return root + "/-/g/" + resource.ID
	case resource.Kind == KindProject:
		return root + "/" + resource.ID + "/-/settings/access_tokens"
	case resource.Kind == KindGroup:
		return root + "/groups/" + resource.ID + "/-/settings/access_tokens"
	default:
		return root + "/-/user_settings/personal_access_tokens"
	}
}

// Resource is a project or group that has access tokens, or one of its service accounts.
type Resource struct {
	// Kind is KindProject or KindGroup.
	Kind Kind
	// ID is the numeric id or the full path, such as "acme/platform/app".
	ID string
	// Path is the full path beside a numeric id, for people; empty when it is not known.
	Path string
	// Account is the service account of the group whose tokens are meant; the zero value means the tokens of the
	// project or group itself.
	Account Account
}

// Account is a service account of a group.
type Account struct {
	// ID is 0 while only what the user calls the account is known.
	ID       int64
	Username string
}

func (a Account) isSet() bool { return a != Account{} }

// String returns the resource in words, such as "group acme/platform", "group acme/platform (id 87)" or "service
// account @deployer of group acme".
func (r Resource) String() string {
	if r.Account.isSet() {
		return "service account @" + cmp.Or(r.Account.Username, strconv.FormatInt(r.Account.ID, 10)) + " of " + r.Owner().String()
	}
	if r.Path == "" || r.Path == r.ID {
		return string(r.Kind) + " " + r.ID
	}
	return string(r.Kind) + " " + r.Path + " (id " + r.ID + ")"
}

// Owner is the project or group itself.
func (r Resource) Owner() Resource {
	r.Account = Account{}
	return r
}

func (r Resource) numericID() (int64, bool) {
	id, err := strconv.ParseInt(r.ID, 10, 64)
	return id, err == nil && id > 0
}

// CanonicalID is the numeric id of a project or group as GitLab writes it, without leading zeros. A path stays as it
// is.
func CanonicalID(reference string) string {
	if reference == "" || strings.Trim(reference, "0123456789") != "" {
		return reference
	}
	return cmp.Or(strings.TrimLeft(reference, "0"), "0")
}

// SameInstance reports whether two addresses are those of one GitLab: a trailing
// slash, the case of the host and a default port make no difference.
func SameInstance(a, b string) bool {
	normalA, errA := NormalizeInstanceURL(a)
	normalB, errB := NormalizeInstanceURL(b)
	return errA == nil && errB == nil && normalA == normalB
}
