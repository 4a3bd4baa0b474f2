package object

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
)

// Identity is what identifies an object, whatever its name.
type Identity struct{ ID types.String }

// Attributes implements attribute.Model.
func (m *Identity) Attributes() attribute.Fields { return attribute.Fields{"id": &m.ID} }

// IdentitySchema is that of the resource for this kind.
func (k Kind[T]) IdentitySchema() identityschema.Schema {
	return identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the GitLab " + k.Noun + ", a UUID."},
		},
	}
}

// Identify sets an identity. The framework requires one after every create, read and update, even of an object that was
// deleted, and state written by a CLI without identities (Terraform before 1.12, OpenTofu before 1.12) has none to fall
// back on.
func Identify(ctx context.Context, identity *tfsdk.ResourceIdentity, id types.String) {
	identity.Raw = attribute.Encode(ctx, &Identity{ID: id})
}
