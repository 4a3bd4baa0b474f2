// Command plot draws diagrams: it reads rows of panels with lines as JSON, as the benchmarks write them, and writes an
// SVG.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"io"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

// A panel is one diagram. Color is red, green and blue; a point is x and y.
type panel struct {
	Title, X, Y string
	Lines       []struct {
		Name   string
		Color  [3]uint8
		Points [][2]float64
	}
}

const (
	panelWidth  = 13 * vg.Centimeter
	panelHeight = 9 * vg.Centimeter
)

func run(in io.Reader, out io.Writer) error {
	var rows [][]panel
	if err := json.NewDecoder(in).Decode(&rows); err != nil {
		return fmt.Errorf("reading: %w", err)
	}
	if len(rows) == 0 {
		return errors.New("there is nothing to draw")
	}
	var plots [][]*plot.Plot
	for _, row := range rows {
		var drawn []*plot.Plot
		for _, panel := range row {
			p, err := panel.plot()
			if err != nil {
				return fmt.Errorf("drawing %q: %w", panel.Title, err)
			}
			drawn = append(drawn, p)
		}
		plots = append(plots, drawn)
	}
	canvas := vgsvg.New(panelWidth*vg.Length(len(rows[0])), panelHeight*vg.Length(len(rows)))
	tiles := draw.Tiles{Rows: len(rows), Cols: len(rows[0]), PadX: vg.Centimeter, PadY: vg.Centimeter}
	for i, row := range plot.Align(plots, tiles, draw.New(canvas)) {
		for j, place := range row {
			plots[i][j].Draw(place)
		}
	}
	if _, err := canvas.WriteTo(out); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

func (p panel) plot() (*plot.Plot, error) {
	drawn := plot.New()
	drawn.Title.Text, drawn.X.Label.Text, drawn.Y.Label.Text = p.Title, p.X, p.Y
	drawn.Add(plotter.NewGrid())
	drawn.Legend.Top, drawn.Legend.Left = true, true
	for _, l := range p.Lines {
		if len(l.Points) == 0 {
			continue
		}
		points := make(plotter.XYs, len(l.Points))
		for i, point := range l.Points {
			points[i] = plotter.XY{X: point[0], Y: point[1]}
		}
		line, marks, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.Name, err)
		}
		color := color.RGBA{R: l.Color[0], G: l.Color[1], B: l.Color[2], A: 0xff}
		line.Color, marks.Color, line.Width = color, color, vg.Points(1.5)
		drawn.Add(line, marks)
		drawn.Legend.Add(l.Name, line, marks)
	}
	drawn.X.Min, drawn.Y.Min = 0, 0
	return drawn, nil
}
