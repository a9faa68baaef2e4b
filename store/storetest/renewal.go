package storetest

import (
	"errors"
	"slices"
	"strings"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// renew opens a renewal, or tells that the store has none.
func renew(t T, s store.Store) (store.Renewal, bool) {
	t.Helper()
	r, ok := s.(store.Renewer)
	if !ok {
		return nil, false
	}
	next, err := r.Renew(t.Context())
	if err != nil {
		t.Fatalf("Renew: %v", err)
	}
	return next, true
}

// checkRenewal: what is stored in a renewal is seen when it is taken, all of it.
func checkRenewal(t trial, s store.Store) {
	tasks := plan(t, firstPlan)
	held := followAll(tasks)
	carryOut(t, s, tasks, silent)
	sets := []store.Query{{Kind: vuln.KindCVE}, {Kind: vuln.KindCVE, Words: []string{"over"}}, {Kind: vuln.KindCPE}, {Kind: vuln.KindNVDSource}}
	before := digests(t, s, sets)
	next, ok := renew(t, s)
	if !ok {
		return
	}
	checkNothing(t, next)
	tasks = plan(t, nextPlan)
	carryOut(t, next, tasks, silent)
	state := store.SourceState{Source: "nvd-cve", Synced: epoch.Add(time.Hour), Watermark: epoch}
	if err := next.SetSource(t.Context(), state); err != nil {
		t.Fatalf("SetSource: %v", err)
	}
	compareLedger(t, s, held)
	if d := gocmp.Diff(before, digests(t, s, sets)); d != "" {
		t.Errorf("digests during a renewal (-before +after):\n%s", d)
	}

	taken := followAll(tasks)
	leaser, leases := s.(store.Leaser)
	if leases {
		if err := leaser.Lease(t.Context(), "rebuild", "anna", longTerm); err != nil {
			t.Errorf("Lease during a renewal: %v", err)
		}
	}
	if err := next.Take(t.Context()); err != nil {
		t.Fatalf("Take: %v", err)
	}
	want := taken.content()
	want.add("source %v", state)
	if d := want.diff(contentOf(t, s)); d != "" {
		t.Errorf("content after Take (-want +got):\n%s", d)
	}
	asked(t, s, taken.current())
	compareUses(t, s, taken.current(), store.Product{})
	after := digests(t, s, sets)
	for i := range sets {
		if after[i].Revision <= before[i].Revision {
			t.Errorf("digest of %s after Take: %+v, before %+v: a larger revision says that everything changed", show(sets[i]), after[i], before[i])
		}
	}
	if err := next.Close(); err != nil {
		t.Errorf("Close after Take: %v", err)
	}
	if leases {
		if err := leaser.Lease(t.Context(), "rebuild", "bert", longTerm); !errors.Is(err, store.ErrLeased) {
			t.Errorf("a lease that somebody has, after Take: %v", err)
		}
	}

	// Life goes on in what was taken.
	newer := taken.current()[0]
	newer.Modified = newer.Modified.AddDate(1, 0, 0)
	newer.Body = Body(&newer)
	if o := apply(t, s, 9, newer, record(2031, 1)); o.Changed != 1 || o.Added != 1 {
		t.Errorf("Apply after Take: %+v", o)
	}
	if got := digests(t, s, sets[:1])[0]; got.Revision <= after[0].Revision {
		t.Errorf("digest after a change: %+v, before %+v", got, after[0])
	}
}

func digests(t T, s store.Reader, sets []store.Query) []store.Digest {
	t.Helper()
	var out []store.Digest
	for _, q := range sets {
		d, err := s.Digest(t.Context(), q)
		if err != nil {
			t.Fatalf("Digest: %v", err)
		}
		out = append(out, d)
	}
	return out
}

// checkRenewalDropped: one that was not taken leaves nothing behind.
func checkRenewalDropped(t trial, s store.Store) {
	records := Records(t.size(40, 15), 16)
	apply(t, s, 1, records...)
	before := contentOf(t, s)
	next, ok := renew(t, s)
	if !ok {
		return
	}
	others := Records(t.size(40, 15), 17)
	apply(t, next, 2, others...)
	apply(t, s, 3, record(2024, 7777)) // the store in service takes changes meanwhile
	if err := next.Close(); err != nil {
		t.Errorf("Close of a renewal: %v", err)
	}
	apply(t, s, 1, record(2024, 7778))
	now := contentOf(t, s)
	now = slices.DeleteFunc(now, func(line string) bool { return strings.Contains(line, "CVE-2024-777") })
	if d := before.diff(now); d != "" {
		t.Errorf("a renewal that was not taken changed (-before +after):\n%s", d)
	}
	// The same records come again with the same content, times and origins.
	for range 2 {
		next, _ = renew(t, s)
		checkNothing(t, next)
		if o := apply(t, next, 2, others...); o.Added != len(others) {
			t.Errorf("records in a renewal: %+v", o)
		}
		compare(t, next, others, store.Query{Kind: vuln.KindCVE})
		if err := next.Close(); err != nil {
			t.Errorf("Close of a renewal: %v", err)
		}
	}
	next, _ = renew(t, s)
	apply(t, next, 2, others[:5]...)
	if err := next.Take(t.Context()); err != nil {
		t.Fatalf("Take: %v", err)
	}
	compare(t, s, others[:5], store.Query{Kind: vuln.KindCVE})
}

// checkRenewalSnapshot: a snapshot taken before goes on answering what it did,
// or fails; it never shows the new content.
func checkRenewalSnapshot(t trial, s store.Store) {
	old, fresh := record(2024, 1, status("old")), record(2024, 1, status("new"))
	other := record(2024, 2, status("old"))
	apply(t, s, 1, old, other)
	next, ok := renew(t, s)
	if !ok {
		return
	}
	apply(t, next, 1, fresh, record(2024, 3, status("new")))
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatalf("Snapshot: %v", err)
	}
	same(t, "before Take", mustGet(t, snap, old.Kind, old.ID), old)
	if err := next.Take(t.Context()); err != nil {
		t.Fatalf("Take: %v", err)
	}
	for range 2 { // what one look learns must not mislead the next, on either side
		if got, err := snap.Get(t.Context(), old.Kind, old.ID); err == nil {
			same(t, "in a snapshot of before Take", got, old)
		}
		var listed []string
		var failed error
		for r, err := range snap.List(t.Context(), store.Query{Kind: vuln.KindCVE}) {
			if failed = err; err == nil {
				listed = append(listed, r.ID+" "+r.Status)
			}
		}
		if d := gocmp.Diff([]string{old.ID + " old", other.ID + " old"}, listed); d != "" && failed == nil {
			t.Errorf("List of a snapshot of before Take (-want +got):\n%s", d)
		}
		same(t, "after Take", mustGet(t, s, old.Kind, old.ID), fresh)
		compare(t, s, []vuln.Record{fresh, record(2024, 3, status("new"))}, store.Query{Kind: vuln.KindCVE, Statuses: []string{"new"}})
	}
	if err := snap.Close(); err != nil {
		t.Errorf("Close of a snapshot: %v", err)
	}
}
