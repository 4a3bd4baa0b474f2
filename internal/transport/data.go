package transport

import (
	"encoding/json"
	"fmt"
)

// Data is text of an answer that says what an object is: a name, a path, a scope, an id, a description. It is kept as
// the server has it, for state and for comparison. What is shown of a server's explanations is Words.
type Data string

// maxData is how many bytes the JSON of a Data may have: more than the longest that the APIs have, which are the full
// paths of GitLab's groups (20 levels of 255 characters) and the paths of Infisical's folders, and little enough for
// lists of thousands.
const maxData = 32 << 10

// UnmarshalJSON implements json.Unmarshaler. The error is a *LengthError when the text is longer than any genuine one.
func (d *Data) UnmarshalJSON(raw []byte) error {
	if len(raw) > maxData {
		return &LengthError{Limit: maxData}
	}
	return json.Unmarshal(raw, (*string)(d))
}

// LengthError is a text longer than any genuine one.
type LengthError struct{ Limit int }

func (e *LengthError) Error() string {
	return fmt.Sprintf("a name or another text in the response is longer than %d KiB", e.Limit>>10)
}
