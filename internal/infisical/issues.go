package infisical

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Issue is one field of a request that the server refused, as its schema validation (Zod) names it.
type Issue struct {
	// Path leads to the field, such as ["credentials", "instanceUrl"]; empty for the whole request.
	Path    []transport.Words
	Message transport.Words
}

// Field is where the path leads to, with dots, such as credentials.instanceUrl.
func (i Issue) Field() transport.Words {
	var field transport.Words
	for n, step := range i.Path {
		if n > 0 {
			field += "."
		}
		field += step
	}
	return field
}

// Words are the issue in one phrase.
func (i Issue) Words() transport.Words {
	if len(i.Path) == 0 {
		return i.Message
	}
	return i.Field() + ": " + i.Message
}

func (i Issue) String() string { return string(i.Words()) }

const (
	// maxIssues is how many issues of an answer are shown; a person fixes the first few and tries again.
	maxIssues = 20
	// maxPath is far deeper than any field of a request.
	maxPath = 8
	// maxUnions is how deep unions of unions are looked into.
	maxUnions = 4
)

// zodIssue is an issue on the wire; unions nest the issues of each member.
type zodIssue struct {
	Path        json.RawMessage `json:"path"`
	Message     foreign         `json:"message"`
	UnionErrors json.RawMessage `json:"unionErrors"`
}

// issues reads a list of issues: the first of them, and how many more there are. None when it is not such a list.
func (c *Client) issues(list []byte) ([]Issue, int) {
	reader := issueReader{secrets: c.config.HTTP.Secrets}
	if len(list) == 0 || list[0] != '[' || reader.read(list, maxUnions) != nil || len(reader.found) == 0 {
		return nil, 0
	}
	return reader.found, reader.seen - len(reader.found)
}

// issueReader decodes one issue at a time, and only what it keeps.
type issueReader struct {
	secrets *transport.Secrets
	found   []Issue
	seen    int
}

// read keeps the member of a union that matches best: the first, which is the access token's.
func (r *issueReader) read(list []byte, unions int) error {
	return transport.EachElement(list, func(decoder *json.Decoder) error {
		var issue zodIssue
		if err := decoder.Decode(&issue); err != nil {
			return err
		}
		before := r.seen
		if member := firstMember(issue.UnionErrors); member != nil && unions > 0 {
			if err := r.read(member, unions-1); err != nil {
				return err
			}
		}
		if r.seen == before { // It is not a union, or an empty one.
			return r.add(issue)
		}
		return nil
	})
}

func (r *issueReader) add(issue zodIssue) error {
	r.seen++
	if len(r.found) == maxIssues {
		return nil
	}
	path, err := r.path(issue.Path)
	r.found = append(r.found, Issue{Path: path, Message: r.secrets.Words(string(issue.Message), transport.MessageLimit)})
	return err
}

// errEnough ends the reading of a list before its end.
var errEnough = errors.New("enough")

// path leads through objects by name and through lists by number.
func (r *issueReader) path(raw []byte) ([]transport.Words, error) {
	path := []transport.Words{}
	if isNothing(raw) {
		return path, nil
	}
	err := transport.EachElement(raw, func(decoder *json.Decoder) error {
		if len(path) == maxPath {
			return errEnough
		}
		var step any
		if err := decoder.Decode(&step); err != nil {
			return err
		}
		path = append(path, r.secrets.Words(fmt.Sprint(step), transport.NameLimit))
		return nil
	})
	if errors.Is(err, errEnough) {
		return path, nil
	}
	return path, err
}

// firstMember is the list of issues of the first member of a union, nil when there is none.
func firstMember(unionErrors []byte) []byte {
	if isNothing(unionErrors) {
		return nil
	}
	var first struct {
		Issues json.RawMessage `json:"issues"`
	}
	err := transport.EachElement(unionErrors, func(decoder *json.Decoder) error {
		return errors.Join(decoder.Decode(&first), errEnough)
	})
	if !errors.Is(err, errEnough) || isNothing(first.Issues) {
		return nil
	}
	return first.Issues
}
