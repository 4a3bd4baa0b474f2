package connection

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
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

// privateReader and privateWriter are the two sides of the framework's private state, whose type is not exported.
type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// recallLastWrite returns nil when there is none: after an import.
func recallLastWrite(ctx context.Context, private privateReader, diags *diag.Diagnostics) *lastWrite {
	raw, keyDiags := private.GetKey(ctx, lastWriteKey)
	diags.Append(keyDiags...)
	if len(raw) == 0 {
		return nil
	}
	var last lastWrite
	if err := json.Unmarshal(raw, &last); err != nil {
		diags.AddError("Private state not readable",
			"What this provider recorded about the connection's last write of credentials cannot be read: "+err.Error()+". Import the connection anew.")
		return nil
	}
	return &last
}

func rememberLastWrite(ctx context.Context, private privateWriter, last lastWrite, diags *diag.Diagnostics) {
	raw, err := json.Marshal(last)
	if err != nil {
		diags.AddError("Private state not written", err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, lastWriteKey, raw)...)
}

// remember records what was written, so that the next plan can tell whether the token has changed since, and what address it was for.
func (r *connectionResource) remember(ctx context.Context, private privateWriter, handover *handover, serverHash string, diags *diag.Diagnostics) {
	if handover == nil {
		return
	}
	if handover.token.IsNull() {
		rememberLastWrite(ctx, private, lastWrite{Hash: serverHash, InstanceURL: handover.instanceURL.ValueString()}, diags)
		return
	}
	last, err := newLastWrite(r.configuration.Random, handover.token.ValueString(), handover.instanceURL.ValueString(), serverHash)
	if err != nil {
		diags.AddError("Token's fingerprint not recorded", "The connection was written, but "+err.Error()+". The next apply will send the token again.")
		return
	}
	rememberLastWrite(ctx, private, last, diags)
}
