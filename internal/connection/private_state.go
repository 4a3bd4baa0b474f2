package connection

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// lastWrite is what private state records about our last write of credentials. It is written only by Create and Update,
// so that refreshing never changes state by itself.
type lastWrite struct {
	// Key is random and of this resource alone, so that equal tokens have different fingerprints.
	Key []byte `json:"key"`
	// MAC is the HMAC-SHA256 of the token under Key. An OAuth code, which can be used once, has neither.
	MAC []byte `json:"mac"`
	// Hash is the server's credentialsHash after the write.
	Hash string `json:"hash"`
	// InstanceURL is the GitLab that the token or code was meant for.
	InstanceURL string `json:"instance_url"`
}

// lastWriteKey is the key of a lastWrite in private state.
const lastWriteKey = "last_write"

func (l lastWrite) matches(token string) bool { return hmac.Equal(l.MAC, fingerprint(l.Key, token)) }

// isOf reports whether the last write was of this token. It is false for none and for one that is not known.
func (l *lastWrite) isOf(token types.String) bool {
	return l != nil && !token.IsNull() && !token.IsUnknown() && l.matches(token.ValueString())
}

func fingerprint(key []byte, token string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(token))
	return mac.Sum(nil)
}

// newLastWrite fingerprints a token, if there is one, under a fresh key from random.
func newLastWrite(random io.Reader, token, instanceURL, serverHash string) (lastWrite, error) {
	last := lastWrite{Hash: serverHash, InstanceURL: instanceURL}
	if token == "" {
		return last, nil
	}
	last.Key = make([]byte, sha256.Size)
	if _, err := io.ReadFull(random, last.Key); err != nil {
		return lastWrite{}, fmt.Errorf("creating a key for the token's fingerprint: %w", err)
	}
	last.MAC = fingerprint(last.Key, token)
	return last, nil
}

// existsKey marks the plan of a connection that exists. Of a replacement Terraform gives what that plan has marked to
// the second plan, for the new connection, and what that has marked to the deletion; an apply plans the new one without
// it. https://github.com/hashicorp/terraform/blob/v1.11.4/internal/terraform/node_resource_abstract_instance.go (plan).
const existsKey = "exists"

// awaitsKey marks the deletion of a connection that is replaced by one with a managed token.
const awaitsKey = "awaits_managed_token"

// ledgerKey is the key of a managedtoken.Ledger in private state.
const ledgerKey = "managed_tokens"

func recallLedger(ctx context.Context, private attribute.PrivateReader, state resourceModel) (managedtoken.Ledger, diag.Diagnostics) {
	recalled, diags := attribute.Recall[managedtoken.Ledger](ctx, private, ledgerKey, "the connection's managed tokens")
	if recalled != nil {
		return *recalled, diags
	}
	if described := state.ownedToken(); described != nil {
		return managedtoken.Rebuild(*described), diags
	}
	return managedtoken.Ledger{}, diags
}

// ownedToken is the token that state describes, when that was minted; nil when it was not.
func (m *resourceModel) ownedToken() *managedtoken.Token {
	token := m.TokenDetails
	if token.Presence != attribute.Known || m.ManagedAccessToken.Presence != attribute.Known {
		return nil
	}
	owned := &managedtoken.Token{
		InstanceURL: m.InstanceURL.ValueString(),
		Kind:        gitlab.Kind(token.Type.ValueString()),
		ResourceID:  token.ResourceID.ValueString(),
		Path:        m.ManagedAccessToken.resource().ID,
		ID:          idOf(token.ID),
		Name:        token.Name.ValueString(),
	}
	if !token.ServiceAccountID.IsNull() {
		owned.Kind, owned.AccountID, owned.Account = gitlab.KindGroup, idOf(token.ServiceAccountID), token.Username.ValueString()
	}
	return owned
}

// privateState is what private state records about earlier writes.
type privateState struct {
	origin object.Origin
	last   *lastWrite
	ledger managedtoken.Ledger
}

func recallPrivateState(ctx context.Context, private attribute.PrivateReader, state resourceModel) (privateState, diag.Diagnostics) {
	origin, diags := object.RecallOrigin(ctx, private)
	last, lastDiags := attribute.Recall[lastWrite](ctx, private, lastWriteKey, "the connection's last write of credentials")
	ledger, ledgerDiags := recallLedger(ctx, private, state)
	return privateState{origin: origin, last: last, ledger: ledger}, append(append(diags, lastDiags...), ledgerDiags...)
}

// meantFor is the GitLab that our last secret was for, null when nothing tells. Where private state was lost, state
// tells where the managed token is from.
func (s privateState) meantFor() types.String {
	switch {
	case s.last != nil:
		return types.StringValue(s.last.InstanceURL)
	case s.ledger.Lost:
		return types.StringValue(s.ledger.Others[0].InstanceURL)
	}
	return types.StringNull()
}

// hashMoved reports that the server's credentials are not those of our last write.
func (s privateState) hashMoved(state resourceModel) bool {
	return s.last != nil && s.last.Hash != state.CredentialsHash.ValueString()
}

// unknown: nothing is recorded, as for a new or imported connection, or one whose private state was lost.
func (s privateState) unknown() bool {
	return s.ledger.Lost || s.last == nil && len(s.ledger.All()) == 0
}

// remember writes to private state.
func (o *operation) remember(ctx context.Context, key string, value any) {
	o.diags.Append(attribute.Remember(ctx, o.private, key, value)...)
}

// rememberWrite records what an apply wrote, so that the next plan can tell whether the token has changed since, and
// which address it was for.
func (o *operation) rememberWrite(ctx context.Context) {
	if !o.stored.UpdatedAt.IsZero() || o.state.ID.IsNull() {
		o.diags.Append(object.RememberWrite(ctx, o.private, o.client, o.stored)...)
	}
	if o.sent == nil {
		return
	}
	last, err := newLastWrite(o.data.Random, o.sent.token.ValueString(), o.sent.instanceURL.ValueString(), o.stored.CredentialsHash)
	if err != nil {
		o.diags.AddError("Token's fingerprint not recorded", "The connection was written, but "+transport.Phrase(err.Error())+". The next apply will "+
			"send the token again.")
		return
	}
	o.remember(ctx, lastWriteKey, last)
}
