package secrets_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
)

// In every form, wherever it stands, and whatever stands around it.
func TestIn(t *testing.T) {
	t.Parallel()
	secret := secrets.New("s3cret/\"value\"+of<this>test&only")
	quoted, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{
		"plain": secret, "JSON": string(quoted), "query": url.QueryEscape(secret), "path": url.PathEscape(secret),
		"hex": hex.EncodeToString([]byte(secret)), "upper hex": strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"percent": fmt.Sprintf("%%%s", strings.Join(strings.Split(strings.TrimSpace(fmt.Sprintf("% x", secret)), " "), "%")),
	}
	for before := range 4 {
		for after := range 4 {
			content := []byte("abcd"[:before] + secret + "wxyz"[:after])
			shown[fmt.Sprint("base64 ", before, after)] = base64.StdEncoding.EncodeToString(content)
			shown[fmt.Sprint("base64url ", before, after)] = base64.RawURLEncoding.EncodeToString(content)
		}
	}
	for name, text := range shown {
		for _, around := range []string{"", "x", strings.Repeat("ordinary text ", 100)} {
			if found := secrets.In(around + text + around); len(found) != 1 || found[0].Secret != secret {
				t.Errorf("%s: found %v in %q", name, found, text)
			}
		}
	}
	for _, text := range []string{"", "s3cret", secret[:len(secret)-1], strings.ToUpper(secret), strings.Repeat("ordinary text ", 1000)} {
		if found := secrets.In(text); len(found) > 0 {
			t.Errorf("found %v in %q", found, text)
		}
	}
}

// Each line of a key is a secret, and what is too short to tell is none.
func TestRegister(t *testing.T) {
	t.Parallel()
	secrets.Register("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nAASCBKcwggSjAgEAAoIBAQ\n-----END PRIVATE KEY-----\n", "short")
	if found := secrets.In("-----BEGIN PRIVATE KEY----- short AASCBKcwggSjAgEAAoIBAQ"); len(found) != 1 {
		t.Errorf("found %v", found)
	}
}

func BenchmarkIn(b *testing.B) {
	for i := range 10_000 {
		secrets.Register(fmt.Sprintf("glpat-%08d-%x", i*7919, i))
	}
	text := strings.Repeat(`{"@level":"debug","@message":"HTTP request","host":"127.0.0.1:43557","method":"GET"}`+"\n", 10_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		secrets.In(text)
	}
}
