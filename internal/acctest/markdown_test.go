package acctest_test

import (
	"os"
	"strings"
	"testing"
)

// block is a fenced block of a page, as a reader copies it: without the fences, and without the indentation of a list
// around it.
type block struct {
	language string
	line     int
	text     string
}

// blocks are the fenced blocks of a page, in order.
func blocks(t *testing.T, page string) []block {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var found []block
	open, indentation := false, ""
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		bare := strings.TrimLeft(line, " ")
		language, fence := strings.CutPrefix(bare, "```")
		switch {
		case fence && open:
			open = false
		case fence:
			open, indentation = true, line[:len(line)-len(bare)]
			found = append(found, block{language: strings.TrimSpace(language), line: number})
		case open:
			found[len(found)-1].text += strings.TrimPrefix(line, indentation)
		}
	}
	if open {
		t.Fatalf("%s: a block never ends", page)
	}
	return found
}
