package d3fend

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// mappingsMember is the member of a body that has a technique's rows.
const mappingsMember = "d3fend-full-mappings"

// repeated are the columns of the table that say what the nodes they are about
// say, or ATT&CK; and those about the technique whose rows they are. A column
// that is in no list is kept.
var repeated = map[string]bool{
	"top_def_tech_label": true, "def_tech": true, "def_tech_label": true, "query_def_tech_label": true,
	"def_tactic": true, "def_tactic_label": true, "def_tactic_rel": true, "def_tactic_rel_label": true,
	"def_artifact_label": true, "def_artifact_rel_label": true, "off_artifact_label": true, "off_artifact_rel_label": true,
	"off_tech_parent": true, "off_tech_parent_label": true, "off_tech_parent_is_toplevel": true,
	"off_tactic": true, "off_tactic_label": true, "off_tactic_rel": true, "off_tactic_rel_label": true,
}

// Mappings is the table of what techniques do against those of ATT&CK. It holds
// each distinct row once, some 5 MiB.
type Mappings struct {
	rows  int
	byDef map[string]*technique
}

// technique has the distinct rows of one technique, in the order of the table.
type technique struct {
	rows []map[string]string
	seen map[string]bool // the contents of rows
}

// Rows tells how many rows the table had.
func (m *Mappings) Rows() int { return m.rows }

// Pairs tells how many distinct pairs of a technique and one of another
// framework it had.
func (m *Mappings) Pairs() int {
	count := 0
	for _, t := range m.byDef {
		seen := make(map[string]bool)
		for _, row := range t.rows {
			seen[row["off_tech_id"]] = true
		}
		count += len(seen)
	}
	return count
}

// ReadMappings reads d3fend-full-mappings as CSV or JSON, row by row. Columns are
// known by name; def_tech and off_tech_id must be there. Any error is a
// *FormatError.
func ReadMappings(r io.Reader, form Form) (*Mappings, error) {
	m := &Mappings{byDef: make(map[string]*technique)}
	in := bufio.NewReader(r)
	if mark, _, err := in.ReadRune(); err == nil && mark != '\ufeff' {
		if err := in.UnreadRune(); err != nil {
			return nil, err
		}
	}
	var err error
	switch form {
	case CSV:
		err = m.readCSV(in)
	case JSON:
		err = m.readResults(in)
	default:
		return nil, fmt.Errorf("no form of the table is called %q", form)
	}
	if err != nil {
		return nil, err
	}
	if m.rows == 0 {
		return nil, &FormatError{"its end", errors.New("the table has no rows")}
	}
	return m, nil
}

func (m *Mappings) readCSV(in io.Reader) error {
	table := csv.NewReader(in)
	table.ReuseRecord = true
	head, err := table.Read()
	if err != nil {
		return &FormatError{"line 1", ended(err)}
	}
	names := slices.Clone(head)
	for _, must := range []string{"def_tech", "off_tech_id"} {
		if !slices.Contains(names, must) {
			return &FormatError{"line 1", fmt.Errorf("no column %s", must)}
		}
	}
	for {
		fields, err := table.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &FormatError{"row " + fmt.Sprint(m.rows+1), err}
		}
		row := make(map[string]string)
		for i, name := range names {
			row[name] = fields[i]
		}
		if err := m.add(row); err != nil {
			return err
		}
	}
}

// add takes a row. It is about def_tech, whichever technique it is listed for:
// what one technique does is listed again for those above it.
func (m *Mappings) add(row map[string]string) error {
	m.rows++
	def := compact(row["def_tech"])
	if !strings.HasPrefix(def, "d3f:") {
		return &FormatError{"row " + fmt.Sprint(m.rows), fmt.Errorf("def_tech is %q, no name of D3FEND's", row["def_tech"])}
	}
	t := m.byDef[def]
	if t == nil {
		t = &technique{seen: make(map[string]bool)}
		m.byDef[def] = t
	}
	kept := make(map[string]string)
	var key strings.Builder
	for _, name := range slices.Sorted(maps.Keys(row)) {
		if value := compact(row[name]); !repeated[name] && value != "" {
			kept[name] = value
			key.WriteString(name + "\x00" + value + "\x00")
		}
	}
	if !t.seen[key.String()] {
		t.seen[key.String()] = true
		t.rows = append(t.rows, kept)
	}
	return nil
}

// of returns the rows of a technique as JSON objects; nil when it has none.
func (m *Mappings) of(def string) []jsontext.Value {
	if m == nil || m.byDef[def] == nil {
		return nil
	}
	var out []jsontext.Value
	for _, row := range m.byDef[def].rows {
		object, err := json.Marshal(row, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
		if err == nil {
			out = append(out, object)
		}
	}
	slices.SortFunc(out, func(a, b jsontext.Value) int { return strings.Compare(string(a), string(b)) })
	return out
}

func (m *Mappings) techniques() []string {
	if m == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(m.byDef))
}
