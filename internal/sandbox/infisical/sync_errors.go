package infisical

import (
	"encoding/json"
	"strings"
	"unicode/utf16"
)

// syncError is the SecretSyncError of backend/src/services/secret-sync/secret-sync-errors.ts of
// https://github.com/Infisical/infisical. What it wraps is an error of its kind or another one.
type syncError struct {
	secretKey, message string
	err                error
}

func (e syncError) Error() string { return e.message }

// maxMessage is how much of a failure the server keeps, in UTF-16 units. What is cut is no JSON any more.
const maxMessage = 1024

// runFailure is what the server keeps of a failure: parseSyncErrorMessage of
// backend/src/services/secret-sync/secret-sync-fns.ts. Newest servers look into the wrapped error no further than its
// message, which one of their own kind does not have.
func (i *Server) runFailure(failure syncError) *runFailure {
	if i.older {
		return &runFailure{message: olderMessage(failure)}
	}
	kept := struct {
		SecretKey string  `json:"secretKey,omitempty"`
		Message   string  `json:"message,omitempty"`
		Error     *string `json:"error,omitempty"`
	}{SecretKey: failure.secretKey, Message: failure.message}
	if failure.err != nil {
		kept.Error = new(failure.err.Error())
	}
	return &runFailure{message: cut(asJSON(kept))}
}

// olderMessage is JSON text in JSON text where errors of the server's own kind are wrapped.
func olderMessage(err error) string {
	failure, own := err.(syncError) //nolint:errorlint // One within another is what matters here.
	if !own {
		return cut(err.Error())
	}
	kept := struct {
		SecretKey string `json:"secretKey,omitempty"`
		Error     string `json:"error"`
	}{failure.secretKey, failure.message}
	if kept.Error == "" {
		kept.Error = olderMessage(failure.err)
	}
	return cut(asJSON(kept))
}

// asJSON is JSON.stringify, which leaves <, > and & as they are.
func asJSON(value any) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("sandbox: encoding a failure: " + err.Error()) // Strings always encode.
	}
	return strings.TrimSuffix(text.String(), "\n")
}

func cut(message string) string {
	units := utf16.Encode([]rune(message))
	if len(units) <= maxMessage {
		return message
	}
	return string(utf16.Decode(units[:maxMessage-3])) + "..."
}
