package connection

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// lastWrite is what private state remembers of the last time we wrote credentials. It is written only by Create and Update, so
// that refreshing never changes state by itself.
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

// newLastWrite fingerprints a token under a fresh key from random.
func newLastWrite(random io.Reader, token, instanceURL, serverHash string) (lastWrite, error) {
	key := make([]byte, sha256.Size)
	if _, err := io.ReadFull(random, key); err != nil {
		return lastWrite{}, fmt.Errorf("making a key for the token's fingerprint: %w", err)
	}
	return lastWrite{Key: key, MAC: fingerprint(key, token), Hash: serverHash, InstanceURL: instanceURL}, nil
}

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

// remember records what was written, so that the next plan can tell whether the token has changed since, and what address it was for.
func (r *connectionResource) remember(ctx context.Context, private providerdata.PrivateWriter, handover *handover, serverHash string, diags *diag.Diagnostics) {
	if handover == nil {
		return
	}
	if handover.token.IsNull() {
		diags.Append(providerdata.Remember(ctx, private, lastWriteKey, lastWrite{Hash: serverHash, InstanceURL: handover.instanceURL.ValueString()})...)
		return
	}
	last, err := newLastWrite(r.data.Random, handover.token.ValueString(), handover.instanceURL.ValueString(), serverHash)
	if err != nil {
		diags.AddError("Token's fingerprint not recorded", "The connection was written, but "+err.Error()+". The next apply will send the token again.")
		return
	}
	diags.Append(providerdata.Remember(ctx, private, lastWriteKey, last)...)
}

// history is what private state remembers of earlier writes.
type history struct {
	origin origin
	last   *lastWrite
	ledger managedtoken.Ledger
}

func recallHistory(ctx context.Context, private providerdata.PrivateReader, state resourceModel, diags *diag.Diagnostics) history {
	from, fromDiags := providerdata.Recall[origin](ctx, private, originKey, "the connection's Infisical")
	last, lastDiags := providerdata.Recall[lastWrite](ctx, private, lastWriteKey, "the connection's last write of credentials")
	diags.Append(fromDiags...)
	diags.Append(lastDiags...)
	before := history{last: last, ledger: recallLedger(ctx, private, state, diags)}
	if from != nil {
		before.origin = *from
	}
	return before
}

// hashMoved reports that the server's credentials are not those of our last write.
func (h history) hashMoved(state resourceModel) bool {
	return h.last != nil && h.last.Hash != state.CredentialsHash.ValueString()
}

// unknown: nothing is remembered, as of a connection that is new or was imported, or whose private state was lost.
func (h history) unknown() bool { return h.ledger.Lost || h.last == nil && len(h.ledger.All()) == 0 }
