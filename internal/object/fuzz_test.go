package object

import (
	"net/url"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
)

// Whatever stands after `terraform import`: what is taken leads to one resource of the API, and nowhere else.
func FuzzParseImportID(f *testing.F) {
	for _, seed := range []string{
		attribute.ExampleID, strings.ToUpper(attribute.ExampleID), "{" + attribute.ExampleID + "}", "urn:uuid:" + attribute.ExampleID,
		"name/platform", attribute.ExampleID + "/name/platform",
		"name/name/platform", "name/", "name/..", "../name/x", "name/a/name/b", "name/\x1b[2J", "name/a?projectId=x", "NAME/x", "a b/name/c", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, withoutProject := range []bool{true, false} {
			wanted, ok := parseImportID(text, withoutProject)
			if !ok {
				continue
			}
			if (wanted.ID == "") == (wanted.Name == "") || wanted.ID != "" && wanted.ProjectID != "" ||
				!withoutProject && wanted.ID == "" && wanted.ProjectID == "" {
				t.Errorf("%q is taken for %+v", text, wanted)
			}
			for _, part := range []string{wanted.ID, wanted.Name, wanted.ProjectID} {
				if url.PathEscape(part) != part || url.QueryEscape(part) != part || strings.Trim(part, ".") != part {
					t.Errorf("%q is taken for %+v", text, wanted)
				}
			}
		}
	})
}
