package stix_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/jsonlist"
	"vulnmirror/format/stix"
)

// scheme knows objects by the external id of the source "known", and by names
// after a colon.
var scheme = stix.Scheme{
	Identify: func(o *stix.Object) string {
		for _, ref := range o.References {
			if ref.Source == "known" {
				return ref.ID
			}
		}
		return ""
	},
	Names: func(o *stix.Object) []string { return []string{"name:" + o.Type} },
	Calls: func(*stix.Object) []string { return []string{"name:tool"} },
}

func read(bundles ...string) (bodies, faults []string) {
	var in []io.Reader
	for _, bundle := range bundles {
		in = append(in, strings.NewReader(bundle))
	}
	r := stix.NewReader(scheme, in...)
	for {
		body, err := r.Next()
		var single *jsonlist.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return bodies, faults
		case errors.As(err, &single):
			faults = append(faults, err.Error())
		case err != nil:
			return bodies, append(faults, err.Error())
		default:
			bodies = append(bodies, string(body))
		}
	}
}

const (
	a = "tool--00000000-0000-4000-8000-00000000000a"
	b = "malware--00000000-0000-4000-8000-00000000000b"
	c = "identity--00000000-0000-4000-8000-00000000000c"
)

func object(id, more string) string {
	kind, _, _ := strings.Cut(id, "--")
	return `{"type":"` + kind + `","id":"` + id + `"` + more + `}`
}

func known(id string) string {
	return `,"external_references":[{"source_name":"known","external_id":"` + id + `"}]`
}

func link(number, source, target string) string {
	return object("relationship--"+number, `,"relationship_type":"uses","source_ref":"`+source+`","target_ref":"`+target+`"`)
}

func bundle(objects ...string) string {
	return `{"type":"bundle","objects":[` + strings.Join(objects, ",") + `]}`
}

func TestWhatBelongsTogetherIsOneRecord(t *testing.T) {
	toolA, malwareB, nobody := object(a, known("A")), object(b, `,"seen":"`+a+`"`+known("B")), object(c, "")
	for name, tc := range map[string]struct {
		bundles []string
		want    []string
	}{
		"forward": {
			[]string{bundle(link("1", b, a), toolA, malwareB)},
			[]string{`{"object":` + toolA + `}`, `{"object":` + malwareB + `,"relationships":[` + link("1", b, a) + `],"ids":{"name:tool":"A","` + a + `":"A"}}`},
		},
		"from one without an id": {
			[]string{bundle(toolA, link("1", c, a), nobody)},
			[]string{`{"object":` + toolA + `,"relationships":[` + link("1", c, a) + `],"related":[` + nobody + `]}`},
		},
		"from one that is missing": {
			[]string{bundle(toolA, link("1", c, a))},
			[]string{`{"object":` + toolA + `,"relationships":[` + link("1", c, a) + `]}`},
		},
		"to one without an id": {
			[]string{bundle(toolA, link("1", a, c), nobody)},
			[]string{`{"object":` + toolA + `,"relationships":[` + link("1", a, c) + `],"related":[` + nobody + `]}`},
		},
		"several bundles": {
			[]string{bundle(toolA, nobody, link("2", a, c)), bundle(toolA, nobody, link("1", a, c))},
			[]string{`{"object":` + toolA + `,"relationships":[` + link("1", a, c) + "," + link("2", a, c) + `],"related":[` + nobody + `]}`},
		},
		"the latest version": {
			[]string{bundle(object(a, `,"modified":"2031"`+known("A")), object(a, `,"modified":"2030"`+known("A")))},
			[]string{`{"object":` + object(a, `,"modified":"2031"`+known("A")) + `}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			bodies, faults := read(tc.bundles...)
			if diff := cmp.Diff(tc.want, bodies); diff != "" || faults != nil {
				t.Errorf("%v %s", faults, diff)
			}
			for _, body := range bodies {
				if _, err := stix.Open([]byte(body)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestFaults(t *testing.T) {
	bodies, faults := read(bundle(object("tool", ""), "1", object("relationship--1", ""), `{"type":1}`, object(a, known("A"))))
	if len(bodies) != 1 || len(faults) != 4 {
		t.Errorf("%d records, %q", len(bodies), faults)
	}
	for _, body := range []string{"", "1", `{}`, `{"object":1}`} {
		if _, err := stix.Open([]byte(body)); err == nil {
			t.Errorf("%q passed for a record", body)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(bundle(object(a, known("A")), object(b, known("B")), object(c, ""), link("1", a, b), link("2", c, b)))
	f.Fuzz(func(t *testing.T, document string) {
		bodies, _ := read(document, document)
		for _, body := range bodies {
			if _, err := stix.Open([]byte(body)); err != nil {
				t.Fatal(err)
			}
		}
	})
}
