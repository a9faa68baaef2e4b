package main

import (
	"fmt"
	"strings"

	"vulnmirror/store"
)

// printRows prints a table, or with --json one object a line.
func (a *app) printRows(rows store.Rows) error {
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	if a.json {
		return a.printRowObjects(rows, names)
	}
	header := make([]any, len(names))
	for i, name := range names {
		header[i] = name
	}
	t := a.newTable(header...)
	for rows.Next() {
		values, err := scanRow(rows, len(names))
		if err != nil {
			return err
		}
		for i, v := range values {
			values[i] = cell(v)
		}
		t.AppendRow(row(values...))
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return a.printTable(t)
}

func (a *app) printRowObjects(rows store.Rows, names []string) error {
	for rows.Next() {
		values, err := scanRow(rows, len(names))
		if err != nil {
			return err
		}
		object := make(map[string]any, len(names))
		for i, name := range names {
			object[name] = values[i]
		}
		if err := a.printJSONLine(object); err != nil {
			return err
		}
	}
	return rows.Err()
}

func scanRow(rows store.Rows, n int) ([]any, error) {
	values, into := make([]any, n), make([]any, n)
	for i := range values {
		into[i] = &values[i]
	}
	return values, rows.Scan(into...)
}

// cell is a value on one line of a table.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []byte:
		return fmt.Sprintf("(%d bytes)", len(v))
	case string:
		return strings.Join(strings.Fields(v), " ")
	}
	return fmt.Sprint(v)
}
