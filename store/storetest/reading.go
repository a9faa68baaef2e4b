package storetest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

func checkDigest(t trial, s store.Store) {
	ask := func(q store.Query) store.Digest {
		t.Helper()
		q.Kind = vuln.KindCVE
		d, err := s.Digest(t.Context(), q)
		if err != nil {
			t.Fatalf("Digest: %v", err)
		}
		return d
	}
	all, year, other, analyzed := store.Query{}, store.Query{Year: 2024}, store.Query{Year: 2025}, store.Query{Statuses: []string{"Analyzed"}}
	apply(t, s, 1, record(2024, 1, status("Analyzed")), record(2024, 2), record(2025, 1))
	a, y, o, z := ask(all), ask(year), ask(other), ask(analyzed)
	if a.Count != 3 || y.Count != 2 || o.Count != 1 || z.Count != 1 || !a.Newest.Equal(epoch) {
		t.Errorf("digests %+v, %+v, %+v, %+v", a, y, o, z)
	}

	apply(t, s, 2, record(2024, 1, status("Analyzed")), record(2024, 2, modified(epoch.Add(-1))))
	if err := s.SetSource(t.Context(), store.SourceState{Source: "nvd-cve", Synced: epoch}); err != nil {
		t.Fatalf("SetSource: %v", err)
	}
	if got := ask(all); got != a {
		t.Errorf("nothing changed, but the digest did: %+v, was %+v", got, a)
	}
	if got := ask(analyzed); got != z {
		t.Errorf("nothing changed, but the digest did: %+v, was %+v", got, z)
	}

	apply(t, s, 3, record(2024, 1, modified(epoch.Add(time.Hour)), status("Modified")))
	if got := ask(all); got.Revision <= a.Revision || got.Count != 3 || !got.Newest.Equal(epoch.Add(time.Hour)) {
		t.Errorf("a record changed: %+v, was %+v", got, a)
	}
	if got := ask(year); got.Revision <= y.Revision || got.Count != 2 {
		t.Errorf("a record of the year changed: %+v, was %+v", got, y)
	}
	if got := ask(other); got != o {
		t.Errorf("a record of another year changed: %+v, was %+v", got, o)
	}
	if got := ask(analyzed); got == z || got.Count != 0 {
		t.Errorf("a record left the set: %+v, was %+v", got, z)
	}
	q := year
	q.Offset, q.Limit, q.Order = 1, 1, store.ByModifiedDesc
	if got := ask(q); got != ask(year) {
		t.Errorf("paging changed the digest: %+v, want %+v", got, ask(year))
	}
}

func checkSnapshot(t trial, s store.Store) {
	records := Records(t.size(100, 40), 4)
	n := len(records) / 2
	apply(t, s, 1, records[:n]...)
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatalf("Snapshot: %v", err)
	}
	changed := record(2031, 1)
	newer := records[0]
	newer.Modified = newer.Modified.Add(time.Hour)
	newer.Body = Body(&newer)
	apply(t, s, 2, append(records[n:], changed, newer)...)
	if err := s.SetSource(t.Context(), store.SourceState{Source: "nvd-cve"}); err != nil {
		t.Fatalf("SetSource: %v", err)
	}

	compare(t, snap, records[:n], store.Query{Kind: vuln.KindCVE})
	got, err := snap.Get(t.Context(), vuln.KindCVE, records[0].ID)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	same(t, "record of the snapshot", got, records[0])
	if _, err := snap.Get(t.Context(), vuln.KindCVE, changed.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a later record in a snapshot: %v, want ErrNotFound", err)
	}
	if v, err := snap.Versions(t.Context(), vuln.KindCVE, records[0].ID); err != nil || len(v) != 1 {
		t.Errorf("%d versions in the snapshot, want 1, error %v", len(v), err)
	}
	if v, err := snap.Sources(t.Context()); err != nil || len(v) != 0 {
		t.Errorf("sources in the snapshot: %v, error %v", v, err)
	}
	if done, err := snap.Ingested(t.Context(), "nvd-cve", "x", "y"); err != nil || done {
		t.Errorf("Ingested in the snapshot: %v, %v", done, err)
	}
	if err := snap.Close(); err != nil {
		t.Errorf("Close of a snapshot: %v", err)
	}
	compare(t, s, append([]vuln.Record{newer, changed}, records[1:]...), store.Query{Kind: vuln.KindCVE})
}

// checkListWhileWriting changes the store in the middle of a List.
func checkListWhileWriting(t trial, s store.Store) {
	records := Records(t.plenty(700, 120), 6)
	apply(t, s, 1, records...)
	q := store.Query{Kind: vuln.KindCVE, Order: store.ByModifiedDesc}
	var got []string
	for r, err := range s.List(t.Context(), q) {
		if err != nil {
			t.Fatalf("List: %v", err)
		}
		if len(got) == 10 {
			moved := records[len(records)*5/7]
			moved.Modified = epoch.AddDate(5, 0, 0)
			apply(t, s, 2, moved, record(2032, 1))
		}
		if len(got)%200 == 0 {
			if _, err := s.Get(t.Context(), vuln.KindCVE, r.ID); err != nil {
				t.Errorf("Get during List: %v", err)
			}
		}
		got = append(got, r.ID)
	}
	if d := cmp.Diff(find(records, q), got); d != "" {
		t.Errorf("List mixed two states (-want +got):\n%s", d)
	}
}

func checkCancelled(t trial, s store.Store) {
	apply(t, s, 1, Records(t.plenty(700, 120), 8)...)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	var failed error
	for _, err := range s.List(ctx, store.Query{Kind: vuln.KindCVE}) {
		if err != nil {
			failed = err
			continue
		}
		if n++; n == 3 {
			cancel()
		}
	}
	cancel()
	if failed == nil {
		t.Errorf("List went on to its end (%d records) after its context was cancelled", n)
	}
	if _, err := s.Get(ctx, vuln.KindCVE, "CVE-1999-0000"); err == nil {
		t.Errorf("Get with a cancelled context gave no error")
	}
	if _, err := s.Digest(ctx, store.Query{Kind: vuln.KindCVE}); err == nil {
		t.Errorf("Digest with a cancelled context gave no error")
	}
	for range s.List(t.Context(), store.Query{Kind: vuln.KindCVE}) {
		break // leaves nothing open: Close would hang or fail
	}
	if got := list(t, s, store.Query{Kind: vuln.KindCVE, Limit: 5}); len(got) != 5 {
		t.Errorf("after a cancelled List: %v", got)
	}
}

func checkBulk(t trial, s store.Store) {
	loader, ok := s.(store.BulkLoader)
	if !ok {
		return
	}
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	records := Records(t.size(150, 60), 9)
	n := len(records)
	must("BeginBulk", loader.BeginBulk(t.Context(), vuln.KindCVE))
	apply(t, s, 1, records[:n*2/3]...)
	compare(t, s, records[:n*2/3], store.Query{Kind: vuln.KindCVE, Words: []string{"over"}})
	apply(t, s, 2, records[n/2:]...)
	must("EndBulk", loader.EndBulk(t.Context(), vuln.KindCVE))
	for _, q := range filters() {
		compare(t, s, records, q)
	}
	must("EndBulk again", loader.EndBulk(t.Context(), vuln.KindCVE))
	must("BeginBulk of a full store", loader.BeginBulk(t.Context(), vuln.KindCVE))
	compare(t, s, records, store.Query{Kind: vuln.KindCVE})
	must("EndBulk of a full store", loader.EndBulk(t.Context(), vuln.KindCVE))
}

// checkPrepared prepares batches at the same time and applies them, once each
// and once again.
func checkPrepared(t trial, s store.Store) {
	p, ok := s.(store.Preparer)
	if !ok {
		return
	}
	size := t.size(50, 15)
	records := Records(4*size, 10)
	var batches []*store.Batch
	var wg sync.WaitGroup
	for i := 0; i < len(records); i += size {
		b := &store.Batch{Origin: origin(1), Records: records[i : i+size]}
		batches = append(batches, b)
		wg.Go(func() {
			if err := p.Prepare(b); err != nil {
				t.Errorf("Prepare: %v", err)
			}
		})
	}
	wg.Wait()
	for _, b := range batches {
		if o, err := s.Apply(t.Context(), b); err != nil || o.Added != size {
			t.Errorf("Apply of a prepared batch: %+v, %v", o, err)
		}
		if o, err := s.Apply(t.Context(), b); err != nil || o.Unchanged != size {
			t.Errorf("Apply of it again: %+v, %v", o, err)
		}
	}
	compare(t, s, records, store.Query{Kind: vuln.KindCVE})
}

// checkConcurrent reads while batches are applied: a reader sees whole batches.
func checkConcurrent(t trial, s store.Store) {
	size, rounds := t.size(20, 10), t.size(15, 6)
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 3 {
		wg.Go(func() {
			for ctx.Err() == nil {
				n := 0
				for _, err := range s.List(t.Context(), store.Query{Kind: vuln.KindCVE}) {
					if err != nil {
						t.Errorf("List: %v", err)
						return
					}
					n++
				}
				if d, err := s.Digest(t.Context(), store.Query{Kind: vuln.KindCVE}); n%size != 0 || err != nil || d.Count%size != 0 || d.Count < n {
					t.Errorf("saw %d records, then %d (%v): not whole batches of %d", n, d.Count, err, size)
					return
				}
			}
		})
	}
	for round := range rounds {
		var batch []vuln.Record
		for i := range size {
			batch = append(batch, record(2024, round*size+i))
		}
		apply(t, s, round, batch...)
	}
	cancel()
	wg.Wait()
	if d, err := s.Digest(t.Context(), store.Query{Kind: vuln.KindCVE}); err != nil || d.Count != size*rounds {
		t.Errorf("at the end %d records, error %v", d.Count, err)
	}
}
