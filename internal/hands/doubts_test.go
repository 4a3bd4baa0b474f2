package hands_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

// finding is what a diagnostic is known by: of what it is, at which attribute, its title, and what its detail says.
type finding struct {
	ofConnection    bool
	attribute       string
	summary, detail string
}

// The titles of the errors that an apply may end with although its plan was green.
const (
	needsProviderToken = "Provider's GitLab token needed"
	needsID            = "Id of the GitLab target needed"
	notReplaced        = "Replacement cannot be created"
	wouldDelete        = "Secret sync would delete variables"
	notLookedUp        = "Could not look up the GitLab target"
	notUpdated         = "Could not update the GitLab secret sync"
	perhapsCreated     = "Could not tell whether the GitLab data source was created"
)

// doubt is what a plan says that it cannot know, and the errors that its apply may end with for that.
type doubt struct {
	said    finding
	excuses []finding
}

// mayDelete is how a plan says that variables go whose names it could not find out.
const mayDelete = `the (first|next) run may delete variables of .+ in .+, and which ones is not known`

var (
	withoutProviderToken = []finding{{ofConnection: true, attribute: "managed_access_token", summary: needsProviderToken}, {summary: notReplaced}}
	withoutID            = []finding{{attribute: "target", summary: needsID}, {attribute: "target", summary: notReplaced}}
)

var doubts = []doubt{
	{finding{true, "managed_access_token", needsProviderToken, `was not checked\. The apply will need it: `}, withoutProviderToken},
	{finding{false, "target", "GitLab target not checked", `If it is named by a path then, the apply needs a token to look up its id\.`}, withoutID},
	{finding{false, "target", "GitLab target not checked", `[Rr]eading the connection, which says what GitLab it is for, failed.*403`},
		[]finding{{attribute: "connection_id", summary: notLookedUp}}},
	{finding{false, "target", "GitLab target not checked", `If the token turns out to be the one that the connection has`}, withoutID},
	{finding{true, "access_token", "GitLab token has expired", ""}, []finding{{summary: perhapsCreated}}},
	{finding{false, "target", "GitLab target not checked", mayDelete}, []finding{{attribute: "variables", summary: wouldDelete}}},
	{finding{false, "variables", "Secret sync may delete variables", mayDelete}, []finding{{attribute: "variables", summary: wouldDelete}}},
}

// excuses are the errors that the apply may end with: those that the plan has spoken of, and those that no plan can
// know.
func (o outcome) excuses() []finding {
	var all []finding
	for _, doubt := range doubts {
		if o.warned(doubt.said) {
			all = append(all, doubt.excuses...)
		}
	}
	switch {
	case o.token != inPlanOnly:
	case o.makesToken():
		all = append(all, withoutProviderToken...)
	case o.looksUp():
		all = append(all, withoutID...)
	}
	if o.change == gone && o.unseen() {
		all = append(all, finding{summary: notUpdated, detail: "Could not find GitLab Sync"})
	}
	if o.connection == revoked && o.dead() {
		all = append(all, finding{summary: perhapsCreated})
	}
	if o.token == inPlanOnly && o.newConnection() && o.deletes() {
		all = append(all, finding{attribute: "variables", summary: wouldDelete})
	}
	return all
}

// unexcused is an error of the apply that nothing excuses; empty for none.
func (o outcome) unexcused() string {
	excuses := o.excuses()
	for address, said := range o.appliedOf {
		for _, one := range said {
			fits := func(f finding) bool { return f.is(address, one) }
			if one.Severity == tfprotov6.DiagnosticSeverityError && !slices.ContainsFunc(excuses, fits) {
				return fmt.Sprintf("%s: %s: %s", address, one.Summary, one.Detail)
			}
		}
	}
	return ""
}

// warned reports that the plan has said so, in a warning.
func (o outcome) warned(f finding) bool { return len(o.warnings(f)) > 0 }

func (o outcome) warnings(f finding) []*tfprotov6.Diagnostic {
	var all []*tfprotov6.Diagnostic
	for _, change := range o.plan.Changes {
		for _, one := range change.Diagnostics {
			if one.Severity == tfprotov6.DiagnosticSeverityWarning && f.is(change.Address, one) {
				all = append(all, one)
			}
		}
	}
	return all
}

// is compares an empty attribute with anything.
func (f finding) is(address string, one *tfprotov6.Diagnostic) bool {
	return f.ofConnection == (address == connectionAddress) && f.summary == one.Summary &&
		(f.attribute == "" || f.attribute == attributeOf(one)) && regexp.MustCompile(f.detail).MatchString(one.Detail)
}

// attributeOf is the first step to where a diagnostic points.
func attributeOf(one *tfprotov6.Diagnostic) string {
	if one.Attribute == nil || len(one.Attribute.Steps()) == 0 {
		return ""
	}
	name, _ := one.Attribute.Steps()[0].(tftypes.AttributeName)
	return string(name)
}

// errorsOf are the titles of errors.
func errorsOf(diags acctest.Diagnostics) []string {
	var all []string
	for _, one := range diags {
		if one.Severity == tfprotov6.DiagnosticSeverityError {
			all = append(all, one.Summary)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}

// titles are short for what was said.
func titles(diags acctest.Diagnostics) string {
	var all []string
	for _, one := range diags {
		all = append(all, strings.ToLower(one.Severity.String())+" "+one.Summary)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}
