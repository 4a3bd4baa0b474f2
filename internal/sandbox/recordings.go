package sandbox

import (
	_ "embed"
	"encoding/json"
)

// A Recording is one exchange recorded with a real server. Secrets, and hosts, were replaced in it.
type Recording struct {
	Name    string `json:"name"`
	Request struct {
		Method string `json:"method"`
		Path   string `json:"path"`
		Body   any    `json:"body"`
	} `json:"request"`
	Response struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    any               `json:"body"`
	} `json:"response"`
}

//go:embed testdata/wire-samples.json
var recordings []byte

// Recordings are what the sandbox is held to.
func Recordings() ([]Recording, error) {
	var all []Recording
	err := json.Unmarshal(recordings, &all)
	return all, err
}
