package provider

import (
	"context"
	"iter"
	"reflect"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// speaking makes a call, and makes what is said in the response fit to be shown: a name in a diagnostic may be what a
// server or another person has chosen, and state holds it as it is.
func speaking[Request, Response any](ctx context.Context, s server, req Request, call func(context.Context, Request) (Response, error)) (Response, error) {
	resp, err := call(ctx, req)
	if said, ok := diagnosticsOf(resp); ok {
		s.show(said)
	}
	return resp, err
}

// diagnosticsOf finds the diagnostics of a response.
func diagnosticsOf(resp any) ([]*tfprotov6.Diagnostic, bool) {
	value := reflect.ValueOf(resp)
	if value.Kind() != reflect.Pointer || value.IsNil() {
		return nil, false
	}
	field := value.Elem().FieldByName("Diagnostics")
	if !field.IsValid() {
		return nil, false
	}
	said, ok := field.Interface().([]*tfprotov6.Diagnostic)
	return said, ok
}

func (s server) show(said []*tfprotov6.Diagnostic) {
	for _, diagnostic := range said {
		for _, text := range []*string{&diagnostic.Summary, &diagnostic.Detail} {
			*text = s.secrets.Lines(*text)
		}
	}
}

func (s server) ValidateProviderConfig(ctx context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return speaking(ctx, s, req, s.protocol.ValidateProviderConfig)
}

func (s server) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return speaking(ctx, s, req, s.protocol.ConfigureProvider)
}

func (s server) ValidateListResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateListResourceConfigRequest,
) (*tfprotov6.ValidateListResourceConfigResponse, error) {
	return speaking(ctx, s, req, s.protocol.ValidateListResourceConfig)
}

// ListResource shows the names of what it lists, too. They are for people; state has them in the resource.
func (s server) ListResource(ctx context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	stream, err := s.protocol.ListResource(ctx, req)
	if stream != nil && stream.Results != nil {
		stream.Results = each(stream.Results, func(result tfprotov6.ListResourceResult) tfprotov6.ListResourceResult {
			result.DisplayName = string(s.secrets.Words(result.DisplayName, transport.NameLimit))
			s.show(result.Diagnostics)
			return result
		})
	}
	return stream, err
}

func (s server) GenerateResourceConfig(ctx context.Context, req *tfprotov6.GenerateResourceConfigRequest) (*tfprotov6.GenerateResourceConfigResponse, error) {
	return speaking(ctx, s, req, s.protocol.GenerateResourceConfig)
}

func (s server) ValidateActionConfig(ctx context.Context, req *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	return speaking(ctx, s, req, s.protocol.ValidateActionConfig)
}

func (s server) PlanAction(ctx context.Context, req *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	return speaking(ctx, s, req, s.protocol.PlanAction)
}

func (s server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	stream, err := s.protocol.InvokeAction(ctx, req)
	if stream != nil && stream.Events != nil {
		stream.Events = each(stream.Events, s.showEvent)
	}
	return stream, err
}

func (s server) showEvent(event tfprotov6.InvokeActionEvent) tfprotov6.InvokeActionEvent {
	switch told := event.Type.(type) {
	case tfprotov6.ProgressInvokeActionEventType:
		told.Message = s.secrets.Lines(told.Message)
		event.Type = told
	case tfprotov6.CompletedInvokeActionEventType:
		s.show(told.Diagnostics)
	}
	return event
}

func each[Element any](elements iter.Seq[Element], change func(Element) Element) iter.Seq[Element] {
	return func(yield func(Element) bool) {
		for element := range elements {
			if !yield(change(element)) {
				return
			}
		}
	}
}
