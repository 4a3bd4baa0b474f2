package attribute

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// place has one attribute of every type, and some of them in a nested attribute, too.
type place struct {
	Presence

	name  types.String
	floor types.Int64
	doors types.Set
	ways  types.List
	signs types.Map
	room  *place
}

func (p *place) Attributes() Fields {
	attributes := Fields{"name": &p.name, "floor": &p.floor, "doors": &p.doors, "ways": &p.ways, "signs": &p.signs}
	if p.room != nil {
		attributes["room"] = p.room
	}
	return attributes
}

var (
	roomType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{
		"name": tftypes.String, "floor": tftypes.Number, "doors": tftypes.Set{ElementType: tftypes.String}, "ways": tftypes.List{ElementType: tftypes.String},
		"signs": tftypes.Map{ElementType: tftypes.String},
	}}
	houseType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{
		"name": tftypes.String, "floor": tftypes.Number, "doors": tftypes.Set{ElementType: tftypes.String}, "ways": tftypes.List{ElementType: tftypes.String},
		"signs": tftypes.Map{ElementType: tftypes.String}, "room": roomType,
	}}
)

// rawPlace is a room, or a house with one in it; its values are all null, all unknown or all known.
func rawPlace(of tftypes.Object, leaves Presence, room any) tftypes.Value {
	text := func(text string) tftypes.Value { return tftypes.NewValue(tftypes.String, text) }
	known := map[string]any{
		"name": "east", "floor": 3, "doors": []tftypes.Value{text("a"), text("b")},
		"ways":  []tftypes.Value{text("up"), tftypes.NewValue(tftypes.String, tftypes.UnknownValue)},
		"signs": map[string]tftypes.Value{"exit": text("left")}, "room": room,
	}
	values := map[string]tftypes.Value{}
	for name, kind := range of.AttributeTypes {
		value := known[name]
		switch {
		case name == "room" || leaves == Known:
		case leaves == Null:
			value = nil
		default:
			value = tftypes.UnknownValue
		}
		values[name] = tftypes.NewValue(kind, value)
	}
	return tftypes.NewValue(of, values)
}

// What is decoded and encoded again is as before, whatever of it is null or unknown.
func TestModel(t *testing.T) {
	t.Parallel()
	roomOf := func(leaves Presence) any {
		var room map[string]tftypes.Value
		if err := rawPlace(roomType, leaves, nil).As(&room); err != nil {
			t.Fatal(err)
		}
		return room
	}
	raws := map[string]tftypes.Value{}
	for leaves, name := range map[Presence]string{Null: "null", Unknown: "unknown", Known: "known"} {
		raws[name+" in a null room"] = rawPlace(houseType, leaves, nil)
		raws[name+" in an unknown room"] = rawPlace(houseType, leaves, tftypes.UnknownValue)
		raws[name+" in a room of nulls"] = rawPlace(houseType, leaves, roomOf(Null))
		raws[name+" in a room of unknowns"] = rawPlace(houseType, leaves, roomOf(Unknown))
		raws[name+" in a known room"] = rawPlace(houseType, leaves, roomOf(Known))
	}
	for name, raw := range raws {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			house := place{room: &place{}}
			if diags := Decode(t.Context(), raw, &house); diags.HasError() {
				t.Fatal(diags)
			}
			if got := Encode(t.Context(), &house); !got.Equal(raw) {
				t.Errorf("got  %s\nwant %s", got, raw)
			}
			for other, otherRaw := range raws {
				otherHouse := place{room: &place{}}
				if diags := Decode(t.Context(), otherRaw, &otherHouse); diags.HasError() {
					t.Fatal(diags)
				}
				if Equal(&house, &otherHouse) != (other == name) {
					t.Errorf("it is equal to %s, or is not to itself", other)
				}
			}
		})
	}
}

// The fields of a nested attribute are as it is.
func TestDecode_nested(t *testing.T) {
	t.Parallel()
	for room, want := range map[any]Presence{nil: Null, tftypes.UnknownValue: Unknown} {
		house := place{room: &place{}}
		if diags := Decode(t.Context(), rawPlace(houseType, Known, room), &house); diags.HasError() {
			t.Fatal(diags)
		}
		if got := house.room; got.Presence != want || PresenceOf(got.name) != want || PresenceOf(got.doors) != want {
			t.Errorf("want all of it to be %d: %+v", want, got)
		}
	}
}

// A state that is not there, as of a connection to be created.
func TestDecode_nothing(t *testing.T) {
	t.Parallel()
	house := place{room: &place{}}
	if diags := Decode(t.Context(), tftypes.NewValue(houseType, nil), &house); diags.HasError() {
		t.Fatal(diags)
	}
	if !Equal(&house, &place{room: &place{}}) {
		t.Errorf("got %+v", house)
	}
}

func TestDecode_another(t *testing.T) {
	t.Parallel()
	for want, raw := range map[string]tftypes.Value{
		"Could not decode": tftypes.NewValue(tftypes.String, "a house"),
		"name: ": tftypes.NewValue(tftypes.Object{AttributeTypes: map[string]tftypes.Type{"name": tftypes.Bool}}, map[string]tftypes.Value{
			"name": tftypes.NewValue(tftypes.Bool, true),
		}),
	} {
		model := Model(&place{room: &place{}})
		if want == "name: " {
			model = named{new(types.String)}
		}
		if diags := Decode(t.Context(), raw, model); !diags.HasError() || !strings.Contains(diags[0].Detail(), want) {
			t.Errorf("got %v, want %q", diags, want)
		}
	}
}

type named struct{ name *types.String }

func (n named) Attributes() Fields { return Fields{"name": n.name} }

func TestEncode_list(t *testing.T) {
	t.Parallel()
	text := func(text string) tftypes.Value { return tftypes.NewValue(tftypes.String, text) }
	of := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"name": tftypes.String}}
	element := func(name string) tftypes.Value {
		return tftypes.NewValue(of, map[string]tftypes.Value{"name": text(name)})
	}
	for _, want := range [][]tftypes.Value{{}, {element("a"), element("b")}} {
		list := NestedList{Of: named{new(types.String)}}
		for _, name := range []string{"a", "b"}[:len(want)] {
			list.Elements = append(list.Elements, named{new(types.StringValue(name))})
		}
		if got := encodeField(t.Context(), &list); !got.Equal(tftypes.NewValue(tftypes.List{ElementType: of}, want)) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
