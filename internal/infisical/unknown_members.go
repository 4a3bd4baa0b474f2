package infisical

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// beyond are members of an object of a server that this package does not know, as the server sent them. A write that
// replaces the object as a whole sends them back, so that what a newer Infisical or another client has set survives.
// They are neither shown nor recorded.
type beyond map[string]json.RawMessage

// beyondOf are the members of an object that have no field in known, a struct, but for those that are null: such a
// member means the same as none, and not every schema takes it.
func beyondOf(raw []byte, known any) (beyond, error) {
	var members beyond
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, fmt.Errorf("reading an object: %w", err)
	}
	fields := reflect.TypeOf(known)
	for n := range fields.NumField() {
		delete(members, fields.Field(n).Tag.Get("json"))
	}
	for name, value := range members {
		if isNothing(value) {
			delete(members, name)
		}
	}
	return members, nil
}

// addTo adds the members to the body of a write, whose own ones count.
func (b beyond) addTo(body map[string]any) {
	for name, value := range b {
		if _, ours := body[name]; !ours {
			body[name] = value
		}
	}
}
