package ingest

import (
	"testing"
	"time"

	"vulnmirror/archive"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// listing is a source whose files at "whole" list everything.
type listing struct{ source.Source }

func (listing) Info() source.Info { return source.Info{Name: "listing", Kind: vuln.KindCPE} }

func (listing) Lists(f archive.File) bool { return f.Path == "whole" }

// plain is a source without such files.
type plain struct{ source.Source }

func TestWithdrawalIsWhatTheListLacks(t *testing.T) {
	made, fetched := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC)
	whole := archive.File{Path: "whole", AsOf: made, Fetched: fetched}
	v := inventoryOf(listing{}, whole)
	for _, id := range []string{"b", "a", "c", "a"} {
		v.add(id)
	}
	w := v.withdrawal(listing{}, whole)
	if w == nil || w.Kind != vuln.KindCPE || w.Source != "listing" || !w.At.Equal(fetched) || !w.UpTo.Equal(made) {
		t.Fatalf("%+v", w)
	}
	for id, want := range map[string]bool{"a": true, "b": true, "c": true, "d": false, "": false} {
		if w.Keep(id) != want {
			t.Errorf("%q: kept %v, want %v", id, !want, want)
		}
	}
}

func TestNothingIsWithdrawnWithoutProof(t *testing.T) {
	made := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		src  source.Source
		file archive.File
		ids  []string
	}{
		"a source without whole lists": {plain{}, archive.File{Path: "whole", AsOf: made}, []string{"a"}},
		"another file":                 {listing{}, archive.File{Path: "page", AsOf: made}, []string{"a"}},
		"an empty list":                {listing{}, archive.File{Path: "whole", AsOf: made}, nil},
		"a record without id":          {listing{}, archive.File{Path: "whole", AsOf: made}, []string{"a", ""}},
		"a list of unknown age":        {listing{}, archive.File{Path: "whole"}, []string{"a"}},
	} {
		v := inventoryOf(tc.src, tc.file)
		for _, id := range tc.ids {
			v.add(id)
		}
		if w := v.withdrawal(tc.src, tc.file); w != nil {
			t.Errorf("%s withdraws records", name)
		}
	}
}
