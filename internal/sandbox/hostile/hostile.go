// Package hostile is what servers answer that are broken or mean harm: a secret that comes back in disguise, control
// characters, bombs.
package hostile

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// Disguises are the ways in which a server may repeat a text that it was sent.
func Disguises() map[string]func(string) string {
	percent := func(text string) string { return eachByte(text, "%%%02X") }
	return map[string]func(string) string{
		"plain":                func(s string) string { return s },
		"upper case":           strings.ToUpper,
		"lower case":           strings.ToLower,
		"query":                url.QueryEscape,
		"path":                 url.PathEscape,
		"percent":              percent,
		"percent, lower case":  func(s string) string { return eachByte(s, "%%%02x") },
		"percent twice":        func(s string) string { return url.QueryEscape(percent(s)) },
		"JSON":                 InJSON,
		"JSON twice":           func(s string) string { return InJSON(InJSON(s)) },
		"JSON, all escaped":    escaped,
		"Go":                   inGo,
		"Go of JSON":           func(s string) string { return inGo(InJSON(s)) },
		"base64":               func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"base64, one before":   func(s string) string { return base64.StdEncoding.EncodeToString([]byte("x" + s + "yz")) },
		"base64, two before":   func(s string) string { return base64.StdEncoding.EncodeToString([]byte("xy" + s + "z")) },
		"base64url":            func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
		"base64url in a query": func(s string) string { return url.QueryEscape(base64.URLEncoding.EncodeToString([]byte("a:" + s))) },
		"cut at the end":       func(s string) string { return s[:len(s)-1] },
		"new line inside":      func(s string) string { return s[:len(s)/2] + "\n" + s[len(s)/2:] },
		"zero width inside":    func(s string) string { return s[:len(s)/2] + "\u200b" + s[len(s)/2:] },
		"zero width between":   func(s string) string { return strings.Join(strings.Split(s, ""), "\u2060") },
		"color inside":         func(s string) string { return s[:len(s)/2] + "\x1b[0m" + s[len(s)/2:] },
	}
}

func eachByte(text, format string) string {
	var all strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&all, format, text[i])
	}
	return all.String()
}

// InJSON is a text as it stands between the quotes of a JSON string.
func InJSON(text string) string {
	encoded, err := json.Marshal(text)
	if err != nil {
		panic("sandbox: a text that JSON cannot hold: " + err.Error())
	}
	return string(encoded[1 : len(encoded)-1])
}

func escaped(text string) string {
	var all strings.Builder
	for _, r := range text {
		fmt.Fprintf(&all, `\u%04x`, r)
	}
	return all.String()
}

func inGo(text string) string {
	quoted := fmt.Sprintf("%q", text)
	return quoted[1 : len(quoted)-1]
}

// stretch is how many characters of a secret in a row are too many to show.
const stretch = 12

// Shown returns a stretch of a secret that a text shows, in any disguise; empty when it shows none.
func Shown(text, secret string) string {
	known, found := stretches.Load(secret)
	if !found {
		known, _ = stretches.LoadOrStore(secret, stretchesOf(secret))
	}
	of := known.(map[string]struct{}) //nolint:forcetypeassert // Nothing else is in there.
	text = strings.ToLower(text)
	for i := 0; i+stretch <= len(text); i++ {
		if _, shown := of[text[i:i+stretch]]; shown {
			return text[i : i+stretch]
		}
	}
	return ""
}

// stretches are those of the secrets that were looked for.
var stretches sync.Map

func stretchesOf(secret string) map[string]struct{} {
	all := map[string]struct{}{}
	for _, disguise := range Disguises() {
		disguised := strings.ToLower(disguise(secret))
		for i := 0; i+stretch <= len(disguised); i++ {
			all[disguised[i:i+stretch]] = struct{}{}
		}
	}
	return all
}

// ObeyedIn are the characters of a text that terminals obey or that hide or turn around what is read, save new lines
// and tabs.
func ObeyedIn(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return r
		}
		return -1
	}, text)
}

// Obeyed is a text with the characters that terminals obey, and with those that hide or turn around what is read.
const Obeyed = "A\x1b[2J\x1b]0;owned\x07B\u009bC\u202eD\u2066E\u200bF\u0085G\u2028H\u2029I\rJ\bK\u200eL\ufeffM\u00adN\x00O"

// HTTP is an answer with a body of one type, after which the connection is closed. headers are whole lines.
func HTTP(status int, contentType, body string, headers ...string) string {
	lines := append([]string{
		fmt.Sprintf("HTTP/1.1 %d %s", status, http.StatusText(status)), "Content-Type: " + contentType,
		fmt.Sprintf("Content-Length: %d", len(body)), "Connection: close",
	}, headers...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

// Channels are the ways in which an answer to a request at a server can carry a text, by name.
func Channels(of string) map[string]func(text string) string {
	channels := commonChannels()
	maps.Copy(channels, OwnChannels(of))
	return channels
}

// OwnChannels are those of Channels that are a server's own. The others are HTTP's, and meet every request in the same
// way.
func OwnChannels(of string) map[string]func(text string) string {
	switch of {
	case server.Infisical:
		return infisicalChannels()
	case server.Cloud:
		return cloudChannels()
	}
	return gitLabChannels()
}

// IsData reports whether a channel carries what an object is, such as its name: that stays as the server has it, in
// plans and in state, and is made harmless only where it is shown.
func IsData(channel string) bool {
	return slices.Contains([]string{
		"connection", "connection's names", "connection's project", "connections", "options", "token", "revoked token", "tokens", "bot",
	}, channel)
}

const jsonType = "application/json"

func commonChannels() map[string]func(string) string {
	head := func(head string) string { return head + "\r\n\r\n" }
	return map[string]func(string) string{
		"content type":         func(x string) string { return HTTP(200, "application/x-"+x, "hello") },
		"content type of 500":  func(x string) string { return HTTP(500, "application/x-"+x, "hello") },
		"no HTTP":              head,
		"status code":          func(x string) string { return head("HTTP/1.1 " + x + " OK") },
		"version":              func(x string) string { return head("HTTP/" + x + " 200 OK") },
		"reason phrase":        func(x string) string { return head("HTTP/1.1 500 " + x + "\r\nContent-Length: 0") },
		"header without colon": func(x string) string { return head("HTTP/1.1 200 OK\r\n" + x) },
		"name of a header":     func(x string) string { return head("HTTP/1.1 200 OK\r\n" + x + " a: b") },
		"value of a header":    func(x string) string { return HTTP(500, jsonType, "{}", "X-Echo: "+x) },
		"Content-Length":       func(x string) string { return head("HTTP/1.1 200 OK\r\nContent-Length: " + x) },
		"two Content-Lengths":  func(x string) string { return head("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: " + x) },
		"Transfer-Encoding":    func(x string) string { return head("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + x) },
		"chunk": func(x string) string {
			return head("HTTP/1.1 200 OK\r\nContent-Type: "+jsonType+"\r\nTransfer-Encoding: chunked") + x + "\r\n"
		},
		"trailer": func(x string) string {
			return head("HTTP/1.1 200 OK\r\nContent-Type: "+jsonType+"\r\nTrailer: "+x+"\r\nTransfer-Encoding: chunked") + "0\r\n" + x + "\r\n\r\n"
		},
		"Location's path":   func(x string) string { return HTTP(302, "text/html", "", "Location: https://elsewhere.example/"+x) },
		"Location's host":   func(x string) string { return HTTP(307, "text/html", "", "Location: https://"+x+".example/a") },
		"Location's scheme": func(x string) string { return HTTP(301, "text/html", "", "Location: "+x+"://elsewhere.example") },
		"Location, all else": func(x string) string {
			return HTTP(308, "text/html", "", "Location: https://"+x+"@elsewhere.example/a?"+x+"#"+x)
		},
		"early hints": func(x string) string { return head("HTTP/1.1 103 "+x+"\r\nLink: "+x) + HTTP(500, jsonType, "{}") },
		"Upgrade": func(x string) string {
			return head("HTTP/1.1 101 Switching Protocols\r\nUpgrade: " + x + "\r\nConnection: Upgrade")
		},
		"gzip that is none": func(x string) string { return HTTP(200, jsonType, x, "Content-Encoding: gzip") },
		"page with 502":     func(x string) string { return HTTP(502, "text/html", "<html>"+x+"</html>") },
		"text with 403":     func(x string) string { return HTTP(403, "text/plain", x) },
		"JSON that is none": func(x string) string { return HTTP(200, jsonType, "{"+inQuotes(x)+":"+x) },
		"wrong types": func(x string) string {
			return HTTP(200, jsonType, fmt.Sprintf(`{"id":%[1]s,"appConnection":%[1]s,"appConnections":%[1]s,"accessToken":{"a":%[1]s}}`, inQuotes(x)))
		},
		"a list of texts": func(x string) string { return HTTP(200, jsonType, `[`+inQuotes(x)+`]`) },
		"Retry-After":     func(x string) string { return HTTP(429, jsonType, `{"message":"m"}`, "Retry-After: "+x) },
		"WWW-Authenticate": func(x string) string {
			return HTTP(401, jsonType, `{"message":"401 Unauthorized"}`, `WWW-Authenticate: Bearer realm="`+x+`"`, "Set-Cookie: c="+x)
		},
		"Date": func(x string) string { return HTTP(500, jsonType, `{}`, "Date: "+x) },
		"behind the answer": func(x string) string {
			return "HTTP/1.1 500 Error\r\nContent-Type: " + jsonType + "\r\nContent-Length: 2\r\n\r\n{}" + x
		},
		"body of no content": func(x string) string { return head("HTTP/1.1 204 No Content") + x },
		"Content-Disposition": func(x string) string {
			return HTTP(200, "text/html", x, `Content-Disposition: attachment; filename="`+x+`"`)
		},
		"parameters of JSON":      func(x string) string { return HTTP(200, jsonType+`; charset="`+x+`"`, x) },
		"a type with parameters":  func(x string) string { return HTTP(500, `text/html; charset="`+x+`"`, x) },
		"a type that is repeated": func(x string) string { return HTTP(403, x+"/"+x, x) },
	}
}

func infisicalChannels() map[string]func(string) string {
	refusal := func(status int, members string) string {
		return HTTP(status, jsonType, `{"statusCode":`+fmt.Sprint(status)+`,`+members+`}`)
	}
	connection := func(members string) string {
		return HTTP(200, jsonType, `{"appConnection":{"createdAt":"2026-11-22T12:00:00Z","method":"access-token",`+members+`},"accessToken":"abc"}`)
	}
	return map[string]func(string) string{
		"message": func(x string) string {
			return refusal(400, `"reqId":"r","error":"BadRequest","message":`+inQuotes("bad "+x))
		},
		"message of 500": func(x string) string {
			return refusal(500, `"reqId":"r","error":"InternalServerError","message":`+inQuotes("bad "+x))
		},
		"message of 403": func(x string) string {
			return refusal(403, `"reqId":"r","error":"PermissionDenied","message":`+inQuotes(x)+`,"details":[`+inQuotes(x)+`]`)
		},
		"long message": func(x string) string {
			return refusal(400, `"reqId":"r","error":"BadRequest","message":`+inQuotes(strings.Repeat("x", 960)+" "+x))
		},
		"reqId": func(x string) string {
			return refusal(400, `"reqId":`+inQuotes(x)+`,"error":"BadRequest","message":"m"`)
		},
		"name of the error": func(x string) string { return refusal(400, `"reqId":"r","error":`+inQuotes(x)+`,"message":"m"`) },
		"issue": func(x string) string {
			return refusal(422, `"error":"ValidationFailure","message":[{"path":["name"],"message":`+inQuotes(x)+`}]`)
		},
		"issue's path": func(x string) string {
			return refusal(422, fmt.Sprintf(`"error":"ValidationFailure","message":[{"path":[%[1]s,{"k":%[1]s}],"message":"m"}]`, inQuotes(x)))
		},
		"union's issue": func(x string) string {
			return refusal(422, `"error":"ValidationFailure","message":[{"path":[],"unionErrors":[{"issues":[{"path":[],"message":`+inQuotes(x)+`}]}]}]`)
		},
		"GitLab's refusal": func(x string) string {
			return refusal(400, `"error":"BadRequest","message":`+inQuotes("Failed to validate credentials: Unauthorized "+x))
		},
		"GitLab's failure": func(x string) string {
			return refusal(400, `"error":"BadRequest","message":`+inQuotes("Failed to validate credentials: Service Unavailable. Cause: <html>"+x))
		},
		"a refused code": func(x string) string {
			return refusal(400, `"error":"BadRequest","message":`+inQuotes("Failed to exchange OAuth code: "+x))
		},
		"connection": func(x string) string {
			return connection(fmt.Sprintf(`"id":%[1]s,"name":%[1]s,"orgId":%[1]s,"projectId":%[1]s,"description":%[1]s,"credentialsHash":%[1]s,"credentials":{"accessTokenType":%[1]s,"instanceUrl":%[1]s}`, inQuotes(x)))
		},
		"connection's names": func(x string) string {
			return connection(fmt.Sprintf(`"id":"1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11","name":%[1]s,"orgId":"o","description":%[1]s,"credentialsHash":"h","credentials":{"accessTokenType":%[1]s,"instanceUrl":%[1]s}`, inQuotes(x)))
		},
		"connection's project": func(x string) string {
			return connection(`"id":"1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11","name":"n","orgId":"o","credentials":{},"projectId":` + inQuotes(x))
		},
		"connections": func(x string) string {
			return HTTP(200, jsonType, fmt.Sprintf(`{"appConnections":[{"id":"1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11","name":%[1]s,"description":%[1]s,"method":"oauth","orgId":"o","createdAt":"2026-11-22T12:00:00Z","credentials":{"instanceUrl":%[1]s}}]}`, inQuotes(x)))
		},
		"a sync's messages": func(x string) string { return HTTP(200, jsonType, `{"secretSync":`+failedSync(x)+`}`) },
		"syncs":             func(x string) string { return HTTP(200, jsonType, `{"secretSyncs":[`+failedSync(x)+`]}`) },
		"a message in JSON": func(x string) string {
			return HTTP(200, jsonType, `{"secretSync":`+failedSync(`{"error":`+inQuotes(`{"error":`+inQuotes(x)+`}`)+`,"secretKey":`+inQuotes(x)+`}`)+`}`)
		},
		"a scan's message": func(x string) string {
			return HTTP(200, jsonType, `{"scans":[{"id":"1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11","status":"failed","statusMessage":`+inQuotes(x)+`}]}`)
		},
		"options": func(x string) string {
			return HTTP(200, jsonType, fmt.Sprintf(`{"appConnectionOptions":[{"app":"gitlab","methods":[%[1]s,"oauth"],"oauthClientId":%[1]s},{"app":%[1]s}]}`,
				inQuotes(x)))
		},
	}
}

func gitLabChannels() map[string]func(string) string {
	return map[string]func(string) string{
		"message":        func(x string) string { return HTTP(400, jsonType, `{"message":`+inQuotes("400 Bad request - "+x)+`}`) },
		"message of 401": func(x string) string { return HTTP(401, jsonType, `{"message":`+inQuotes("401 "+x)+`}`) },
		"message of 403": func(x string) string { return HTTP(403, jsonType, `{"message":`+inQuotes("403 Forbidden - "+x)+`}`) },
		"message of 404": func(x string) string { return HTTP(404, jsonType, `{"message":`+inQuotes("404 "+x+" Not Found")+`}`) },
		"message of 500": func(x string) string { return HTTP(500, jsonType, `{"message":`+inQuotes(x)+`}`) },
		"long message": func(x string) string {
			return HTTP(400, jsonType, `{"message":`+inQuotes(strings.Repeat("x", 260)+" "+x)+`}`)
		},
		"messages": func(x string) string {
			return HTTP(422, jsonType, fmt.Sprintf(`{"message":{%[1]s:[%[1]s,1,null,{"a":%[1]s}]}}`, inQuotes(x)))
		},
		"name of the error": func(x string) string { return HTTP(400, jsonType, `{"error":`+inQuotes(x)+`}`) },
		"error's description": func(x string) string {
			return HTTP(401, jsonType, `{"error":"invalid_token","error_description":`+inQuotes(x)+`}`)
		},
		"token": func(x string) string {
			return HTTP(200, jsonType, fmt.Sprintf(`{"id":7,"name":%[1]s,"username":%[1]s,"scopes":["read_api",%[1]s],"user_id":3,"active":true,"access_level":20,"expires_at":"2027-01-01","token":"glpat-made-just-now-1"}`, inQuotes(x)))
		},
		"token's expiry": func(x string) string {
			return HTTP(201, jsonType, `{"id":7,"name":"n","scopes":["api"],"user_id":3,"active":true,"token":"glpat-made-just-now-1","expires_at":`+inQuotes(x)+`}`)
		},
		"revoked token": func(x string) string {
			return HTTP(200, jsonType, `{"id":7,"name":`+inQuotes(x)+`,"scopes":["api"],"user_id":3,"active":false,"revoked":true,"expires_at":"2027-01-01"}`)
		},
		"tokens": func(x string) string {
			return HTTP(200, jsonType, `[{"id":7,"name":`+inQuotes("infisical platform new "+x)+`,"scopes":["api"],"active":true}]`)
		},
		"bot": func(x string) string { return HTTP(200, jsonType, `{"id":3,"bot":true,"username":`+inQuotes(x)+`}`) },
	}
}

// cloudChannels are the answers of metadata services and of Google's services, genuine ones and refusals.
func cloudChannels() map[string]func(string) string {
	return map[string]func(string) string{
		"text":           func(x string) string { return HTTP(200, "text/plain", x) },
		"refusal's text": func(x string) string { return HTTP(404, "text/plain", x) },
		"name of the error": func(x string) string {
			return HTTP(400, jsonType, `{"error":`+inQuotes(x)+`,"error_description":"d"}`)
		},
		"error's description": func(x string) string {
			return HTTP(400, jsonType, `{"error":"invalid_request","error_description":`+inQuotes(x)+`,"error_codes":[`+inQuotes(x)+`]}`)
		},
		"Google's message": func(x string) string {
			return HTTP(403, jsonType, fmt.Sprintf(`{"error":{"code":403,"status":%[1]s,"message":%[1]s}}`, inQuotes(x)))
		},
		"token": func(x string) string {
			return HTTP(200, jsonType, `{"access_token":`+inQuotes(x)+`,"expires_in":"1"}`)
		},
		"token type": func(x string) string {
			return HTTP(200, jsonType, `{"access_token":"abc","token_type":`+inQuotes(x)+`,"expires_in":1}`)
		},
		"token's expiry": func(x string) string {
			return HTTP(200, jsonType, fmt.Sprintf(`{"access_token":"abc","expires_on":%[1]s,"expires_in":%[1]s}`, inQuotes(x)))
		},
		"signed JWT": func(x string) string { return HTTP(200, jsonType, `{"signedJwt":`+inQuotes(x)+`}`) },
		"credentials": func(x string) string {
			return HTTP(200, jsonType, fmt.Sprintf(`{"Code":"Success","AccessKeyId":%[1]s,"SecretAccessKey":%[1]s,"Token":%[1]s,"Expiration":"2999-01-01T00:00:00Z"}`, inQuotes(x)))
		},
		"refused credentials": func(x string) string {
			return HTTP(200, jsonType, fmt.Sprintf(`{"Code":%[1]s,"Message":%[1]s,"AccessKeyId":"a"}`, inQuotes(x)))
		},
		"credentials' expiry": func(x string) string {
			return HTTP(200, jsonType, `{"Code":"Success","AccessKeyId":"a","SecretAccessKey":"b","Token":"c","Expiration":`+inQuotes(x)+`}`)
		},
		"region": func(x string) string { return HTTP(200, jsonType, `{"region":`+inQuotes(x)+`}`) },
	}
}

// failedSync is a sync whose last run and last removal failed for a reason.
func failedSync(reason string) string {
	return fmt.Sprintf(`{"id":"1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11","name":"n","projectId":"p","connectionId":"c","syncStatus":"failed","lastSyncMessage":%[1]s,`+
		`"removeStatus":"failed","lastRemoveMessage":%[1]s,"createdAt":"2026-11-22T12:00:00Z","environment":{"slug":"prod"},"folder":{"path":"/"},`+
		`"destinationConfig":{"scope":"project","projectId":"7","projectName":"n"}}`, inQuotes(reason))
}

func inQuotes(text string) string { return `"` + InJSON(text) + `"` }

// Bombs are answers that are far larger, or take far longer, than any genuine one, by name. Those that end only when
// the client hangs up are in Endless.
func Bombs() map[string]func(net.Conn) {
	bombs := map[string]func(net.Conn){
		"two lengths":      sending("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
		"length and chunk": sending("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
		"two answers":      sending(HTTP(200, jsonType, "{}") + HTTP(200, jsonType, `{"id":1}`)),
		"no answer":        func(net.Conn) {},
		"null":             sending(HTTP(200, jsonType, "null")),
		"status 999":       sending("HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n"),
		"status 100 alone": sending("HTTP/1.1 100 Continue\r\n\r\n"),
		"no content":       sending("HTTP/1.1 204 No Content\r\n\r\n"),
		"not modified":     sending("HTTP/1.1 304 Not Modified\r\n\r\n"),
		"announced 10 GiB": sending("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10737418240\r\n\r\n{"),
		"huge numbers":     sending(HTTP(200, jsonType, `{"id":1e400,"access_level":99999999999999999999,"expires_at":"9999999-01-01"}`)),
		"invalid UTF-8":    sending(HTTP(400, jsonType, "{\"message\":\"a\xff\xfe\xc0\x80b\",\"error\":\"\xed\xa0\x80\"}")),
		"broken off": func(connection net.Conn) {
			breakOff(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
		},
		"reset": func(connection net.Conn) { breakOff(connection, "") },
		"gzip":  sending("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzipBomb()),
		"gzip with 400": sending("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" +
			gzipBomb()),
	}
	const mebibyte = 1 << 20
	for name, body := range map[string]string{
		"arrays in arrays":    strings.Repeat("[", 8*mebibyte),
		"objects in objects":  strings.Repeat(`{"a":`, 2*mebibyte),
		"one long text":       `{"id":"` + strings.Repeat("x", 15*mebibyte) + `"}`,
		"connections of null": `{"appConnections":[` + strings.Repeat(`{},`, 5*mebibyte) + `{}]}`,
		"many connections":    `{"appConnections":[` + strings.Repeat(`{"id":"a","name":"b","method":"c"},`, 15*mebibyte/35) + `{}]}`,
		"connections of lots": `{"appConnections":[{"id":"a","name":"` + strings.Repeat(`\u0041`, 2*mebibyte) + `","method":"c"}]}`,
		"many options":        `{"appConnectionOptions":[` + strings.Repeat(`{},`, 300_000) + `{}]}`,
		"many methods":        `{"appConnectionOptions":[{"app":"gitlab","methods":[` + strings.Repeat(`"",`, 300_000) + `""]}]}`,
		"elements of nothing": `[` + strings.Repeat(`{},`, 5*mebibyte) + `{}]`,
		"fewer elements":      `[` + strings.Repeat(`{},`, 300_000) + `{}]`,
		"many scopes":         `{"id":7,"name":"n","active":true,"user_id":3,"scopes":[` + strings.Repeat(`"",`, 300_000) + `""]}`,
		"many keys":           `{` + manyKeys(60_000) + `}`,
	} {
		bombs[name] = sending(HTTP(200, jsonType, body))
	}
	for name, message := range map[string]string{
		"issues of nothing": `[` + strings.Repeat(`{},`, 5*mebibyte) + `{}]`,
		"fewer issues":      `[` + strings.Repeat(`{},`, 300_000) + `{}]`,
		"distinct issues":   `[` + DistinctIssues(30_000) + `{}]`,
		"unions in unions":  strings.Repeat(`[{"unionErrors":[{"issues":`, 2400) + `[]` + strings.Repeat(`}]}]`, 2400),
		"many unions":       `[{"unionErrors":[` + strings.Repeat(`{},`, 300_000) + `{}]}]`,
		"a long path":       `[{"path":[` + strings.Repeat(`1,`, 500_000) + `1]}]`,
		"nested message":    strings.Repeat(`{"a":[`, 4500) + `1` + strings.Repeat(`]}`, 4500),
		"long message":      `"` + strings.Repeat("x", mebibyte-100) + `"`,
		"escaped message":   `"` + strings.Repeat(`\u0025`, mebibyte/6-20) + `"`,
		"messages of many":  `{` + manyKeys(60_000) + `}`,
	} {
		bombs[name] = sending(HTTP(422, jsonType, `{"error":"ValidationFailure","message":`+message+`}`))
	}
	return bombs
}

// Endless are answers that end only when the client hangs up, by name.
func Endless() map[string]func(net.Conn) {
	const start = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	return map[string]func(net.Conn){
		"body":            repeat(start+"\r\n{\"a\":\"", strings.Repeat("x", 64<<10), 0),
		"announced body":  repeat(start+"Content-Length: 10737418240\r\n\r\n", strings.Repeat("x", 64<<10), 0),
		"body of 400":     repeat("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n", strings.Repeat("x", 64<<10), 0),
		"headers":         repeat("HTTP/1.1 200 OK\r\n", strings.Repeat("A: "+strings.Repeat("b", 100)+"\r\n", 500), 0),
		"early hints":     repeat("", strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 500), 0),
		"slow body":       repeat(start+"\r\n{", " ", 20*time.Millisecond),
		"slow body, 400":  repeat("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n{", " ", 20*time.Millisecond),
		"slow headers":    repeat("HTTP/1.1 200 OK\r\n", "A: b\r\n", 20*time.Millisecond),
		"slow hints":      repeat("", "HTTP/1.1 103 Early Hints\r\n\r\n", 20*time.Millisecond),
		"slow chunks":     repeat(start+"Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", 20*time.Millisecond),
		"silence":         repeat("", "", 20*time.Millisecond),
		"silent body":     repeat(start+"\r\n{", "", 20*time.Millisecond),
		"slow redirect":   repeat("HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example\r\n\r\n", " ", 20*time.Millisecond),
		"slow rate limit": repeat("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\n\r\n", " ", 20*time.Millisecond),
	}
}

func sending(answer string) func(net.Conn) {
	return func(connection net.Conn) { _, _ = io.WriteString(connection, answer) }
}

// repeat sends a part again and again, with a pause in between, until the client hangs up.
func repeat(start, part string, pause time.Duration) func(net.Conn) {
	return func(connection net.Conn) {
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			_, _ = io.Copy(io.Discard, connection)
		}()
		_, err := io.WriteString(connection, start)
		for err == nil {
			select {
			case <-gone:
				return
			case <-time.After(pause):
			}
			_, err = io.WriteString(connection, part)
		}
	}
}

// breakOff makes the client see a connection that was reset.
func breakOff(connection net.Conn, start string) {
	_, _ = io.WriteString(connection, start)
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

// gzipBomb is 64 MiB of spaces.
var gzipBomb = sync.OnceValue(func() string {
	var packed strings.Builder
	packer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		panic(err)
	}
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	for range 64 {
		_, _ = packer.Write(chunk)
	}
	_ = packer.Close()
	return packed.String()
})

func manyKeys(count int) string {
	var keys strings.Builder
	for i := range count {
		fmt.Fprintf(&keys, `"k%d":["x"],`, i)
	}
	return keys.String() + `"k":1`
}

// DistinctIssues are the first of a list of issues, of which each says something else.
func DistinctIssues(count int) string {
	var issues strings.Builder
	for i := range count {
		fmt.Fprintf(&issues, `{"message":"m%d","path":[]},`, i)
	}
	return issues.String()
}
