package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vulnmirror/store/sqlite"
)

var (
	sqlBlock = regexp.MustCompile("(?s)```sql\n(.*?)```")
	sqlLine  = regexp.MustCompile(`vulnmirror sql "([^"]*)"`)
)

// TestSchemaDocument keeps docs/schema.md true: its statements run, and every
// column of every view is in it.
func TestSchemaDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/schema.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(text)
	st, err := sqlite.Open(filepath.Join(t.TempDir(), databaseName), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()

	statements := 0
	for _, pattern := range []*regexp.Regexp{sqlBlock, sqlLine} {
		for _, block := range pattern.FindAllStringSubmatch(doc, -1) {
			for statement := range strings.SplitSeq(block[1], ";") {
				if strings.TrimSpace(statement) == "" {
					continue
				}
				statements++
				rowsOf(t, st, statement)
			}
		}
	}
	if statements < 10 {
		t.Errorf("only %d statements were found", statements)
	}
	views := 0
	for _, cells := range rowsOf(t, st, "SELECT name FROM sqlite_master WHERE type = 'view'") {
		view := cells[0].(string)
		views++
		for _, column := range rowsOf(t, st, "SELECT name FROM pragma_table_info('"+view+"')") {
			if !strings.Contains(sectionOn(doc, view), "`"+column[0].(string)+"`") {
				t.Errorf("the view %s has a column %s that docs/schema.md does not tell of", view, column[0])
			}
		}
	}
	if views < 10 {
		t.Errorf("only %d views were found", views)
	}
}

func rowsOf(t *testing.T, st *sqlite.Store, statement string) [][]any {
	t.Helper()
	rows, err := st.Ask(t.Context(), statement)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]any
	for rows.Next() {
		cells, err := scanRow(rows, len(names))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, cells)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return out
}

// sectionOn is the part of a document whose heading names a view.
func sectionOn(doc, view string) string {
	for section := range strings.SplitSeq(doc, "\n## ") {
		heading, _, _ := strings.Cut(section, "\n")
		names, _, _ := strings.Cut(heading, ":")
		for name := range strings.SplitSeq(names, ", ") {
			if name == view {
				return section
			}
		}
	}
	return ""
}
