package connection

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// ledger is what private state remembers of the tokens that were minted for a connection.
type ledger struct {
	// Current is the token that Infisical was given last; nil when the connection does not manage its token.
	Current *ownedToken `json:"current,omitempty"`
	// Others are tokens that must be revoked.
	Others []ownedToken `json:"others,omitempty"`
	// Unsettled: Infisical has Current or one of Others, and which is not known. Until a write succeeds none may be revoked.
	Unsettled bool `json:"unsettled,omitempty"`
	// Lost: private state was empty, so the token in state is all that is known of what was minted. Tokens of runs that came to no end are found
	// at GitLab by their names.
	Lost bool `json:"lost,omitempty"`
	// Gone: the connection was not there when it was last read, but its tokens may be.
	Gone bool `json:"gone,omitempty"`
}

// ownedToken is a token that was minted here, by what is needed to revoke it. GitLab's ids survive renames.
type ownedToken struct {
	InstanceURL string      `json:"instance_url"`
	Kind        gitlab.Kind `json:"kind"`
	ResourceID  string      `json:"resource_id"`
	// Path is what the configuration called the project or group, for people to find it; it may have been renamed since.
	Path string `json:"path,omitempty"`
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// ownedToken is the token that state describes, when that was minted; nil when it was not.
func (m *resourceModel) ownedToken(ctx context.Context, diags *diag.Diagnostics) *ownedToken {
	token, block := recordedToken(ctx, m.Token, diags), m.managed(ctx, diags)
	if token == nil || block == nil {
		return nil
	}
	return &ownedToken{
		InstanceURL: m.InstanceURL.ValueString(),
		Kind:        gitlab.Kind(token.Type.ValueString()),
		ResourceID:  strconv.FormatInt(token.ResourceID.ValueInt64(), 10),
		Path:        block.resource().ID,
		ID:          token.ID.ValueInt64(),
		Name:        token.Name.ValueString(),
	}
}

func (t ownedToken) resource() gitlab.Resource {
	return gitlab.Resource{Kind: t.Kind, ID: t.ResourceID, Path: t.Path}
}

// labels name tokens for people.
func labels(tokens []ownedToken) []string {
	var lines []string
	for _, token := range tokens {
		lines = append(lines, token.label())
	}
	return lines
}

// label names a token for people to find it.
func (t ownedToken) label() string {
	return fmt.Sprintf("%q (id %d) of %s", t.Name, t.ID, t.resource())
}

// ledgerKey is the key of a ledger in private state.
const ledgerKey = "managed_tokens"

// all are the tokens that may be alive.
func (l ledger) all() []ownedToken {
	if l.Current == nil {
		return l.Others
	}
	return append(slices.Clone(l.Others), *l.Current)
}

// handedOver is the ledger once Infisical surely has a token, nil for one that is not managed: everything else is to be revoked.
func (l ledger) handedOver(token *ownedToken) ledger {
	return ledger{Current: token, Others: l.all()}
}

// unsettled is the ledger when Infisical may or may not have taken a token.
func (l ledger) unsettled(token ownedToken) ledger {
	l.Others = append(slices.Clone(l.Others), token)
	l.Unsettled = true
	return l
}

// leftover is the ledger when a token that Infisical surely does not have could not be revoked.
func (l ledger) leftover(tokens ...ownedToken) ledger {
	l.Others = append(slices.Clone(l.Others), tokens...)
	return l
}

// lostLedger is that of a connection whose private state was lost, by the token that state describes. Terraform hands an empty one to the
// deletion of a tainted object that is replaced, and writes one when the provider's process dies during an apply; in the second case
// Infisical may have been given another token.
// https://github.com/hashicorp/terraform/blob/v1.11.4/internal/terraform/node_resource_abstract_instance.go (plan, apply)
func lostLedger(described ownedToken) ledger {
	return ledger{Others: []ownedToken{described}, Unsettled: true, Lost: true}
}

func recallLedger(ctx context.Context, private privateReader, state resourceModel, diags *diag.Diagnostics) ledger {
	raw, keyDiags := private.GetKey(ctx, ledgerKey)
	diags.Append(keyDiags...)
	var recalled ledger
	if len(raw) == 0 {
		if described := state.ownedToken(ctx, diags); described != nil {
			return lostLedger(*described)
		}
		return recalled
	}
	if err := json.Unmarshal(raw, &recalled); err != nil {
		diags.AddError("Private state not readable", "What this provider recorded about the connection's managed tokens cannot be read: "+phrase(err.Error())+".")
	}
	return recalled
}

func rememberLedger(ctx context.Context, private privateWriter, ledger ledger, diags *diag.Diagnostics) {
	raw, err := json.Marshal(ledger)
	if err != nil {
		diags.AddError("Private state not written", err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, ledgerKey, raw)...)
}
