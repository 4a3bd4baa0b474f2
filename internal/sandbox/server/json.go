package server

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
)

var errTrailingData = errors.New("data after the JSON value")

// DecodeJSON reads one JSON value, with numbers as they stand.
func DecodeJSON(body []byte) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errTrailingData
	}
	return value, nil
}

// JSONTime is a time as both servers' JSON has it.
func JSONTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
