package match

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"vulnmirror/cpe"
)

// Inventory is what ReadInventory found.
type Inventory struct {
	Format string // "lines", "CycloneDX" or "SPDX"
	Names  []cpe.Name
	// Without is how many components of an SBOM have no CPE.
	Without int
	// Unreadable says of every CPE that could not be read where it stands and
	// why.
	Unreadable []error
}

// ReadInventory reads a list of CPEs: one a line, in any spelling that
// cpe.ParseLenient takes, with comments after #, or the JSON of a CycloneDX 1.x,
// SPDX 2.x or SPDX 3 bill of materials. The content decides which. An error
// means that the rest could not be read; what came before it is returned.
func ReadInventory(r io.Reader) (Inventory, error) {
	in := bufio.NewReader(r)
	if bom, err := in.Peek(3); err == nil && string(bom) == "\uFEFF" {
		if _, err := in.Discard(len(bom)); err != nil {
			return Inventory{}, err
		}
	}
	lines := 1
	for {
		c, _, err := in.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			return Inventory{Format: "lines"}, nil
		case err != nil:
			return Inventory{}, err
		case c == '\n':
			lines++
			continue
		case unicode.IsSpace(c):
			continue
		}
		if err := in.UnreadRune(); err != nil {
			return Inventory{}, err
		}
		if c == '{' {
			return readSBOM(in)
		}
		return readLines(in, lines)
	}
}

// longestLine is the most bytes of a line, far beyond any name.
const longestLine = 1 << 20

func readLines(r io.Reader, line int) (Inventory, error) {
	found := Inventory{Format: "lines"}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)
	for ; lines.Scan(); line++ {
		text := lines.Bytes()
		if i := comment(text); i >= 0 {
			text = text[:i]
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			found.add(string(text), func() string { return fmt.Sprintf("line %d", line) })
		}
	}
	if err := lines.Err(); err != nil {
		return found, fmt.Errorf("line %d: %w", line, err)
	}
	return found, nil
}

// comment returns where a comment begins, which is at a # that begins the line
// or follows white space; -1 when there is none.
func comment(line []byte) int {
	for i, c := range line {
		if c == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return i
		}
	}
	return -1
}

// add reads one name. where says where it stands.
func (in *Inventory) add(text string, where func() string) {
	name, err := cpe.ParseLenient(strings.ToValidUTF8(text, "\uFFFD"))
	if err != nil {
		in.Unreadable = append(in.Unreadable, fmt.Errorf("%s: %w", where(), err))
		return
	}
	in.Names = append(in.Names, name)
}
