package transport

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Whatever the environment says of proxies: an address that cannot be read is an error, never a way around the proxy,
// and no error repeats one.
func FuzzProxy(f *testing.F) {
	for _, proxy := range []string{
		"http://proxy.example.com:3128", "proxy.example.com:3128", "https://user:s3cret-pass@proxy.example.com", "socks5://127.0.0.1:1080",
		"user:s3cret-pass@proxy", "http://",
		"://", "http://%zz", "ftp://proxy", "s3cret-pass", " http://proxy", "http://proxy:port", "http://[::1", "", "\x00",
	} {
		f.Add(proxy, "", "https://gitlab.example.com/api")
		f.Add(proxy, "gitlab.example.com,10.0.0.0/8", "http://10.1.2.3/")
		f.Add(proxy, "*", "https://[fd00:ec2::254]/latest")
	}
	f.Fuzz(func(t *testing.T, proxy, without, target string) {
		address, err := url.Parse(target)
		if err != nil || address.Host == "" || address.Scheme != "https" && address.Scheme != "http" {
			return
		}
		environment := map[string]string{"HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "NO_PROXY": without}
		var learned []string
		choose := proxyFrom(func(name string) string { return environment[name] }, func(secrets ...string) { learned = append(learned, secrets...) })
		chosen, err := choose(&http.Request{URL: address})
		switch {
		case err != nil && chosen != nil:
			t.Errorf("both a proxy and an error: %v", err)
		case err != nil && len(proxy) > 8 && strings.Contains(err.Error(), proxy) &&
			!strings.Contains("the environment variable HTTPS_PROXY does not hold the address of a proxy, such as http://proxy.example.com:3128", proxy):
			t.Errorf("%v repeats the address", err)
		case chosen != nil && chosen.Host == "":
			t.Errorf("%q is taken for a proxy without a host", proxy)
		case chosen != nil && chosen.Host == "unreadable.invalid" && !strings.Contains(proxy, "unreadable.invalid"):
			t.Errorf("%q is taken for the proxy that stands in", proxy)
		case err == nil && chosen != nil:
			if password, given := chosen.User.Password(); given && password != "" && len(learned) == 0 {
				t.Error("the proxy's password is not known as a secret")
			}
		}
	})
}

// Whatever the headers say of a rate limit: so many that are left, and an end that is not past all patience.
func FuzzQuota(f *testing.F) {
	for _, seed := range []string{"0", "1", "-1", "60", "1e9", "99999999999999999999", "1763812800", "1763812800000", "", "a", " 5", "5, 5;w=60", "0x10"} {
		f.Add(seed, seed, "Sun, 22 Nov 2026 12:00:00 GMT")
		f.Add("0", seed, "")
	}
	now := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, remaining, reset, date string) {
		header := http.Header{}
		for _, prefix := range []string{"Ratelimit-", "X-Ratelimit-"} {
			header.Set(prefix+"Remaining", remaining)
			header.Set(prefix+"Reset", reset)
		}
		header.Set("Date", date)
		left, said := quotaOf(&http.Response{StatusCode: http.StatusOK, Header: header}, now)
		if !said {
			return
		}
		if left.remaining < 0 || left.until.Before(now) || left.until.Sub(now) > maxRetryAfter {
			t.Errorf("%q and %q leave %d until %s", remaining, reset, left.remaining, left.until)
		}
	})
}

// Whatever stands for a certificate and its key, no error repeats any of it.
func FuzzClientCertificate(f *testing.F) {
	const begin = "-----BEGIN PRIVATE KEY-----\n"
	for _, seed := range []string{
		"", "/nowhere/key.pem", begin, begin + "MIIEvQIBADANBgkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----\n",
		"MIIEvQIBADANBgkqhkiG9w0BAQEF", "\x00", strings.Repeat("a", 5000), "a\nb",
	} {
		f.Add(seed, seed)
		f.Add(begin, seed)
	}
	f.Fuzz(func(t *testing.T, certificate, key string) {
		if strings.HasPrefix(certificate, "/") || strings.HasPrefix(key, "/") {
			return // A file of this machine.
		}
		pair, err := ClientCertificate(t.Context(), certificate, key)
		if (pair == nil) != (err != nil) {
			t.Errorf("%v and %v", pair, err)
		}
		for _, given := range []string{certificate, key} {
			for line := range strings.Lines(given) {
				if line = strings.TrimSpace(line); err != nil && len(line) > 20 && !strings.HasPrefix(line, "-----") && strings.Contains(err.Error(), line) {
					t.Errorf("%v repeats %q", err, line)
				}
			}
		}
	})
}
