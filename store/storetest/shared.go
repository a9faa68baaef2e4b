package storetest

import (
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// checkSeenElsewhere: what one store writes the other answers from, at once.
func checkSeenElsewhere(t trial, a, b store.Store) {
	tasks := plan(t, firstPlan)
	all := []store.Query{{Kind: vuln.KindCVE}}
	seen := store.Digest{Revision: -1}
	for i := range tasks {
		writer, reader := a, b
		if i%2 == 1 {
			writer, reader = b, a
		}
		if err := tasks[i].carryOut(t.Context(), writer, silent); err != nil {
			t.Fatalf("task %d: %v", i, err)
		}
		l := follow(tasks, i+1)
		compare(t, reader, l.current(), all[0])
		d := digests(t, reader, all)[0]
		if d.Revision < seen.Revision {
			t.Errorf("revision %d, before %d, seen from elsewhere", d.Revision, seen.Revision)
		}
		seen = d
	}
	state := store.SourceState{Source: "nvd-cve", Synced: epoch}
	if err := a.SetSource(t.Context(), state); err != nil {
		t.Fatalf("SetSource: %v", err)
	}
	want := followAll(tasks).content()
	want.add("source %v", state)
	for _, s := range []store.Store{a, b} {
		if d := want.diff(contentOf(t, s)); d != "" {
			t.Errorf("content (-want +got):\n%s", d)
		}
	}
}

// checkSharedSnapshot: what is written elsewhere moves no snapshot.
func checkSharedSnapshot(t trial, a, b store.Store) {
	records := Records(t.size(60, 20), 20)
	half := len(records) / 2
	apply(t, a, 1, records[:half]...)
	snap, err := b.Snapshot(t.Context())
	if err != nil {
		t.Fatalf("Snapshot: %v", err)
	}
	compare(t, snap, records[:half], store.Query{Kind: vuln.KindCVE})
	apply(t, a, 2, records[half:]...)
	asked(t, snap, records[:half])
	asked(t, b, records)
	if err := snap.Close(); err != nil {
		t.Errorf("Close of a snapshot: %v", err)
	}
}

// checkSharedRenewal: readers elsewhere see what was taken without opening the
// store again.
func checkSharedRenewal(t trial, a, b store.Store) {
	old, fresh := Records(t.size(60, 20), 22), Records(t.size(80, 25), 23)
	apply(t, a, 1, old...)
	if err := a.SetSource(t.Context(), store.SourceState{Source: "nvd-cve", Synced: epoch}); err != nil {
		t.Fatalf("SetSource: %v", err)
	}
	asked(t, b, old)
	sets := []store.Query{{Kind: vuln.KindCVE, Year: 2003}, {Kind: vuln.KindCVE}}
	before := digests(t, b, sets)
	next, ok := renew(t, a)
	if !ok {
		return
	}
	apply(t, next, 1, fresh...)
	asked(t, b, old)
	if err := next.Take(t.Context()); err != nil {
		t.Fatalf("Take: %v", err)
	}
	for _, s := range []store.Store{a, b} {
		asked(t, s, fresh)
		for i := range fresh[:5] {
			same(t, "after Take", mustGet(t, s, vuln.KindCVE, fresh[i].ID), fresh[i])
		}
		if got, err := s.Sources(t.Context()); len(got) > 0 || err != nil {
			t.Errorf("sources after Take: %v, %v", got, err)
		}
	}
	for i, d := range digests(t, b, sets) {
		if d.Revision <= before[i].Revision {
			t.Errorf("digest of %s after Take: %+v, before %+v", show(sets[i]), d, before[i])
		}
	}
	// The other writes on in what was taken.
	newer := fresh[0]
	newer.Modified = newer.Modified.Add(time.Hour)
	newer.Body = Body(&newer)
	if o := apply(t, b, 2, append([]vuln.Record{newer}, fresh[1:]...)...); o.Changed != 1 || o.Unchanged != len(fresh)-1 {
		t.Errorf("Apply from elsewhere after Take: %+v", o)
	}
	if d := gocmp.Diff(find(fresh, store.Query{Kind: vuln.KindCVE}), list(t, a, store.Query{Kind: vuln.KindCVE})); d != "" {
		t.Errorf("List (-want +got):\n%s", d)
	}
}
