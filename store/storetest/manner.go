package storetest

import (
	"slices"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// checkBackwards: of a source whose dates go backwards what it says now counts.
func checkBackwards(t trial, s store.Store) {
	for _, kind := range []vuln.Kind{vuln.KindMSRC, vuln.KindCVE} {
		version := func(status string, hours int, more ...change) vuln.Record {
			at := func(r *vuln.Record) {
				r.Status, r.Modified, r.Source = status, epoch.Add(time.Duration(hours)*time.Hour), "revising"
			}
			if kind == vuln.KindCVE {
				return record(2024, 1, append([]change{at}, more...)...)
			}
			return entry(kind, "CVE-2024-0001", append([]change{at}, more...)...)
		}
		another := func(r *vuln.Record) { r.Source = "another" }
		converted := func(r *vuln.Record) { r.Converted = true }
		redated := version("second", -5)
		redated.Body = version("second", -1).Body
		for i, step := range []struct {
			what     string
			replaces bool
			record   vuln.Record
			want     store.Disposition
			status   string // of the current one afterwards
		}{
			{"a first version", true, version("first", 0), store.Added, "first"},
			{"one dated before it", true, version("second", -1), store.Changed, "second"},
			{"the same again", true, version("second", -1), store.Unchanged, "second"},
			{"the same under another date", true, redated, store.Unchanged, "second"},
			{"one dated before it, of a file whose dates count", false, version("third", -2), store.Older, "second"},
			{"one dated before it, of another source", true, version("third", -2, another), store.Older, "second"},
			{"one that was converted", true, version("third", 9, converted), store.Older, "second"},
			{"the first again", true, version("first", 0), store.Changed, "first"},
			{"an old one", true, version("third", -99), store.Changed, "third"},
			{"a newer one of another source", true, version("fourth", 1, another), store.Changed, "fourth"},
			{"an older one of the first source", true, version("third", 0), store.Older, "fourth"},
		} {
			b := &store.Batch{Origin: origin(i), Records: []vuln.Record{step.record}}
			b.Origin.Replaces = step.replaces
			o, err := s.Apply(t.Context(), b)
			if err != nil {
				t.Fatalf("Apply: %v", err)
			}
			if o.Dispositions[0] != step.want {
				t.Errorf("%s, %s: disposition %d, want %d", kind, step.what, o.Dispositions[0], step.want)
			}
			if got := mustGet(t, s, kind, "CVE-2024-0001"); got.Status != step.status {
				t.Errorf("%s, %s: %s is current, want %s", kind, step.what, got.Status, step.status)
			}
		}
		versions, err := s.Versions(t.Context(), kind, "CVE-2024-0001")
		var statuses []string
		for _, v := range versions {
			statuses = append(statuses, v.Record.Status)
		}
		if want := []string{"first", "second", "first", "third", "fourth"}; !slices.Equal(statuses, want) || err != nil {
			t.Errorf("%s: versions %v, %v, want %v", kind, statuses, err, want)
		}
	}
}

// checkForgetting: what a file replaces that says so is not kept.
func checkForgetting(t trial, s store.Store) {
	for _, kind := range []vuln.Kind{vuln.KindEPSS, vuln.KindCWE, vuln.KindCVE} {
		version := func(n int) vuln.Record {
			if kind == vuln.KindCVE {
				return record(2024, 1, status("Modified"), modified(epoch.Add(time.Duration(n)*time.Hour)))
			}
			return entry(kind, "CVE-2024-0001", modified(epoch.Add(time.Duration(n)*time.Hour)), text("the text"), func(r *vuln.Record) {
				r.Title = "it"
				r.Facts.Links = []vuln.Link{{Kind: vuln.KindCVE, ID: r.ID, Rule: "cve"}}
			})
		}
		for n, step := range []struct {
			forgets bool
			records []vuln.Record
			want    []int // versions held afterwards
		}{
			{true, []vuln.Record{version(0)}, []int{0}},
			{true, []vuln.Record{version(1)}, []int{1}},
			{false, []vuln.Record{version(2)}, []int{1, 2}},
			{true, []vuln.Record{version(3), version(4)}, []int{1, 4}},
			{true, []vuln.Record{version(2)}, []int{1, 4}},
			{false, []vuln.Record{version(5), version(6)}, []int{1, 4, 5, 6}},
		} {
			b := &store.Batch{Origin: origin(n), Records: step.records}
			b.Origin.Forgets = step.forgets
			if _, err := s.Apply(t.Context(), b); err != nil {
				t.Fatalf("Apply: %v", err)
			}
			versions, err := s.Versions(t.Context(), kind, "CVE-2024-0001")
			if err != nil {
				t.Fatalf("Versions: %v", err)
			}
			var held []int
			for _, v := range versions {
				held = append(held, int(v.Record.Modified.Sub(epoch)/time.Hour))
				if string(v.Record.Body) != string(version(held[len(held)-1]).Body) {
					t.Errorf("%s: version %d has another body", kind, held[len(held)-1])
				}
			}
			if !slices.Equal(held, step.want) {
				t.Errorf("%s, step %d: versions %v, want %v", kind, n, held, step.want)
			}
			newest := version(step.want[len(step.want)-1])
			same(t, "current version", mustGet(t, s, kind, newest.ID), newest)
			compare(t, s, []vuln.Record{newest}, store.Query{Kind: kind, Words: []string{"text"}})
		}
	}
}
