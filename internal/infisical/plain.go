package infisical

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// plain writes the JSON that a server's text is, or ends with, as a phrase: Infisical quotes GitLab's answers as they
// came, as in `Bad Request. Cause: {"value":["is invalid"]}`, which becomes "Bad Request. Cause: value is invalid".
func plain(text string) string { return new(answerReader).text(text) }

// An answerReader writes values of JSON as phrases, and keeps the name of a variable that they are about.
type answerReader struct{ variable string }

// spokenFirst are the members of an answer that speak for themselves, in this order. The names of others are said, too:
// of a record that GitLab does not take, they are its attributes.
var spokenFirst = []string{"message", "error", "error_description", "errors", "reason", "detail", "details", "base"}

// variableMember is the member by which Infisical names the variable at which a run failed.
const variableMember = "secretKey"

func (r *answerReader) text(text string) string {
	before, value, ends := cutJSON(text)
	if !ends {
		return text
	}
	return strings.TrimSpace(before + r.phrase(value))
}

func (r *answerReader) phrase(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return r.text(value)
	case []any:
		parts := make([]string, len(value))
		for i, part := range value {
			parts[i] = r.phrase(part)
		}
		return joined(parts, ", ")
	case map[string]any:
		return r.members(value)
	default:
		return fmt.Sprint(value)
	}
}

// members are what an object says, and in parentheses what else it holds.
func (r *answerReader) members(object map[string]any) string {
	var spoken, others []string
	for _, name := range spokenFirst {
		if said := r.phrase(object[name]); !slices.Contains(spoken, said) {
			spoken = append(spoken, said)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		variable, isText := object[name].(string)
		switch {
		case slices.Contains(spokenFirst, name):
		case name == variableMember && isText:
			if r.variable == "" {
				r.variable = variable
			}
		default:
			if said := r.phrase(object[name]); said != "" {
				others = append(others, name+" "+said)
			}
		}
	}
	said, rest := joined(spoken, ": "), joined(others, ", ")
	if said == "" || rest == "" {
		return said + rest
	}
	return said + " (" + rest + ")"
}

func joined(parts []string, separator string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), separator)
}

// cutJSON splits a text before the JSON that it ends with. That is an object, or a list of objects or texts: other
// values stand in sentences, too.
func cutJSON(text string) (before string, value any, ok bool) {
	const starts = 4 // Further on there would be no sentence.
	for n, at := 0, 0; n < starts; n++ {
		next := strings.IndexAny(text[at:], "{[")
		if next < 0 {
			break
		}
		at += next
		if value, ok = readJSON(text[at:]); ok {
			return text[:at], value, true
		}
		at++
	}
	return "", nil, false
}

func readJSON(text string) (value any, ok bool) {
	if text[0] == '[' && !strings.HasPrefix(text, `["`) && !strings.HasPrefix(text, "[{") {
		return nil, false
	}
	for _, whole := range endings(text) {
		decoder := json.NewDecoder(strings.NewReader(whole))
		decoder.UseNumber()
		if json.Valid([]byte(whole)) && decoder.Decode(&value) == nil {
			return value, true
		}
	}
	return nil, false
}

// endings are what a text may have been before the server cut it at 1024 characters: as it is, and with what was open
// there closed.
func endings(text string) []string {
	const cut = "..."
	whole := []string{text}
	kept, wasCut := strings.CutSuffix(text, cut)
	if !wasCut {
		return whole
	}
	open, inString, escapes := openAt(kept)
	if !inString {
		kept = strings.TrimRight(kept, ", :")
		return append(whole, kept+open, kept+":null"+open)
	}
	kept = kept[:len(kept)-escapes]
	return append(whole, kept+cut+`"`+open, kept+cut+`":null`+open)
}

// openAt returns what closes the objects and lists that are open at the end of a text, whether a string is open there,
// and how many bytes of an escape that string ends with.
func openAt(text string) (closing string, inString bool, escape int) {
	var open []byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			length := 2
			if i+1 < len(text) && text[i+1] == 'u' {
				length = len(`\u0000`)
			}
			if i+length > len(text) {
				return reversed(open), true, len(text) - i
			}
			i += length - 1
		case c == '"':
			inString = !inString
		case inString:
		case c == '{':
			open = append(open, '}')
		case c == '[':
			open = append(open, ']')
		case (c == '}' || c == ']') && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	return reversed(open), inString, 0
}

func reversed(open []byte) string {
	slices.Reverse(open)
	return string(open)
}
