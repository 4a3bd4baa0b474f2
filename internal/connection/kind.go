package connection

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// kind is where a connection's credential comes from, by the attribute that says so.
type kind string

const (
	kindGiven   kind = "access_token"
	kindManaged kind = "managed_access_token"
	kindOAuth   kind = "oauth"
)

// kindsOf are those that a configuration may come to. In the end exactly one of the attributes is set, so a known one rules out the others,
// and of unknown ones each may be it.
func kindsOf(accessToken, managedAccessToken, oauth attr.Value) []kind {
	var open []kind
	for _, candidate := range []struct {
		kind
		value attr.Value
	}{{kindGiven, accessToken}, {kindManaged, managedAccessToken}, {kindOAuth, oauth}} {
		switch presenceOf(candidate.value) {
		case present:
			return []kind{candidate.kind}
		case undecided:
			open = append(open, candidate.kind)
		case absent:
		}
	}
	return open
}

func (m *resourceModel) kinds() []kind { return kindsOf(m.AccessToken, m.ManagedAccessToken, m.OAuth) }

// method is the API's name for how a connection of the kind authenticates.
func (k kind) method() string {
	if k == kindOAuth {
		return infisical.MethodOAuth
	}
	return infisical.MethodAccessToken
}

// methodOf is the method that all the kinds have; empty when they differ.
func methodOf(kinds []kind) string {
	method := ""
	for _, kind := range kinds {
		if method != "" && method != kind.method() {
			return ""
		}
		method = kind.method()
	}
	return method
}
