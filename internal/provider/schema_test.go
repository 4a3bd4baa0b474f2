package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	ours "github.com/infisical-community/terraform-provider-infisical/internal/provider"
)

// maxWords are those of an attribute's description.
const maxWords = 60

// Everything that users may write or read is described, in Markdown, for the generated pages.
func TestSchema_isDescribed(t *testing.T) {
	t.Parallel()
	offered := offered(t)
	described(t, "provider", offered.Provider)
	for name, schema := range offered.ResourceSchemas {
		described(t, "resource "+name, schema)
	}
	for name, schema := range offered.DataSourceSchemas {
		described(t, "data source "+name, schema)
	}
	for name, schema := range offered.ListResourceSchemas {
		described(t, "list resource "+name, schema)
	}
	for name, schema := range offered.ActionSchemas {
		described(t, "action "+name, schema.Schema)
	}
	for name, function := range offered.Functions {
		if function.Summary == "" || function.Description == "" || function.DescriptionKind != tfprotov6.StringKindMarkdown {
			t.Errorf("function %s: no summary or no description in Markdown", name)
		}
		for _, parameter := range function.Parameters {
			if parameter.Description == "" || parameter.DescriptionKind != tfprotov6.StringKindMarkdown {
				t.Errorf("function %s: parameter %s is not described in Markdown", name, parameter.Name)
			}
		}
	}
	if len(offered.ResourceSchemas) == 0 || len(offered.DataSourceSchemas) == 0 {
		t.Error("nothing is offered")
	}
}

func offered(t *testing.T) *tfprotov6.GetProviderSchemaResponse {
	t.Helper()
	server, err := providerserver.NewProtocol6WithError(ours.New("test", environment(nil))())()
	if err != nil {
		t.Fatal(err)
	}
	offered, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range offered.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	return offered
}

// State holds no secret, because no attribute that state keeps is one.
func TestSchema_keepsNoSecret(t *testing.T) {
	t.Parallel()
	offered := offered(t)
	writeOnly := 0
	var look func(where string, attributes []*tfprotov6.SchemaAttribute)
	look = func(where string, attributes []*tfprotov6.SchemaAttribute) {
		for _, attribute := range attributes {
			if attribute.Sensitive && !attribute.WriteOnly {
				t.Errorf("%s.%s is sensitive, and state keeps it", where, attribute.Name)
			}
			if attribute.WriteOnly {
				writeOnly++
			}
			if attribute.NestedType != nil {
				look(where+"."+attribute.Name, attribute.NestedType.Attributes)
			}
		}
	}
	for name, schema := range offered.ResourceSchemas {
		look("resource "+name, schema.Block.Attributes)
	}
	for name, schema := range offered.DataSourceSchemas {
		look("data source "+name, schema.Block.Attributes)
	}
	if writeOnly == 0 {
		t.Error("nothing is write-only")
	}
}

func described(t *testing.T, what string, schema *tfprotov6.Schema) {
	t.Helper()
	if schema.Block.Description == "" || schema.Block.DescriptionKind != tfprotov6.StringKindMarkdown {
		t.Errorf("%s is not described in Markdown", what)
	}
	describedAttributes(t, what, schema.Block.Attributes)
	if len(schema.Block.BlockTypes) > 0 {
		t.Errorf("%s has blocks, which this test does not look into", what)
	}
}

func describedAttributes(t *testing.T, where string, attributes []*tfprotov6.SchemaAttribute) {
	t.Helper()
	for _, attribute := range attributes {
		what := where + "." + attribute.Name
		if attribute.Description == "" || attribute.DescriptionKind != tfprotov6.StringKindMarkdown {
			t.Errorf("%s is not described in Markdown", what)
		}
		if words := len(strings.Fields(attribute.Description)); words > maxWords {
			t.Errorf("%s is described in %d words, want at most %d: the rest goes into a guide", what, words, maxWords)
		}
		if attribute.NestedType != nil {
			describedAttributes(t, what, attribute.NestedType.Attributes)
		}
	}
}

func TestSchema_isValid(t *testing.T) {
	t.Parallel()
	p := ours.New("test", environment(nil))()
	if diags := schemaOf(t, p).Schema.ValidateImplementation(t.Context()); diags.HasError() {
		t.Errorf("provider: %v", diags)
	}
	for _, construct := range p.Resources(t.Context()) {
		var schema resource.SchemaResponse
		construct().Schema(t.Context(), resource.SchemaRequest{}, &schema)
		if diags := schema.Schema.ValidateImplementation(t.Context()); diags.HasError() {
			t.Errorf("resource: %v", diags)
		}
	}
	for _, construct := range p.DataSources(t.Context()) {
		var schema datasource.SchemaResponse
		construct().Schema(t.Context(), datasource.SchemaRequest{}, &schema)
		if diags := schema.Schema.ValidateImplementation(t.Context()); diags.HasError() {
			t.Errorf("data source: %v", diags)
		}
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	var metadata provider.MetadataResponse
	ours.New("1.2.3", environment(nil))().Metadata(t.Context(), provider.MetadataRequest{}, &metadata)
	if metadata.TypeName != "infisical" || metadata.Version != "1.2.3" {
		t.Errorf("got %+v", metadata)
	}
}
