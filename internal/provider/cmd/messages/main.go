// Command messages prints what the provider can say, one text under the other, each after the place in the source that
// says it: titles and details of diagnostics, the reasons they quote, and descriptions of the schema. It is for reading
// aloud.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	found, err := read(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, "reading the provider's messages:", err)
		os.Exit(1)
	}
	write(os.Stdout, found)
}

// write sets titles at the margin, so that a detail stands indented under its title.
func write(out io.Writer, messages []message) {
	for _, m := range messages {
		indentation := "    "
		if m.title {
			indentation = ""
		}
		fmt.Fprintf(out, "%s:\n%s%s\n\n", m.at, indentation, strings.ReplaceAll(m.text, "\n", "\n"+indentation))
	}
	fmt.Fprintf(out, "%d texts, %d of them titles\n", len(messages), len(titlesOf(messages)))
}
