package jsonlist_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/jsonlist"
)

func read(document, array string) (*jsonlist.Reader, []string, []string) {
	r := jsonlist.NewReader(strings.NewReader(document), array)
	var bodies, faults []string
	for {
		body, err := r.Next()
		var single *jsonlist.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return r, bodies, faults
		case errors.As(err, &single):
			faults = append(faults, err.Error())
		case err != nil:
			return r, bodies, append(faults, err.Error())
		default:
			bodies = append(bodies, string(body))
		}
	}
}

func TestDocumentsAreSplit(t *testing.T) {
	for name, tc := range map[string]struct {
		document, array string
		bodies, faults  []string
	}{
		"member":             {"\ufeff{\"v\": \"1\",\r\n \"list\": [ {\"b\": 1.0, \"a\": \"x  \\u00e9\"} ], \"n\": 1 }", "list", []string{`{"b":1.0,"a":"x  \u00e9"}`}, nil},
		"array":              {`[{"a":1}, 7, {"a":2}]`, "", []string{`{"a":1}`, `{"a":2}`}, []string{"record 1: number, expected an object"}},
		"one":                {`{ "error": "e", "id": 1 }`, "", []string{`{"error":"e","id":1}`}, nil},
		"none":               {`{"list":[]}`, "list", nil, nil},
		"empty":              {" ", "list", nil, []string{"at byte 0: the document is empty"}},
		"HTML":               {"\n<!DOCTYPE html><html>", "list", nil, []string{"at byte 0: HTML or XML instead of JSON"}},
		"error":              {`{"error":"not there"}`, "", nil, []string{"at byte 21: upstream answered with an error: not there"}},
		"error of a list":    {`{"error":{"code":1}}`, "list", nil, []string{`at byte 20: upstream answered with an error: {"code":1}`}},
		"no list":            {`{"a":[]}`, "list", nil, []string{`at byte 8: the document has no array "list"`}},
		"list of other kind": {`{"list":{}}`, "list", nil, []string{`at byte 9: "list" is {, expected an array`}},
		"cut short":          {`{"list":[{"a":1},{"a"`, "list", []string{`{"a":1}`}, []string{"at byte 16: unexpected EOF"}},
		"two lists":          {`{"list":[],"list":[]}`, "list", nil, []string{`at byte 19: a second array "list"`}},
		"more":               {`[] []`, "", nil, []string{"at byte 4: more data after the document's end"}},
		"text":               {`"x"`, "", nil, []string{"at byte 3: expected a JSON object or array, found string"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, bodies, faults := read(tc.document, tc.array)
			if diff := cmp.Diff(tc.bodies, bodies); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.faults, faults); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHeaderHoldsWhatStandsBesideTheList(t *testing.T) {
	r, _, _ := read(`{"v":"1","list":[],"n":1}`, "list")
	if jsonlist.String(r.Header("v")) != "1" || string(r.Header("n")) != "1" || r.Header("x") != nil {
		t.Errorf("v %s, n %s, x %s", r.Header("v"), r.Header("n"), r.Header("x"))
	}
}

func FuzzReader(f *testing.F) {
	f.Add(`{"v":"1","list":[{"a":1}]}`, "list")
	f.Add(`[{"a":1}]`, "")
	f.Fuzz(func(_ *testing.T, document, array string) { read(document, array) })
}
