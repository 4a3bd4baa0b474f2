package infisical

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// Infisical validates with Zod 3 and sends its issues as they are. The schemas below do the same: a field that is dirty
// (too short) still counts as parsed, one of a wrong type does not, and a union reports either the issues of its first
// dirty member or those of all. See https://zod.dev/v3 and https://zod.dev/error-handling?id=zodissue.

type issue map[string]any

// undefined is JavaScript's: a key that is not there.
type undefined struct{}

var absent = undefined{}

// A parsed value has issues when it is not valid. It is usable unless aborted.
type parsed struct {
	value   any
	issues  []issue
	aborted bool
}

// fields is the value of an object that is valid.
func (p parsed) fields() fields {
	members, _ := p.value.(fields)
	return members
}

// fields are the members of an object after validation.
type fields map[string]any

// text is a string member, "" when it is absent or null.
func (f fields) text(name string) string {
	s, _ := f[name].(string)
	return s
}

// object is an object member, nil when it is absent.
func (f fields) object(name string) fields {
	members, _ := f[name].(fields)
	return members
}

type schema interface {
	parse(value any, path []any) parsed
}

func fail(path []any, fields issue) parsed {
	fields["path"] = orEmpty(path)
	return parsed{issues: []issue{fields}, aborted: true}
}

func orEmpty(path []any) []any {
	if path == nil {
		return []any{}
	}
	return path
}

func at(path []any, key string) []any { return append(slices.Clone(path), key) }

func typeOf(value any) string {
	switch value.(type) {
	case undefined:
		return "undefined"
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case []any:
		return "array"
	default:
		return "object"
	}
}

func wrongType(path []any, expected string, value any) parsed {
	received := typeOf(value)
	message := "Required"
	if received != "undefined" {
		message = "Expected " + expected + ", received " + received
	}
	return fail(path, issue{"code": "invalid_type", "expected": expected, "received": received, "message": message})
}

// text is a string with checks, in the order of its fields.
type text struct {
	trim       bool
	min        int // characters; 0 is no minimum
	minMessage string
	max        int // 0 is no maximum
	maxMessage string
	url        string // message when it is no URL; "" is no check
	slug       string // message when it is no slug; "" is no check
}

func (t text) parse(value any, path []any) parsed {
	s, ok := value.(string)
	if !ok {
		return wrongType(path, "string", value)
	}
	if t.trim {
		s = strings.TrimFunc(s, isJavaScriptSpace)
	}
	p := parsed{value: s}
	length := len(utf16.Encode([]rune(s)))
	add := func(fields issue) {
		fields["path"] = orEmpty(path)
		p.issues = append(p.issues, fields)
	}
	if length < t.min {
		add(issue{"code": "too_small", "minimum": t.min, "type": "string", "inclusive": true, "exact": false, "message": t.minMessage})
	}
	if t.max > 0 && length > t.max {
		add(issue{"code": "too_big", "maximum": t.max, "type": "string", "inclusive": true, "exact": false, "message": t.maxMessage})
	}
	if t.url != "" && !isURL(s) {
		add(issue{"validation": "url", "code": "invalid_string", "message": t.url})
	}
	if t.slug != "" && s != "" && !slugPattern.MatchString(s) {
		add(issue{"code": "custom", "message": t.slug})
	}
	return p
}

func isJavaScriptSpace(r rune) bool {
	return strings.ContainsRune("\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff",
		r)
}

// slugPattern accepts what @sindresorhus/slugify leaves as it is.
var slugPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func slug(field string) text {
	return text{
		trim: true,
		min:  1, minMessage: field + " field must be at least 1 lowercase character",
		max: 64, maxMessage: field + " field must be at most 64 lowercase characters",
		slug: field + " field can only contain lowercase letters, numbers, and hyphens",
	}
}

var schemePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// isURL approximates `new URL(s)`: any scheme will do, but http and its like need a host that can be one.
func isURL(s string) bool {
	scheme := strings.ToLower(schemePattern.FindString(s))
	if scheme == "" {
		return false
	}
	if !slices.Contains([]string{"http:", "https:", "ws:", "wss:", "ftp:"}, scheme) {
		return true
	}
	rest := strings.TrimLeft(s[len(scheme):], `/\`)
	u, err := url.Parse(scheme + "//" + rest)
	if err != nil || u.Hostname() == "" || strings.ContainsAny(u.Hostname(), " <>^|%\\") {
		return false
	}
	port, err := strconv.Atoi(u.Port())
	return u.Port() == "" || err == nil && port <= 65535
}

// oneOf is an enumeration of strings.
type oneOf []string

func (o oneOf) expected() string { return "'" + strings.Join(o, "' | '") + "'" }

func (o oneOf) parse(value any, path []any) parsed {
	switch value.(type) {
	case string, json.Number: // z.nativeEnum also lets numbers through to the comparison
	default:
		return wrongType(path, o.expected(), value)
	}
	s, isText := value.(string)
	if !isText || !slices.Contains(o, s) {
		return fail(path, issue{
			"code": "invalid_enum_value", "options": []string(o), "received": value,
			"message": fmt.Sprintf("Invalid enum value. Expected %s, received '%v'", o.expected(), value),
		})
	}
	return parsed{value: s}
}

// date never passes: JSON has no dates, and the stored form of OAuth credentials asks for one.
type date struct{}

func (date) parse(value any, path []any) parsed { return wrongType(path, "date", value) }

type optional struct{ schema }

func (o optional) parse(value any, path []any) parsed {
	if value == absent {
		return parsed{value: absent}
	}
	return o.schema.parse(value, path)
}

type nullable struct{ schema }

func (n nullable) parse(value any, path []any) parsed {
	if value == nil {
		return parsed{}
	}
	return n.schema.parse(value, path)
}

// unsupportedMessage is what fields that other apps have say on a GitLab connection.
const unsupportedMessage = "Not supported for GitLab Connections"

// only accepts nothing but one value: undefined or null, as z.undefined and z.null.
type only struct{ want any }

func (o only) parse(value any, path []any) parsed {
	if value == o.want {
		return parsed{value: value}
	}
	return fail(path, issue{"code": "invalid_type", "expected": typeOf(o.want), "received": typeOf(value), "message": unsupportedMessage})
}

// onlyFalse is z.literal(false).
type onlyFalse struct{}

func (onlyFalse) parse(value any, path []any) parsed {
	if value == false {
		return parsed{value: value}
	}
	return fail(path, issue{"code": "invalid_literal", "expected": false, "received": value, "message": unsupportedMessage})
}

type union []schema

func (u union) parse(value any, path []any) parsed {
	var dirty *parsed
	unionErrors := []any{}
	for _, member := range u {
		p := member.parse(value, path)
		if len(p.issues) == 0 {
			return p
		}
		if !p.aborted && dirty == nil {
			dirty = &p
		}
		unionErrors = append(unionErrors, map[string]any{"issues": p.issues, "name": "ZodError"})
	}
	if dirty != nil {
		return *dirty
	}
	return fail(path, issue{"code": "invalid_union", "unionErrors": unionErrors, "message": "Invalid input"})
}

type field struct {
	name   string
	schema schema
}

// object drops the keys it does not know.
type object []field

func (o object) parse(value any, path []any) parsed {
	members, ok := value.(map[string]any)
	if !ok {
		return wrongType(path, "object", value)
	}
	p := parsed{}
	known := fields{}
	for _, f := range o {
		member, given := members[f.name]
		if !given {
			member = absent
		}
		one := f.schema.parse(member, at(path, f.name))
		p.issues = append(p.issues, one.issues...)
		p.aborted = p.aborted || one.aborted
		if one.value != absent {
			known[f.name] = one.value
		}
	}
	p.value = known
	return p
}

// byMethod is the discriminated union of a create body.
type byMethod struct {
	methods []string
	schemas map[string]schema
}

func (b byMethod) parse(value any, path []any) parsed {
	members, ok := value.(map[string]any)
	if !ok {
		return wrongType(path, "object", value)
	}
	method, _ := members["method"].(string)
	if !slices.Contains(b.methods, method) {
		return fail(at(path, "method"), issue{
			"code": "invalid_union_discriminator", "options": b.methods,
			"message": "Invalid discriminator value. Expected " + oneOf(b.methods).expected(),
		})
	}
	return b.schemas[method].parse(value, path)
}

// both is z.intersection of two objects.
type both struct{ left, right schema }

func (b both) parse(value any, path []any) parsed {
	left, right := b.left.parse(value, path), b.right.parse(value, path)
	p := parsed{issues: append(left.issues, right.issues...), aborted: left.aborted || right.aborted}
	if p.aborted {
		return p
	}
	merged := fields{}
	maps.Copy(merged, left.fields())
	maps.Copy(merged, right.fields())
	p.value = merged
	return p
}

// The schemas of GitLab connections: backend/src/services/app-connection/gitlab/gitlab-connection-schemas.ts of
// Infisical.
var (
	instanceURLField = field{"instanceUrl", optional{text{trim: true, url: "Invalid Instance URL"}}}

	accessTokenCredentials = object{
		{"accessToken", text{trim: true, min: 1, minMessage: "Access Token required"}},
		instanceURLField,
		{"accessTokenType", oneOf{"project", "personal", "group"}},
	}
	oauthCodeCredentials = object{
		{"code", text{trim: true, min: 1, minMessage: "OAuth code required"}},
		instanceURLField,
	}
	refreshTokenCredentials = object{
		{"refreshToken", text{trim: true, min: 1, minMessage: "Refresh token required"}},
		instanceURLField,
	}
	storedOAuthCredentials = object{
		{"accessToken", text{}},
		{"refreshToken", text{}},
		{"expiresAt", date{}},
		{"tokenType", optional{text{}}},
		{"createdAt", optional{text{}}},
		instanceURLField,
	}

	notForGitLab  = union{only{absent}, only{nil}}
	genericFields = object{
		{"isPlatformManagedCredentials", optional{onlyFalse{}}},
		{"gatewayId", notForGitLab},
		{"isAutoRotationEnabled", optional{onlyFalse{}}},
		{"rotation", notForGitLab},
	}
	descriptionField = field{"description", optional{nullable{text{
		trim: true, max: 256, maxMessage: "Description cannot exceed 256 characters",
	}}}}

	updateSchema = append(object{
		{"credentials", optional{union{
			accessTokenCredentials, storedOAuthCredentials, refreshTokenCredentials, oauthCodeCredentials,
		}}},
		{"name", optional{slug("name")}},
		descriptionField,
	}, genericFields...)
)

// createSchema is for a server that knows these methods.
func createSchema(known []string) schema {
	methods := slices.DeleteFunc([]string{methodAccessToken, methodOAuth}, func(m string) bool { return !slices.Contains(known, m) })
	return both{
		left: byMethod{
			methods: methods,
			schemas: map[string]schema{
				methodAccessToken: object{{"method", oneOf(methods)}, {"credentials", accessTokenCredentials}},
				methodOAuth: object{{"method", oneOf(methods)}, {"credentials", union{
					oauthCodeCredentials, refreshTokenCredentials, storedOAuthCredentials,
				}}},
			},
		},
		right: append(object{
			{"name", slug("name")},
			descriptionField,
			{"projectId", optional{text{}}},
		}, genericFields...),
	}
}

// boolean is z.boolean.
type boolean struct{}

func (boolean) parse(value any, path []any) parsed {
	if is, ok := value.(bool); ok {
		return parsed{value: is}
	}
	return wrongType(path, "boolean", value)
}

// identifier is z.string().uuid().
type identifier struct{}

func (identifier) parse(value any, path []any) parsed {
	p := text{}.parse(value, path)
	if id, ok := value.(string); ok && !server.UUIDPattern.MatchString(id) {
		p.issues = append(p.issues, issue{"validation": "uuid", "code": "invalid_string", "message": "Invalid uuid", "path": orEmpty(path)})
	}
	return p
}

// anything is z.any().
type anything struct{}

func (anything) parse(value any, _ []any) parsed { return parsed{value: value} }

// overwriteDestination is the one initial behavior that a sync to GitLab can have.
const overwriteDestination = "overwrite-destination"

// keySchema checks as backend/src/services/secret-sync/secret-sync-schemas.ts does, which says "exactly one" and
// accepts several.
type keySchema struct{}

var keySchemaText = regexp.MustCompile(`^[a-zA-Z0-9_/-]*$`)

func (keySchema) parse(value any, path []any) parsed {
	const longest = 255
	p := text{trim: true, max: longest, maxMessage: "String must contain at most 255 character(s)"}.parse(value, path)
	schema, ok := p.value.(string)
	rest := strings.NewReplacer("{{secretKey}}", "", "{{environment}}", "").Replace(schema)
	if ok && schema != "" && (!strings.Contains(schema, "{{secretKey}}") || !keySchemaText.MatchString(rest)) {
		p.issues = append(p.issues, issue{"code": "custom", "path": orEmpty(path),
			"message": "Key schema must include exactly one {{secretKey}} placeholder. " +
				"It can also include {{environment}} placeholders. Only alphanumeric characters (a-z, A-Z, 0-9), dashes (-), underscores (_), and slashes (/) " +
				"are allowed besides the placeholders."})
	}
	return p
}

// byScope is the discriminated union of a destinationConfig.
type byScope map[string]object

func (b byScope) parse(value any, path []any) parsed {
	members, ok := value.(map[string]any)
	if !ok {
		return wrongType(path, "object", value)
	}
	scope, _ := members["scope"].(string)
	if b[scope] == nil {
		return fail(at(path, "scope"), issue{
			"code": "invalid_union_discriminator", "options": []string{"project", "group"},
			"message": "Invalid discriminator value. Expected 'project' | 'group'",
		})
	}
	return b[scope].parse(value, path)
}

func destinationSchema(scope, title string) object {
	return object{
		{"scope", oneOf{scope}},
		{scope + "Id", text{min: 1, minMessage: title + " ID is required"}},
		{scope + "Name", text{min: 1, minMessage: title + " name is required"}},
		{"targetEnvironment", optional{text{}}},
		{"shouldProtectSecrets", optional{boolean{}}},
		{"shouldMaskSecrets", optional{boolean{}}},
		{"shouldHideSecrets", optional{boolean{}}},
	}
}

// The schemas of Secret Syncs to GitLab: backend/src/services/secret-sync/gitlab/gitlab-sync-schemas.ts of Infisical.
var (
	syncOptionsSchema = object{
		{"initialSyncBehavior", oneOf{overwriteDestination}},
		{"keySchema", optional{keySchema{}}},
		{"disableSecretDeletion", optional{boolean{}}},
	}
	syncDestinationSchema = byScope{"project": destinationSchema("project", "Project"), "group": destinationSchema("group", "Group")}
	environmentSlug       = slug("environment")

	createSyncSchema = object{
		{"name", syncName()},
		{"projectId", text{trim: true, min: 1, minMessage: "Project ID required"}},
		descriptionField,
		{"connectionId", identifier{}},
		{"environment", environmentSlug},
		{"secretPath", text{trim: true, min: 1, minMessage: "Secret path required"}},
		{"isAutoSyncEnabled", optional{boolean{}}},
		{"syncOptions", syncOptionsSchema},
		{"destinationConfig", syncDestinationSchema},
	}
	updateSyncSchema = object{
		{"name", optional{syncName()}},
		{"connectionId", optional{identifier{}}},
		descriptionField,
		{"environment", optional{environmentSlug}},
		{"secretPath", optional{text{trim: true, min: 1, minMessage: "Invalid secret path"}}},
		{"isAutoSyncEnabled", optional{boolean{}}},
		{"syncOptions", optional{syncOptionsSchema}},
		{"destinationConfig", optional{syncDestinationSchema}},
	}
	checkDestinationSchema = object{
		{"destinationConfig", anything{}},
		{"projectId", identifier{}},
		{"excludeSyncId", optional{identifier{}}},
		{"connectionId", optional{identifier{}}},
	}
)

// syncName is a slug that may be longer than the name of a connection.
func syncName() text {
	name := slug("name")
	name.max, name.maxMessage = 256, "name field must be at most 256 lowercase characters"
	return name
}
