package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A share is what one module adds to the file, and what it is there for.
type share struct {
	module  string
	bytes   int64
	purpose string
}

// purposes say what each module is there for.
//
//go:embed purposes.json
var purposes []byte

// standardLibrary stands for the modules of the Go distribution.
const standardLibrary = "Go: standard library and runtime"

const ourModule = "github.com/infisical-community/terraform-provider-infisical"

// weigh finds the size of each contender as it is released, and what of ours is whose: the code and the data that the
// linker names. Tables of the runtime and of types make up the rest; they grow with the code.
func (r *report) weigh(ctx context.Context, dir string) error {
	r.sizes = map[string]int64{}
	for _, name := range []string{ours, official, floor} {
		c := r.contenders[name]
		if c == nil {
			continue
		}
		file, err := os.Stat(c.binary)
		if err != nil {
			return fmt.Errorf("looking at %s: %w", name, err)
		}
		r.sizes[name] = file.Size()
	}
	named := filepath.Join(dir, "with-symbols")
	if err := goBuild(ctx, ourModule, named, ""); err != nil {
		return err
	}
	modules, err := goTool(ctx, "list", "-tags", buildTags, "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ourModule)
	if err != nil {
		return err
	}
	symbols, err := goTool(ctx, "tool", "nm", "-size", named)
	if err != nil {
		return err
	}
	r.shares = sharesOf(symbols, strings.Fields(string(modules)))
	return explain(r.shares)
}

func explain(shares []share) error {
	of := map[string]string{}
	if err := json.Unmarshal(purposes, &of); err != nil {
		return fmt.Errorf("reading purposes.json: %w", err)
	}
	for i := range shares {
		shares[i].purpose = of[shares[i].module]
	}
	return nil
}

func goTool(ctx context.Context, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, "go", args...)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w", args[0], err)
	}
	return output, nil
}

// sharesOf adds up what `go tool nm -size` lists, by module, largest first. What is zero in the beginning takes no
// place in the file.
func sharesOf(symbols []byte, modules []string) []share {
	slices.Sort(modules)
	modules = slices.Compact(modules)
	slices.Reverse(modules) // So that a module inside of another is found first.
	sums := map[string]int64{}
	for lines := bufio.NewScanner(bytes.NewReader(symbols)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.Contains("TtRr", fields[2]) {
			continue
		}
		size, err := strconv.ParseInt(fields[1], 10, 64)
		if err == nil {
			sums[moduleOf(fields[3], modules)] += size
		}
	}
	var shares []share
	for module, sum := range sums {
		shares = append(shares, share{module: module, bytes: sum})
	}
	slices.SortFunc(shares, func(a, b share) int { return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(a.module, b.module)) })
	return shares
}

func moduleOf(symbol string, modules []string) string {
	symbol = strings.ReplaceAll(symbol, "%2e", ".")
	if strings.HasPrefix(symbol, "main.") {
		return ourModule
	}
	for _, prefix := range []string{"type:.eq.", "type:.hash.", "go:itab.*"} {
		symbol = strings.TrimPrefix(symbol, prefix)
	}
	for _, module := range modules {
		if strings.HasPrefix(symbol, module+"/") || strings.HasPrefix(symbol, module+".") {
			return module
		}
	}
	return standardLibrary
}
