package hostile

import (
	"reflect"
	"strings"
)

// Words are the texts in a result that are made to be shown: those of a type of that name. The others are what objects
// are, which stays as the server has it.
func Words(result any) string {
	var found []string
	collectWords(reflect.ValueOf(result), &found)
	return strings.Join(found, "\n")
}

func collectWords(value reflect.Value, found *[]string) {
	switch value.Kind() {
	case reflect.String:
		if value.Type().Name() == "Words" {
			*found = append(*found, value.String())
		}
	case reflect.Pointer, reflect.Interface:
		if !value.IsNil() {
			collectWords(value.Elem(), found)
		}
	case reflect.Struct:
		for i := range value.NumField() {
			collectWords(value.Field(i), found)
		}
	case reflect.Slice, reflect.Array:
		for i := range value.Len() {
			collectWords(value.Index(i), found)
		}
	case reflect.Map:
		for _, key := range value.MapKeys() {
			collectWords(value.MapIndex(key), found)
		}
	default:
	}
}

// Unknown are credentials that a client has never seen, as servers quote them when something of theirs fails, by name:
// what is quoted, and the part of it that must not be shown. https://github.com/Infisical/infisical/issues/4555
func Unknown() map[string]struct{ Text, Secret string } {
	const token, jwt = "Vb6Rk8WsXy7Qa2Lm9Tn4", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6IjEyMyIsIm9yZ0lkIjoiNDU2In0.s5c-VtQ2ZbYkqk1R0yXg8mH3nJ7pLwD4uTfEoAaBcI"
	return map[string]struct{ Text, Secret string }{
		"clone":             {"Command failed: git clone https://oauth2:glpat-" + token + "@gitlab.example.com/acme/app.git", token},
		"instance's prefix": {"Invalid token SIE-glpat-" + token + ".01.0w1b2c3d4", token},
		"own token prefix":  {"fatal: Authentication failed for 'https://oauth2:acme-" + token + "@gitlab.example.com/acme/app.git/'", token},
		"routable":          {"PRIVATE-TOKEN: glpat-" + strings.Repeat(token, 14) + ".01.0w1b2c3d4", token},
		"job token":         {"gitlab-ci-token:glcbt-64_" + token, token},
		"JWT":               {"Authorization: Bearer " + jwt, jwt[40:]},
	}
}
