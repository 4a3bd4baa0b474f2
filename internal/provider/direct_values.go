package provider

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
)

// decoded is false for a value that is missing or not of the type.
func decoded(value *tfprotov6.DynamicValue, of tftypes.Type) (tftypes.Value, bool) {
	if value == nil {
		return tftypes.Value{}, false
	}
	raw, err := value.Unmarshal(of)
	return raw, err == nil
}

// encoded is a value for the protocol: what was sent, where the resource has set none.
func encoded(of tftypes.Type, set tftypes.Value, sent *tfprotov6.DynamicValue) (*tfprotov6.DynamicValue, error) {
	if set.Type() == nil {
		return sent, nil
	}
	encoded, err := tfprotov6.NewDynamicValue(of, set)
	return &encoded, err
}

// identity is null when CLIs that know no identities, those before Terraform 1.12, send none.
func (r *directResource) identity(sent *tfprotov6.ResourceIdentityData) (*tfsdk.ResourceIdentity, bool) {
	if sent == nil {
		return &tfsdk.ResourceIdentity{Raw: tftypes.NewValue(r.identityType, nil), Schema: r.identitySchema}, true
	}
	raw, ok := decoded(sent.IdentityData, r.identityType)
	return &tfsdk.ResourceIdentity{Raw: raw, Schema: r.identitySchema}, ok
}

func (r *directResource) encodedIdentity(of *tfsdk.ResourceIdentity) (*tfprotov6.ResourceIdentityData, error) {
	data, err := tfprotov6.NewDynamicValue(r.identityType, of.Raw)
	return &tfprotov6.ResourceIdentityData{IdentityData: &data}, err
}

func copied(of *tfsdk.ResourceIdentity) *tfsdk.ResourceIdentity {
	another := *of
	return &another
}

// privateKeys are those under which the resources keep something in private state.
var privateKeys = []string{"awaits_managed_token", "exists", "infisical", "last_write", "managed_tokens", "replacement", "source_gone"}

// privateState is the framework's private state, whose type is not exported.
type privateState[State any] interface {
	*State
	attribute.PrivateWriter
}

// recalled decodes private state into a new one of the type of none. It is false for one that holds what the framework
// keeps for itself, as after an import.
func recalled[P privateState[State], State any](ctx context.Context, none P, sent []byte) (P, bool) {
	recalled := P(new(State))
	kept := map[string][]byte{}
	if len(sent) > 0 && json.Unmarshal(sent, &kept) != nil {
		return none, false
	}
	for key, value := range kept {
		if !slices.Contains(privateKeys, key) || recalled.SetKey(ctx, key, value).HasError() {
			return none, false
		}
	}
	return recalled, true
}

// remembered encodes private state as the framework does; nil when it is empty.
// https://github.com/hashicorp/terraform-plugin-framework/blob/v1.19.0/internal/privatestate/data.go (Bytes).
func remembered(ctx context.Context, private attribute.PrivateReader) ([]byte, error) {
	kept := map[string][]byte{}
	for _, key := range privateKeys {
		if value, _ := private.GetKey(ctx, key); len(value) > 0 {
			kept[key] = value
		}
	}
	if len(kept) == 0 {
		return nil, nil
	}
	return json.Marshal(kept)
}

func shown(ctx context.Context, diagnostics diag.Diagnostics) []*tfprotov6.Diagnostic {
	var all []*tfprotov6.Diagnostic
	for _, of := range diagnostics {
		one := &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityWarning, Summary: of.Summary(), Detail: of.Detail()}
		if of.Severity() == diag.SeverityError {
			one.Severity = tfprotov6.DiagnosticSeverityError
		}
		if at, ok := of.(diag.DiagnosticWithPath); ok {
			one.Attribute = attributePath(ctx, at.Path())
		}
		all = append(all, one)
	}
	return all
}

// attributePath is a path as the protocol has it.
func attributePath(ctx context.Context, of path.Path) *tftypes.AttributePath {
	at := tftypes.NewAttributePath()
	for _, step := range of.Steps() {
		switch step := step.(type) {
		case path.PathStepAttributeName:
			at = at.WithAttributeName(string(step))
		case path.PathStepElementKeyInt:
			at = at.WithElementKeyInt(int(step))
		case path.PathStepElementKeyString:
			at = at.WithElementKeyString(string(step))
		case path.PathStepElementKeyValue:
			value, err := step.ToTerraformValue(ctx)
			if err != nil {
				return at // Of what contains the element.
			}
			at = at.WithElementKeyValue(value)
		}
	}
	return at
}

// attributePaths are in an order of their own, each once.
func attributePaths(ctx context.Context, paths path.Paths) []*tftypes.AttributePath {
	slices.SortFunc(paths, func(a, b path.Path) int { return strings.Compare(a.String(), b.String()) })
	var all []*tftypes.AttributePath
	for _, one := range slices.CompactFunc(paths, path.Path.Equal) {
		all = append(all, attributePath(ctx, one))
	}
	return all
}
