// Command figures writes what the tests of the last run have counted into INTERNALS.md. See `make figures`.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/infisical-community/terraform-provider-infisical/internal/figures"
)

func main() {
	from := flag.String("from", "bin/figures", "directory with the counts")
	kept := flag.String("kept", "internal/figures/testdata/figures.json", "file that keeps the figures")
	guide := flag.String("guide", "INTERNALS.md", "page that shows them")
	flag.Parse()
	if err := run(*from, *kept, *guide); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(from, kept, guide string) error {
	collected, err := figures.Collect(from)
	if err != nil {
		return err
	}
	encoded, err := json.MarshalIndent(collected, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(kept, append(encoded, '\n'), 0o644); err != nil {
		return err
	}
	page, err := os.ReadFile(guide)
	if err != nil {
		return err
	}
	filled, err := figures.Fill(string(page), collected.Table())
	if err != nil {
		return err
	}
	fmt.Print(collected.Table())
	return os.WriteFile(guide, []byte(filled), 0o644)
}
