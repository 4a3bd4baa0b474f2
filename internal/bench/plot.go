package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// A panel is one diagram as tools/plot draws it.
type panel struct {
	Title, X, Y string
	Lines       []line
}

// A line is one of a panel's. Color is red, green and blue.
type line struct {
	Name   string
	Color  [3]uint8
	Points [][2]float64
}

// colors are the contenders', for readers who see red and green alike, too.
var colors = map[string][3]uint8{
	ours:     {0x00, 0x72, 0xb2},
	official: {0xd5, 0x5e, 0x00},
	floor:    {0x80, 0x80, 0x80},
	alone:    {0x56, 0xb4, 0xe9},
}

// writePlots writes what is to be drawn: a plan's time and requests over the number of connections, a row for each
// scenario of whole lives.
func (r *report) writePlots() error {
	rows := [][]panel{}
	for _, w := range r.walks {
		if !slices.Contains(w.shown, destroy) {
			continue // It is of too few sizes for a line.
		}
		rows = append(rows, w.panels())
	}
	encoded, err := json.MarshalIndent(rows, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the plots: %w", err)
	}
	if err := os.WriteFile(r.settings.plots, encoded, 0o644); err != nil { //nolint:gosec // For everybody to read.
		return fmt.Errorf("writing the plots: %w", err)
	}
	return nil
}

func (w *walked) panels() []panel {
	row := []panel{
		{Title: "plan, with " + w.title, X: "connections", Y: "seconds"},
		{Title: "requests of a plan, with " + w.title, X: "connections", Y: "requests"},
	}
	for i, pick := range []func(measurement) float64{figures[wall].pick, figures[requests].pick} {
		for _, name := range w.contenders {
			drawn := line{Name: name, Color: colors[name]}
			for _, size := range w.sizes {
				if y, found := w.median(cell{contender: name, step: plan, size: size}, pick); found {
					drawn.Points = append(drawn.Points, [2]float64{float64(size), y})
				}
			}
			row[i].Lines = append(row[i].Lines, drawn)
		}
	}
	return row
}
