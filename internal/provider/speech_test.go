package provider

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/hostile"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

const spokenSecret = "glpat-Zk3x_VbQ9rT-2LmNpW8sJ4hU"

// outspoken says what a hostile server has named something.
type outspoken struct{ protocol }

func said() []*tfprotov6.Diagnostic {
	text := "The connection " + hostile.Obeyed + spokenSecret + "\nhas two lines."
	return []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: text, Detail: text}}
}

func (outspoken) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{Diagnostics: said()}, nil
}

func (outspoken) ReadResource(context.Context, *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{Diagnostics: said()}, nil
}

func (outspoken) CallFunction(context.Context, *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	return &tfprotov6.CallFunctionResponse{Error: &tfprotov6.FunctionError{Text: said()[0].Detail}}, nil
}

func (outspoken) ListResource(context.Context, *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	results := []tfprotov6.ListResourceResult{{DisplayName: said()[0].Detail, Diagnostics: said()}, {DisplayName: "platform"}}
	return &tfprotov6.ListResourceServerStream{Results: slices.Values(results)}, nil
}

func (outspoken) InvokeAction(context.Context, *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	return &tfprotov6.InvokeActionServerStream{Events: slices.Values([]tfprotov6.InvokeActionEvent{
		{Type: tfprotov6.ProgressInvokeActionEventType{Message: said()[0].Detail}},
		{Type: tfprotov6.CompletedInvokeActionEventType{Diagnostics: said()}},
	})}, nil
}

// Nothing that a terminal obeys, and no secret, leaves the provider in anything that it says.
func TestServer_speaksHarmlessly(t *testing.T) {
	t.Parallel()
	secrets := &transport.Secrets{}
	secrets.Remember(spokenSecret)
	s := server{outspoken{}, secrets}
	configured, _ := s.ConfigureProvider(t.Context(), nil)
	read, _ := s.ReadResource(t.Context(), nil)
	called, _ := s.CallFunction(t.Context(), nil)
	texts := []string{called.Error.Text}
	shown := slices.Concat(configured.Diagnostics, read.Diagnostics)
	listed, _ := s.ListResource(t.Context(), nil)
	for result := range listed.Results {
		texts = append(texts, result.DisplayName)
		shown = append(shown, result.Diagnostics...)
	}
	invoked, _ := s.InvokeAction(t.Context(), nil)
	for event := range invoked.Events {
		switch told := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			texts = append(texts, told.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			shown = append(shown, told.Diagnostics...)
		}
	}
	for _, diagnostic := range shown {
		texts = append(texts, diagnostic.Summary, diagnostic.Detail)
		if !strings.HasSuffix(diagnostic.Detail, "(hidden)\nhas two lines.") {
			t.Errorf("got %q", diagnostic.Detail)
		}
	}
	if len(texts) != 12 {
		t.Errorf("%d texts", len(texts))
	}
	for _, text := range texts {
		if hostile.ObeyedIn(text) != "" || hostile.Shown(text, spokenSecret) != "" {
			t.Errorf("got %q", text)
		}
	}
}

// Whatever call can bring diagnostics is one of those that make them fit to be shown. Ephemeral resources and state
// stores are not offered.
func TestServer_allCallsSpeakHarmlessly(t *testing.T) {
	t.Parallel()
	own := map[string]bool{}
	for _, file := range []string{"server.go", "speech.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range parsed.Decls {
			if function, ok := declared.(*ast.FuncDecl); ok && function.Recv != nil && fmt.Sprint(function.Recv.List[0].Type) == "server" {
				own[function.Name.Name] = true
			}
		}
	}
	calls, checked := reflect.TypeFor[protocol](), 0
	for n := range calls.NumMethod() {
		call := calls.Method(n)
		response := call.Type.Out(0)
		if response.Kind() == reflect.Interface || strings.Contains(call.Name, "Ephemeral") || strings.Contains(call.Name, "State") &&
			!strings.Contains(call.Name, "Resource") || strings.HasPrefix(call.Name, "Get") {
			continue
		}
		_, diagnostics := response.Elem().FieldByName("Diagnostics")
		stream := strings.HasSuffix(response.Elem().Name(), "Stream")
		if diagnostics || stream {
			checked++
			if !own[call.Name] {
				t.Errorf("%s says things as they are", call.Name)
			}
		}
	}
	if checked < 15 {
		t.Errorf("%d calls were found", checked)
	}
}
