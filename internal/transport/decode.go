package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// EachElement calls decode for every element of a JSON array, which decode must read from the decoder it is given. A
// server decides how many elements there are, and a few bytes of each can become hundreds in memory: what is not needed
// should not be decoded.
func EachElement(array []byte, decode func(*json.Decoder) error) error {
	decoder := json.NewDecoder(bytes.NewReader(array))
	opening, err := decoder.Token()
	if err != nil {
		return err
	}
	if opening != json.Delim('[') {
		return errors.New("not an array")
	}
	for decoder.More() {
		if err := decode(decoder); err != nil {
			return err
		}
	}
	_, err = decoder.Token()
	return err
}

// Elements decodes a JSON array of at most limit elements; null is none.
func Elements[T any](array []byte, limit int) ([]T, error) {
	if len(array) == 0 || string(array) == "null" {
		return nil, nil
	}
	var elements []T
	err := EachElement(array, func(decoder *json.Decoder) error {
		if len(elements) == limit {
			return &CountError{Limit: limit}
		}
		var element T
		if err := decoder.Decode(&element); err != nil {
			return err
		}
		elements = append(elements, element)
		return nil
	})
	return elements, err
}

// CountError is a list longer than any genuine one.
type CountError struct{ Limit int }

func (e *CountError) Error() string {
	return fmt.Sprintf("the list in the response has more than %d elements", e.Limit)
}
