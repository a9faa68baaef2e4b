package mitrexml_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/mitrexml"
)

var zoo = mitrexml.Catalogue{
	Root: "Zoo", Space: "urn:zoo-", Sections: map[string]string{"Animals": "Animal"}, Lists: []string{"Food/Leaf"},
}

func read(document string) (bodies, faults []string, release mitrexml.Release) {
	r := mitrexml.NewReader(strings.NewReader(document), zoo)
	for {
		body, err := r.Next()
		var single *jsonlist.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return bodies, faults, r.Release()
		case errors.As(err, &single):
			faults = append(faults, err.Error())
		case err != nil:
			return bodies, append(faults, err.Error()), r.Release()
		default:
			bodies = append(bodies, string(body))
		}
	}
}

const document = `<Zoo xmlns="urn:zoo-4" Version="4.1" Date="2030-05-06"><Animals>
	<Animal ID="1"><Food><Leaf>oak</Leaf></Food><References><Reference External_Reference_ID="REF-2"/><Reference External_Reference_ID="REF-2"/></References></Animal>
	<Plant ID="2"/>
	</Animals><External_References><External_Reference Reference_ID="REF-2"><Author>A</Author><URL>https://example.org/</URL></External_Reference></External_References></Zoo>`

func TestEntriesCarryTheWorksTheyReferTo(t *testing.T) {
	bodies, faults, release := read(document)
	want := []string{`{"Animal":{"@ID":"1","Food":{"Leaf":["oak"]},"References":{"Reference":[{"@External_Reference_ID":"REF-2"},{"@External_Reference_ID":"REF-2"}]}},` +
		`"External_References":[{"@Reference_ID":"REF-2","Author":["A"],"URL":"https://example.org/"}]}`}
	if diff := cmp.Diff(want, bodies); diff != "" {
		t.Error(diff)
	}
	if len(faults) != 1 || !strings.Contains(faults[0], "element Plant in section Animals") {
		t.Errorf("faults %q", faults)
	}
	if release.Version != "4.1" || !release.Date.Equal(time.Date(2030, 5, 6, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("release %v", release)
	}
	var e mitrexml.Entry
	name, works, err := mitrexml.Open([]byte(want[0]), &e)
	if err != nil || name != "Animal" || e.ID != "1" || len(mitrexml.References(works)) != 1 {
		t.Errorf("%s, %v, %v, %v", name, e, works, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, body := range []string{"", "1", "{}", `{"a":{},"b":{}}`, `{"a":"x"}`, `{"External_References":1}`} {
		var e mitrexml.Entry
		if name, _, err := mitrexml.Open([]byte(body), &e); err == nil {
			t.Errorf("%s passed for %q", body, name)
		}
	}
}

func TestSpan(t *testing.T) {
	day := func(s string) time.Time { return mitrexml.Date(s) }
	for _, tc := range []struct {
		submitted, changed  []string
		published, modified time.Time
	}{
		{nil, nil, time.Time{}, time.Time{}},
		{[]string{"2030-02-01", "2030-01-01Z", "soon"}, nil, day("2030-01-01"), day("2030-01-01")},
		{[]string{"2030-01-01"}, []string{"2030-03-01", "2030-02-01"}, day("2030-01-01"), day("2030-03-01")},
		{nil, []string{"2030-03-01-04:00"}, time.Time{}, day("2030-03-01")},
	} {
		if published, modified := mitrexml.Span(tc.submitted, tc.changed); !published.Equal(tc.published) || !modified.Equal(tc.modified) {
			t.Errorf("%v %v: %v, %v", tc.submitted, tc.changed, published, modified)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(document)
	f.Fuzz(func(_ *testing.T, document string) {
		bodies, _, _ := read(document)
		for _, body := range bodies {
			var e mitrexml.Entry
			if _, works, err := mitrexml.Open([]byte(body), &e); err == nil {
				mitrexml.References(works)
				e.Texts()
				e.History.Span()
			}
		}
	})
}
