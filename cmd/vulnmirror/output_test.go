package main

import (
	"bytes"
	"testing"
)

func TestPrinting(t *testing.T) {
	var out bytes.Buffer
	a := newApp(process{stdout: &out})
	expect := func(want string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("got  %q\nwant %q", out.String(), want)
		}
		out.Reset()
	}
	v := map[string]any{"a": "<b> & c", "n": 1}
	expect("{\n  \"a\": \"<b> & c\",\n  \"n\": 1\n}\n", a.printJSON(v))
	expect("{\"a\":\"<b> & c\",\"n\":1}\n", a.printJSONLine(v))

	table := a.newTable("source", "records", "state")
	table.AppendRow(row("nvd-cve", 129094, "fresh"))
	table.AppendRow(row("x", 7, ""))
	expect("source   records  state\nnvd-cve   129094  fresh\nx              7\n", a.printTable(table))
}
