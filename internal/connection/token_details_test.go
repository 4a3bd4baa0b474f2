package connection

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

func TestDescribedToken(t *testing.T) {
	t.Parallel()
	expiresAt := time.Date(2027, time.March, 1, 0, 0, 0, 0, time.UTC)
	instance := types.StringValue("https://gitlab.example.com")
	for name, tc := range map[string]struct {
		description *gitlab.Description
		want        tokenDetailsModel
		known       gitlab.Known
	}{
		"not asked": {nil, tokenDetailsModel{}, gitlab.Known{}},
		"not said":  {&gitlab.Description{Failure: &gitlab.Error{Reason: gitlab.ReasonUnreachable}}, tokenDetailsModel{}, gitlab.Known{}},
		"OAuth access token, which has no id": {
			&gitlab.Description{Token: gitlab.Token{Kind: gitlab.KindOAuth, Active: true}}, tokenDetailsModel{}, gitlab.Known{},
		},
		"group": {
			&gitlab.Description{Token: gitlab.Token{
				ID: 510, Name: "ci-bot", Kind: gitlab.KindGroup, ResourceID: 87, Scopes: []string{"read_repository", "api"},
				AccessLevel: gitlab.AccessLevelOwner,
				Username:    "group_87_bot", ExpiresAt: &expiresAt,
			}},
			tokenDetailsModel{
				Presence: attribute.Known,
				ID:       types.StringValue("510"),
				Name:     types.StringValue("ci-bot"), Type: types.StringValue("group"), ResourceID: types.StringValue("87"),
				Scopes: textList([]string{"api", "read_repository"}), AccessLevel: types.StringValue("owner"), Username: types.StringValue("group_87_bot"),
				ExpiresAt: types.StringValue("2027-03-01"), RotationDue: types.StringNull(),
			},
			gitlab.Known{ID: 510, Name: "ci-bot", Kind: gitlab.KindGroup, ResourceID: 87, Username: "group_87_bot"},
		},
		"of unknown kind, never expiring": {
			&gitlab.Description{Token: gitlab.Token{ID: 511, Name: "reader", Scopes: []string{"read_repository"}},
				KindFailure: &gitlab.Error{Reason: gitlab.ReasonScope}},
			tokenDetailsModel{
				Presence: attribute.Known,
				ID:       types.StringValue("511"),
				Name:     types.StringValue("reader"), Type: types.StringNull(), ResourceID: types.StringNull(),
				Scopes: textList([]string{"read_repository"}), AccessLevel: types.StringNull(), Username: types.StringNull(),
				ExpiresAt: types.StringNull(), RotationDue: types.StringNull(),
			},
			gitlab.Known{ID: 511, Name: "reader"},
		},
		"of a role without a name": {
			&gitlab.Description{Token: gitlab.Token{ID: 512, Name: "odd", Kind: gitlab.KindProject, ResourceID: 1203, Scopes: []string{"api"}, AccessLevel: 25,
				Username: "project_1203_bot"}},
			tokenDetailsModel{
				Presence: attribute.Known,
				ID:       types.StringValue("512"),
				Name:     types.StringValue("odd"), Type: types.StringValue("project"), ResourceID: types.StringValue("1203"),
				Scopes: textList([]string{"api"}), AccessLevel: types.StringValue("access level 25"), Username: types.StringValue("project_1203_bot"),
				ExpiresAt: types.StringNull(), RotationDue: types.StringNull(),
			},
			gitlab.Known{ID: 512, Name: "odd", Kind: gitlab.KindProject, ResourceID: 1203, Username: "project_1203_bot"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check := tokenCheck{credentials: credentials{instanceURL: instance}, description: tc.description}
			got := check.described()
			if !attribute.Equal(&got, &tc.want) || got.Presence != tc.want.Presence {
				t.Errorf("got  %+v\nwant %+v", got, tc.want)
			}
			if known := got.known(); known != tc.known {
				t.Errorf("got %+v, want %+v", known, tc.known)
			}
		})
	}
}

func TestTokenModel_nothingIsKnown(t *testing.T) {
	t.Parallel()
	for _, token := range []tokenDetailsModel{{}, unknownTokenDetails} {
		if known := token.known(); known != (gitlab.Known{}) {
			t.Errorf("%+v: got %+v", token, known)
		}
	}
}

// The expiry in state is a date, and means its first instant.
func TestTokenModel_expiry(t *testing.T) {
	t.Parallel()
	expiresAt := (&tokenDetailsModel{ExpiresAt: types.StringValue("2027-03-01")}).expiry()
	if want := time.Date(2027, time.March, 1, 0, 0, 0, 0, time.UTC); expiresAt == nil || !expiresAt.Equal(want) {
		t.Errorf("got %v, want %v", expiresAt, want)
	}
	if never := (&tokenDetailsModel{}).expiry(); never != nil {
		t.Errorf("got %v for a token that never expires", never)
	}
}
