package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	const rows = `[[
		{"Title": "time", "X": "connections", "Y": "seconds", "Lines": [
			{"Name": "ours", "Color": [0, 114, 178], "Points": [[1, 0.5], [100, 1]]},
			{"Name": "nobody's", "Color": [0, 0, 0], "Points": []}
		]},
		{"Title": "requests", "X": "connections", "Y": "requests", "Lines": [{"Name": "ours", "Color": [0, 114, 178], "Points": [[1, 2]]}]}
	]]`
	var svg bytes.Buffer
	if err := run(strings.NewReader(rows), &svg); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<svg", ">time<", ">requests<", ">connections<", ">ours<", "#0072B2"} {
		if !strings.Contains(svg.String(), want) {
			t.Errorf("no %q in %s", want, svg.String())
		}
	}
	if strings.Contains(svg.String(), "nobody") {
		t.Error("a line without points is in the legend")
	}
	if err := run(strings.NewReader("[]"), &svg); err == nil {
		t.Error("nothing was drawn")
	}
}
