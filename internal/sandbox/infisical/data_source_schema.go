package infisical

import (
	"encoding/json"
	"regexp"
	"strconv"
)

// number is z.number.
type number struct{}

func (number) parse(value any, path []any) parsed {
	n, ok := value.(json.Number)
	if !ok {
		return wrongType(path, "number", value)
	}
	if _, err := strconv.Atoi(n.String()); err != nil { // What is no integer fails at GitLab, or at the column.
		return wrongType(path, "number", value)
	}
	return parsed{value: n}
}

// includedProjects are 1 to 100 paths of projects, or "*".
type includedProjects struct{}

var includedProject = regexp.MustCompile(`^[a-zA-Z0-9._-]+(?:/[a-zA-Z0-9._-]+)+$`)

func (includedProjects) parse(value any, path []any) parsed {
	const most, longest = 100, 256
	list, ok := value.([]any)
	if !ok {
		return wrongType(path, "array", value)
	}
	p := parsed{value: list}
	add := func(at []any, fields issue) {
		fields["path"] = orEmpty(at)
		p.issues = append(p.issues, fields)
	}
	if len(list) == 0 {
		add(path, issue{"code": "too_small", "minimum": 1, "type": "array", "inclusive": true, "exact": false, "message": "One or more projects required"})
	}
	if len(list) > most {
		add(path, issue{"code": "too_big", "maximum": most, "type": "array", "inclusive": true, "exact": false,
			"message": "Cannot configure more than 100 projects"})
	}
	for n, entry := range list {
		at := append(append([]any{}, path...), n)
		one := text{max: longest, maxMessage: "String must contain at most 256 character(s)"}.parse(entry, at)
		p.issues, p.aborted = append(p.issues, one.issues...), p.aborted || one.aborted
		if name, isText := entry.(string); isText && name != "*" && !includedProject.MatchString(name) {
			add(at, issue{"code": "custom", "message": "Invalid project name format"})
		}
	}
	return p
}

// The schemas of data sources: backend/src/ee/services/secret-scanning-v2/gitlab/gitlab-secret-scanning-schemas.ts of
// Infisical.
var (
	shownName              = optional{text{max: 256, maxMessage: "String must contain at most 256 character(s)"}}
	dataSourceConfigSchema = byScope{
		"project": {{"scope", oneOf{"project"}}, {"projectId", number{}}, {"projectName", shownName}},
		"group": {{"scope", oneOf{"group"}}, {"groupId", number{}}, {"groupName", shownName},
			{"includeProjects", optional{includedProjects{}}}},
	}

	createDataSourceSchema = object{
		{"name", slug("name")},
		descriptionField,
		{"connectionId", identifier{}},
		{"isAutoScanEnabled", optional{boolean{}}},
		{"config", dataSourceConfigSchema},
	}
	updateDataSourceSchema = object{
		{"name", optional{slug("name")}},
		descriptionField,
		{"isAutoScanEnabled", optional{boolean{}}},
		{"config", optional{dataSourceConfigSchema}},
	}
)
