package connection

import (
	"context"
	"encoding/json"
	"slices"

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

func (t ownedToken) resource() gitlab.Resource {
	return gitlab.Resource{Kind: t.Kind, ID: t.ResourceID, Path: t.Path}
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

func recallLedger(ctx context.Context, private privateReader, diags *diag.Diagnostics) ledger {
	raw, keyDiags := private.GetKey(ctx, ledgerKey)
	diags.Append(keyDiags...)
	var recalled ledger
	if len(raw) == 0 {
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
