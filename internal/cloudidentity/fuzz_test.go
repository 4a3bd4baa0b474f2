package cloudidentity

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// answering sends nothing, and answers all the same.
type answering struct {
	status            int
	contentType, body string
}

func (a answering) RoundTrip(req *http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {a.contentType}, "Metadata-Flavor": {"Google"}, "X-Aws-Ec2-Metadata-Token-Ttl-Seconds": {"21600"}}
	return &http.Response{StatusCode: a.status, Header: header, Body: io.NopCloser(strings.NewReader(a.body)), Request: req}, nil
}

// Whatever the services of the clouds answer: a proof or an error, in time.
func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		`{"access_token":"a","expires_in":"3600","expires_on":"1795348800","token_type":"Bearer"}`, `{"access_token":"a","expires_in":{}}`,
		`{"access_token":1}`,
		`{"error":"invalid_request","error_description":"Identity not found"}`, `{"error":{"code":403,"status":"PERMISSION_DENIED","message":"m"}}`,
		`{"signedJwt":"a.b.c"}`,
		`{"Code":"Success","AccessKeyId":"a","SecretAccessKey":"b","Token":"c","Expiration":"2999-01-01T00:00:00Z"}`, `{"Code":"Failed","Message":"m"}`,
		`{"region":"eu-central-1"}`,
		`{"region":"../x"}`, "terraform", "eu-central-1", "a.b.c", "", "\x00\x1b", `null`, `[]`, `{`,
	} {
		f.Add(200, "application/json", body)
		f.Add(400, "text/plain", body)
	}
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		if status < 200 || status > 499 || status == http.StatusTooManyRequests || status/100 == 3 {
			return // Those the SDKs repeat, with pauses, and redirects the transport does not let through.
		}
		machine := New(Config{
			HTTP: &http.Client{Transport: answering{status: status, contentType: contentType, body: body}}, Now: time.Now, Timeout: 100 * time.Millisecond,
			Remember: func(...string) {},
		})
		for name, ask := range map[string]func(context.Context) (string, error){
			"AWS": func(ctx context.Context) (string, error) {
				signed, err := machine.AWSCallerIdentity(ctx)
				return signed.Headers["Authorization"], err
			},
			"Azure": func(ctx context.Context) (string, error) {
				return machine.AzureToken(ctx, "https://management.azure.com/", "")
			},
			"Google": func(ctx context.Context) (string, error) { return machine.GoogleIdentityToken(ctx, "audience") },
			"Google, IAM": func(ctx context.Context) (string, error) {
				return signByGoogle(ctx, machine.config.HTTP, "terraform@example.iam.gserviceaccount.com", "{}")
			},
		} {
			proof, err := ask(t.Context())
			if err != nil && proof != "" {
				t.Errorf("%s: both a proof and %v", name, err)
			}
			if err == nil && proof == "" && body != "" && name != "Google" {
				t.Errorf("%s: neither a proof nor an error", name)
			}
		}
	})
}
