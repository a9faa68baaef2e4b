package storetest

import (
	"context"
	"errors"
	"slices"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// checkConverted: a converted record never replaces a native one, and a native
// one always replaces a converted one.
func checkConverted(t trial, s store.Store) {
	converted := func(r *vuln.Record) { r.Converted = true }
	for _, r := range []vuln.Record{record(2024, 1), entry(vuln.KindCPE, "cpe:2.3:a:v:p:1:*:*:*:*:*:*:*")} {
		id, kind := r.ID, r.Kind
		version := func(changes ...change) vuln.Record {
			if kind == vuln.KindCVE {
				return record(2024, 1, changes...)
			}
			return entry(kind, id, changes...)
		}
		steps := []struct {
			record vuln.Record
			want   store.Outcome
		}{
			{version(converted, status("1")), store.Outcome{Added: 1}},
			{version(converted, status("2"), modified(epoch.Add(time.Hour))), store.Outcome{Changed: 1}},
			{version(converted, status("3")), store.Outcome{Older: 1}},
			{version(status("native"), modified(epoch.Add(-time.Hour))), store.Outcome{Changed: 1}},
			{version(converted, status("4"), modified(epoch.Add(2*time.Hour))), store.Outcome{Older: 1}},
			{version(converted, status("native"), modified(epoch.Add(-time.Hour))), store.Outcome{Older: 1}},
			{version(status("newer")), store.Outcome{Changed: 1}},
		}
		for i, step := range steps {
			if o := apply(t, s, i, step.record); o.Added != step.want.Added || o.Changed != step.want.Changed || o.Older != step.want.Older {
				t.Errorf("%s, step %d: %+v, want %+v", kind, i, o, step.want)
			}
			if i == 1 {
				if got := mustGet(t, s, kind, id); !got.Converted {
					t.Errorf("%s: the record is not marked as converted", kind)
				}
				compare(t, s, []vuln.Record{step.record}, store.Query{Kind: kind, Native: true})
				compare(t, s, []vuln.Record{step.record}, store.Query{Kind: kind})
			}
		}
		got := mustGet(t, s, kind, id)
		if got.Converted || got.Status != "newer" {
			t.Errorf("%s: at the end %+v", kind, got)
		}
		compare(t, s, []vuln.Record{got}, store.Query{Kind: kind, Native: true})
		versions, err := s.Versions(t.Context(), kind, id)
		var marks []bool
		for _, v := range versions {
			marks = append(marks, v.Record.Converted)
		}
		if want := []bool{true, true, false, false}; !slices.Equal(marks, want) || err != nil {
			t.Errorf("%s: versions are marked as converted: %v, %v, want %v", kind, marks, err, want)
		}
	}
}

// checkCopies: copies stand back behind what upstream was asked for.
func checkCopies(t trial, s store.Store) {
	put := func(n int, copies bool, source string, r vuln.Record) store.Outcome {
		t.Helper()
		r.Source = source
		b := &store.Batch{Origin: origin(n), Records: []vuln.Record{r}}
		b.Origin.Copies = copies
		o, err := s.Apply(t.Context(), b)
		if err != nil {
			t.Fatalf("Apply: %v", err)
		}
		return o
	}
	check := func(what string, got, want store.Outcome, source, status string) {
		t.Helper()
		if got.Added != want.Added || got.Changed != want.Changed || got.Unchanged != want.Unchanged || got.Older != want.Older {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
		if r := mustGet(t, s, vuln.KindCVE, "CVE-2024-0001"); r.Source != source || r.Status != status {
			t.Errorf("%s: %s of %s, want %s of %s", what, r.Status, r.Source, status, source)
		}
	}
	one := func(s string, more ...change) vuln.Record { return record(2024, 1, append(more, status(s))...) }
	const up, kept = "upstream", "kept"
	check("a copy", put(1, true, kept, one("1")), store.Outcome{Added: 1}, kept, "1")
	check("another copy", put(2, true, kept, one("2")), store.Outcome{Changed: 1}, kept, "2")
	check("upstream has the same", put(3, false, up, one("2")), store.Outcome{Unchanged: 1}, up, "2")
	check("the copy again", put(4, true, kept, one("2")), store.Outcome{Unchanged: 1}, up, "2")
	check("a copy of that date", put(5, true, kept, one("1")), store.Outcome{Older: 1}, up, "2")
	check("upstream says otherwise", put(6, false, up, one("3")), store.Outcome{Changed: 1}, up, "3")
	check("a newer copy", put(7, true, kept, one("4", modified(epoch.Add(time.Hour)))), store.Outcome{Changed: 1}, kept, "4")
	check("upstream says otherwise still", put(8, false, up, one("5", modified(epoch.Add(time.Hour)))), store.Outcome{Changed: 1}, up, "5")
	check("an older copy", put(9, true, kept, one("3")), store.Outcome{Older: 1}, up, "5")
}

// checkWithdraw: what upstream has no longer stays, and is marked.
func checkWithdraw(t trial, s store.Store) {
	at, upTo := epoch.Add(48*time.Hour), epoch.Add(24*time.Hour)
	for _, kind := range []vuln.Kind{vuln.KindCPE, vuln.KindCVE, vuln.KindNVDSource, vuln.KindCAPEC, vuln.KindEPSS} {
		version := func(n int, changes ...change) vuln.Record {
			if kind == vuln.KindCVE {
				return record(2024, n, append(changes, func(r *vuln.Record) { r.Source = "withdrawing" })...)
			}
			return entry(kind, uuid(9, n), append(changes, func(r *vuln.Record) { r.Source = "withdrawing" })...)
		}
		kept, gone, late := version(1), version(2, text("vanishes")), version(3, modified(upTo.Add(time.Hour)))
		other := version(4)
		other.Source = "another"
		apply(t, s, 1, kept, gone, late, other)
		before, err := s.Digest(t.Context(), store.Query{Kind: kind})
		if err != nil {
			t.Fatalf("Digest: %v", err)
		}
		w := store.Withdrawal{Kind: kind, Source: "withdrawing", At: at, UpTo: upTo, Keep: func(id string) bool { return id == kept.ID }}
		if n, err := s.Withdraw(t.Context(), w); n != 1 || err != nil {
			t.Errorf("Withdraw of %s = %d, %v, want 1", kind, n, err)
		}
		if n, err := s.Withdraw(t.Context(), w); n != 0 || err != nil {
			t.Errorf("Withdraw of %s again = %d, %v, want 0", kind, n, err)
		}
		marked := gone
		marked.Withdrawn = at
		now := []vuln.Record{kept, marked, late, other}
		compare(t, s, now, store.Query{Kind: kind})
		compare(t, s, now, store.Query{Kind: kind, Withdrawn: true})
		compare(t, s, now, store.Query{Kind: kind, Words: []string{"vanish"}, Withdrawn: true})
		if after, err := s.Digest(t.Context(), store.Query{Kind: kind}); err != nil || after.Count != before.Count-1 {
			t.Errorf("Digest after Withdraw of %s: %+v, %v", kind, after, err)
		}
		if got := mustGet(t, s, kind, gone.ID); !got.Withdrawn.Equal(at) {
			t.Errorf("%s is withdrawn at %v, want %v", kind, got.Withdrawn, at)
		}
		if o := apply(t, s, 2, gone); o.Changed != 1 {
			t.Errorf("%s found again: %+v, want it changed", kind, o)
		}
		compare(t, s, []vuln.Record{kept, gone, late, other}, store.Query{Kind: kind})
		if versions, err := s.Versions(t.Context(), kind, gone.ID); err != nil || len(versions) != 1 {
			t.Errorf("%s: %d versions, %v: coming and going makes none", kind, len(versions), err)
		}
	}
}

// checkWithdrawnUse: what is withdrawn concerns no platform, keeps its history,
// and is brought back by upstream, not by copies.
func checkWithdrawnUse(t trial, s store.Store) {
	criterion := vuln.MatchCriteria{Operator: "OR", Vulnerable: true, ID: uuid(5, 3), Criteria: "cpe:2.3:a:v:p:1:*:*:*:*:*:*:*"}
	uses := func(r *vuln.Record) { r.Facts.Criteria = []vuln.MatchCriteria{criterion} }
	older := record(2024, 1, uses)
	gone := record(2024, 1, uses, modified(epoch.Add(time.Hour)))
	old := record(2024, 2, uses, func(r *vuln.Record) { r.Converted = true })
	records := []vuln.Record{gone, old}
	apply(t, s, 1, older, gone, old)
	compareUses(t, s, records, store.Product{Vendor: "v"})
	w := store.Withdrawal{Kind: vuln.KindCVE, Source: "nvd-cve", At: epoch, UpTo: epoch.AddDate(1, 0, 0), Keep: func(id string) bool { return id != gone.ID }}
	if n, err := s.Withdraw(t.Context(), w); n != 1 || err != nil {
		t.Fatalf("Withdraw: %d, %v", n, err)
	}
	compareUses(t, s, []vuln.Record{old}, store.Product{Vendor: "v"})
	if versions, err := s.Versions(t.Context(), vuln.KindCVE, gone.ID); len(versions) != 2 || err != nil {
		t.Errorf("%d versions of a withdrawn record, %v, want 2", len(versions), err)
	}
	copied := &store.Batch{Origin: origin(2), Records: []vuln.Record{gone, older}}
	copied.Origin.Copies = true
	if o, err := s.Apply(t.Context(), copied); o.Unchanged != 1 || o.Older != 1 || err != nil {
		t.Errorf("copies of a withdrawn record: %+v, %v", o, err)
	}
	if r := mustGet(t, s, vuln.KindCVE, gone.ID); r.Withdrawn.IsZero() {
		t.Errorf("a copy brought a withdrawn record back")
	}
	apply(t, s, 3, gone)
	compareUses(t, s, records, store.Product{Vendor: "v"})
	// One that has no time is older than every list.
	apply(t, s, 4, record(2024, 3, modified(time.Time{})))
	w.Keep = func(id string) bool { return id != "CVE-2024-0003" }
	if n, err := s.Withdraw(t.Context(), w); n != 1 || err != nil {
		t.Errorf("Withdraw of a record without a time: %d, %v", n, err)
	}
}

// checkFailedWithdraw: it is done whole or not at all.
func checkFailedWithdraw(t trial, s store.Store) {
	records := Records(t.size(60, 30), 15)
	apply(t, s, 1, records...)
	before := contentOf(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	asked := 0
	w := store.Withdrawal{Kind: vuln.KindCVE, Source: "nvd-cve", At: epoch, UpTo: epoch.AddDate(10, 0, 0)}
	w.Keep = func(string) bool {
		if asked++; asked == len(records)/2 {
			cancel()
		}
		return false
	}
	if n, err := s.Withdraw(ctx, w); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("Withdraw that was cancelled: %d, %v", n, err)
	}
	if d := before.diff(contentOf(t, s)); d != "" {
		t.Errorf("a cancelled Withdraw changed (-before +after):\n%s", d)
	}
	if n, err := s.Withdraw(t.Context(), w); n != len(records) || err != nil {
		t.Errorf("Withdraw of all: %d, %v, want %d", n, err, len(records))
	}
	compare(t, s, nil, store.Query{Kind: vuln.KindCVE})
}
