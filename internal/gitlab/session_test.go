package gitlab

import (
	"bytes"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSession_isNotPrinted(t *testing.T) {
	t.Parallel()
	const value = "glpat-example-secret"
	session := newClient(t).At("https://gitlab.example.com", value)
	type holder struct{ session *Session }
	type valueHolder struct {
		Session
		named Session
	}
	var told []string
	for _, printed := range []any{session, *session, &session, []*Session{session}, map[string]any{"s": session}, holder{session}, &holder{session},
		valueHolder{*session, *session}, &valueHolder{*session, *session}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%t"} {
			told = append(told, fmt.Sprintf(verb, printed))
		}
		encoded, _ := json.Marshal(printed) // What does not encode shows nothing.
		var out bytes.Buffer
		_ = gob.NewEncoder(&out).Encode(printed)
		slog.New(slog.NewTextHandler(&out, nil)).Info("asking", "session", printed)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("asking", "session", printed)
		told = append(told, string(encoded), out.String(), fmt.Sprint(printed), fmt.Sprintln(printed), fmt.Errorf("asking: %v", printed).Error())
	}
	for _, text := range told {
		if strings.Contains(text, value) || strings.Contains(strings.ToLower(text), hex.EncodeToString([]byte(value))) {
			t.Errorf("shows the token: %s", text)
		}
	}
	if got, want := fmt.Sprint(session), "session at https://gitlab.example.com"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSession_isAt(t *testing.T) {
	t.Parallel()
	session := newClient(t).At("https://gitlab.example.com/", "glpat-example")
	for instance, want := range map[string]bool{
		"https://GitLab.example.com:443": true, "https://gitlab.com": false, "": false, "gitlab.example.com": false,
	} {
		if session.IsAt(instance) != want {
			t.Errorf("%q: want %t", instance, want)
		}
	}
	if session.Instance() != "https://gitlab.example.com/" {
		t.Errorf("got %q", session.Instance())
	}
}
