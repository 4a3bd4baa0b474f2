package main

import (
	"fmt"
	"image/color"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// colours are the contenders', for readers who see red and green alike, too.
var colours = map[string]color.Color{
	ours:     color.RGBA{R: 0x00, G: 0x72, B: 0xb2, A: 0xff},
	official: color.RGBA{R: 0xd5, G: 0x5e, B: 0x00, A: 0xff},
	floor:    color.RGBA{R: 0x80, G: 0x80, B: 0x80, A: 0xff},
	alone:    color.RGBA{R: 0x56, G: 0xb4, B: 0xe9, A: 0xff},
}

// draw draws a plan's time and requests over the number of connections, a row for each scenario. It reports whether there was anything
// to draw: a line has two points.
func (r *report) draw(file string) (bool, error) {
	var panels [][]*plot.Plot
	for _, w := range r.walks {
		row, err := r.panels(w)
		if err != nil {
			return false, fmt.Errorf("drawing: %w", err)
		}
		if row != nil {
			panels = append(panels, row)
		}
	}
	if len(panels) == 0 {
		return false, nil
	}
	const width, height = 24 * vg.Centimeter, 9 * vg.Centimeter
	canvas := vgsvg.New(width, height*vg.Length(len(panels)))
	tiles := draw.Tiles{Rows: len(panels), Cols: len(panels[0]), PadX: vg.Centimeter, PadY: vg.Centimeter}
	for i, row := range plot.Align(panels, tiles, draw.New(canvas)) {
		for j, place := range row {
			panels[i][j].Draw(place)
		}
	}
	out, err := os.Create(file) //nolint:gosec // The user has named it.
	if err != nil {
		return false, fmt.Errorf("writing the plot: %w", err)
	}
	if _, err := canvas.WriteTo(out); err != nil {
		return false, fmt.Errorf("writing the plot: %w", err)
	}
	return true, out.Close()
}

// panels are the time and the requests of plans in one scenario, nil when there is too little to draw.
func (r *report) panels(w *walked) ([]*plot.Plot, error) {
	var row []*plot.Plot
	for _, panel := range []struct {
		title, axis string
		pick        func(measurement) float64
	}{
		{"plan, with " + w.title, "seconds", figures[wall].pick},
		{"its requests", "requests", func(m measurement) float64 { return float64(m.requests) }},
	} {
		p := plot.New()
		p.Title.Text, p.X.Label.Text, p.Y.Label.Text = panel.title, "connections", panel.axis
		p.Add(plotter.NewGrid())
		p.Legend.Top, p.Legend.Left = true, true
		p.X.Min, p.Y.Min = 0, 0
		lines := 0
		for _, name := range w.contenders {
			var points plotter.XYs
			for _, size := range r.settings.sizes {
				if y, found := w.median(cell{contender: name, step: plan, size: size}, panel.pick); found {
					points = append(points, plotter.XY{X: float64(size), Y: y})
				}
			}
			if len(points) < 2 {
				continue
			}
			line, marks, err := plotter.NewLinePoints(points)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", panel.title, err)
			}
			line.Color, marks.Color = colours[name], colours[name]
			line.Width = vg.Points(1.5)
			p.Add(line, marks)
			p.Legend.Add(name, line, marks)
			lines++
		}
		if lines == 0 {
			return nil, nil
		}
		row = append(row, p)
	}
	return row, nil
}
