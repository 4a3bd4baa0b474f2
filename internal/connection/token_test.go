package connection

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

func scopeList(names ...string) types.List {
	values := []attr.Value{}
	for _, name := range names {
		values = append(values, types.StringValue(name))
	}
	return types.ListValueMust(types.StringType, values)
}

func TestDescribedToken(t *testing.T) {
	t.Parallel()
	expiresAt := time.Date(2027, time.March, 1, 0, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		description *gitlab.Description
		want        types.Object
		known       gitlab.Known
	}{
		"not asked": {nil, types.ObjectNull(tokenTypes), gitlab.Known{}},
		"not said":  {&gitlab.Description{Failure: &gitlab.Error{Reason: gitlab.ReasonUnreachable}}, types.ObjectNull(tokenTypes), gitlab.Known{}},
		"OAuth access token, which has no id": {
			&gitlab.Description{Token: gitlab.Token{Kind: gitlab.KindOAuth, Active: true}}, types.ObjectNull(tokenTypes), gitlab.Known{},
		},
		"group": {
			&gitlab.Description{Token: gitlab.Token{
				ID: 510, Name: "ci-bot", Kind: gitlab.KindGroup, ResourceID: 87, Scopes: []string{"read_repository", "api"}, AccessLevel: gitlab.AccessLevelOwner,
				Username: "group_87_bot", ExpiresAt: &expiresAt,
			}},
			types.ObjectValueMust(tokenTypes, map[string]attr.Value{
				"id": types.Int64Value(510), "name": types.StringValue("ci-bot"), "type": types.StringValue("group"), "resource_id": types.Int64Value(87),
				"scopes": scopeList("api", "read_repository"), "access_level": types.StringValue("owner"), "username": types.StringValue("group_87_bot"),
				"expires_at": types.StringValue("2027-03-01"), "rotation_due": types.StringNull(),
			}),
			gitlab.Known{ID: 510, Name: "ci-bot", Kind: gitlab.KindGroup, ResourceID: 87, Username: "group_87_bot"},
		},
		"of unknown kind, never expiring": {
			&gitlab.Description{Token: gitlab.Token{ID: 511, Name: "reader", Scopes: []string{"read_repository"}}, KindFailure: &gitlab.Error{Reason: gitlab.ReasonScope}},
			types.ObjectValueMust(tokenTypes, map[string]attr.Value{
				"id": types.Int64Value(511), "name": types.StringValue("reader"), "type": types.StringNull(), "resource_id": types.Int64Null(),
				"scopes": scopeList("read_repository"), "access_level": types.StringNull(), "username": types.StringNull(),
				"expires_at": types.StringNull(), "rotation_due": types.StringNull(),
			}),
			gitlab.Known{ID: 511, Name: "reader"},
		},
		"of a role without a name": {
			&gitlab.Description{Token: gitlab.Token{ID: 512, Name: "odd", Kind: gitlab.KindProject, ResourceID: 1203, Scopes: []string{"api"}, AccessLevel: 25, Username: "project_1203_bot"}},
			types.ObjectValueMust(tokenTypes, map[string]attr.Value{
				"id": types.Int64Value(512), "name": types.StringValue("odd"), "type": types.StringValue("project"), "resource_id": types.Int64Value(1203),
				"scopes": scopeList("api"), "access_level": types.StringValue("access level 25"), "username": types.StringValue("project_1203_bot"),
				"expires_at": types.StringNull(), "rotation_due": types.StringNull(),
			}),
			gitlab.Known{ID: 512, Name: "odd", Kind: gitlab.KindProject, ResourceID: 1203, Username: "project_1203_bot"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			got := describedToken(t.Context(), tc.description, &diags)
			if !got.Equal(tc.want) {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if known := knownToken(t.Context(), got, &diags); known != tc.known {
				t.Errorf("got %+v, want %+v", known, tc.known)
			}
			if diags.HasError() {
				t.Error(diags)
			}
		})
	}
}

func TestKnownToken_nothingIsKnown(t *testing.T) {
	t.Parallel()
	for _, object := range []types.Object{types.ObjectNull(tokenTypes), types.ObjectUnknown(tokenTypes)} {
		var diags diag.Diagnostics
		if known := knownToken(t.Context(), object, &diags); known != (gitlab.Known{}) || diags.HasError() {
			t.Errorf("%s: got %+v, %v", object, known, diags)
		}
	}
}

// The expiry in state is a date, and means its first instant.
func TestTokenModel_expiry(t *testing.T) {
	t.Parallel()
	expiresAt := tokenModel{ExpiresAt: types.StringValue("2027-03-01")}.expiry()
	if want := time.Date(2027, time.March, 1, 0, 0, 0, 0, time.UTC); expiresAt == nil || !expiresAt.Equal(want) {
		t.Errorf("got %v, want %v", expiresAt, want)
	}
	if never := (tokenModel{ExpiresAt: types.StringNull()}).expiry(); never != nil {
		t.Errorf("got %v for a token that never expires", never)
	}
}
