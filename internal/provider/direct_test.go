package provider

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// What has been removed from the configuration, and has a default, is not unchanged: Terraform proposes what the state
// has.
func TestUnchanged_default(t *testing.T) {
	t.Parallel()
	for _, create := range newProvider("test", System()).Resources(t.Context()) {
		r := newDirectResource(t.Context(), create)
		prior, defaults := differentFromDefaults(r.attributes, r.valueType)
		if !unchanged(r.attributes, prior, prior, prior) {
			t.Errorf("%T: what the configuration holds is what the state has, and counts as changed", create())
		}
		null := tftypes.NewValue(r.valueType, nil)
		if got := unchanged(r.attributes, null, prior, prior); got != (defaults == 0) {
			t.Errorf("%T, with %d defaults: what the configuration does not hold counts as unchanged: %t", create(), defaults, got)
		}
	}
}

// differentFromDefaults has what no default is wherever there is one, and how many there are.
func differentFromDefaults(attributes []directAttribute, of tftypes.Type) (value tftypes.Value, defaults int) {
	types := of.(tftypes.Object).AttributeTypes //nolint:forcetypeassert // Of an object.
	values := map[string]tftypes.Value{}
	for _, a := range attributes {
		values[a.name] = tftypes.NewValue(types[a.name], nil)
		switch {
		case a.nested != nil:
			nested, n := differentFromDefaults(a.nested, types[a.name])
			values[a.name], defaults = nested, defaults+n
		case a.byDefault.Type() == nil:
		case a.byDefault.Type().Is(tftypes.Bool):
			var is bool
			_ = a.byDefault.As(&is)
			values[a.name], defaults = tftypes.NewValue(tftypes.Bool, !is), defaults+1
		case a.byDefault.Type().Is(tftypes.Number):
			values[a.name], defaults = tftypes.NewValue(tftypes.Number, 7), defaults+1
		default:
			values[a.name], defaults = tftypes.NewValue(tftypes.String, "another"), defaults+1
		}
	}
	return tftypes.NewValue(of, values), defaults
}

// lying says another name than it was told.
type lying struct{ protocol }

func (l lying) UpgradeResourceState(context.Context, *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &tfprotov6.DynamicValue{JSON: []byte(`{"name":"another"}`)}}, nil
}

func TestShadow_tellsWhatDiffers(t *testing.T) {
	t.Parallel()
	var differences []string
	environment := System()
	environment.Compared = func(difference string) { differences = append(differences, difference) }
	of := newProvider("test", environment)
	honest := providerserver.NewProtocol6(of)().(protocol) //nolint:forcetypeassert // It speaks all of it.
	for _, inner := range []protocol{honest, lying{honest}} {
		_, err := shadow{direct{inner, of, &directTypes{}}}.UpgradeResourceState(t.Context(), &tfprotov6.UpgradeResourceStateRequest{
			TypeName: "infisical_gitlab_connection", RawState: &tfprotov6.RawState{JSON: []byte(`{"name":"platform"}`)},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(differences) != 2 || differences[0] != "" || !strings.Contains(differences[1], "another") {
		t.Errorf("the comparisons tell of %q", differences)
	}
}
