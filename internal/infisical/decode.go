package infisical

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// reading makes objects of their descriptions in an answer.
type reading[T any] struct {
	one func(*json.Decoder) (T, error)
	// none is the error of what does not describe one.
	none error
}

// wire is a description. object is false for what lacks what identifies one.
type wire[T any] interface{ object(c *Client) (T, bool) }

// readingOf reads descriptions that are a W. what is what they describe.
func readingOf[W wire[T], T any](c *Client, what string) reading[T] {
	none := errors.New("the answer does not describe " + what)
	return reading[T]{none: none, one: func(decoder *json.Decoder) (read T, err error) {
		var described W
		if err := decoder.Decode(&described); err != nil {
			return read, notTheContract(err)
		}
		read, ok := described.object(c)
		if !ok {
			return read, none
		}
		return read, nil
	}}
}

// maxObjects is as many as fit into the largest response.
const maxObjects = 20000

// each reads a list, one element at a time, and ends at the first that describes no object.
func (r reading[T]) each(rows []byte) ([]T, error) {
	found := []T{}
	if isNothing(rows) {
		return found, nil
	}
	err := transport.EachElement(rows, func(decoder *json.Decoder) error {
		if len(found) == maxObjects {
			return &transport.CountError{Limit: maxObjects}
		}
		object, err := r.one(decoder)
		if err == nil {
			found = append(found, object)
		}
		return err
	})
	if err != nil && !errors.Is(err, r.none) {
		err = notTheContract(err)
	}
	return found, err
}

// notTheContract says why a response cannot be decoded, without the decoder's words about Go types.
func notTheContract(err error) error {
	var count *transport.CountError
	if errors.As(err, &count) {
		return count
	}
	var length *transport.LengthError
	if errors.As(err, &length) {
		return length
	}
	return errors.New("the answer is not the JSON that an Infisical server sends")
}

func isNothing(value []byte) bool { return len(value) == 0 || string(value) == "null" }

// list is a list with few elements in a response.
type list[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *list[T]) UnmarshalJSON(raw []byte) error {
	elements, err := transport.Elements[T](raw, 1000)
	*l = elements
	return err
}

// foreign is an explanation in a response, of whatever length, of which only Words are kept.
type foreign string

// members are those of a JSON object that are to be decoded, by name; others are skipped.
type members map[string]any

// UnmarshalJSON implements json.Unmarshaler.
func (m *members) UnmarshalJSON(raw []byte) error {
	if isNothing(raw) {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('{') {
		return errors.New("not an object")
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		var skipped json.RawMessage
		into, wanted := (*m)[fmt.Sprint(name)]
		if !wanted {
			into = &skipped
		}
		if err := decoder.Decode(into); err != nil {
			return err
		}
	}
	return nil
}
