package storetest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

var orders = []store.Order{store.ByPublished, store.ByID, store.ByModifiedDesc}

// checkOddOrder: identifiers are in the order of their bytes, whatever a
// language's dictionary or UTF-16 would have, and records without a time are as
// if theirs were before all others.
func checkOddOrder(t trial, s store.Store) {
	ids := []string{
		"CVE-2024-9999", "CVE-2024-10000", "CVE-2024-99999", "CVE-2024-010000", "cve-2024-1000", "CVE 2024", "CVE-2024-1", "CVE_2024",
		"a", "B", "b", "A", "aa", "a b", "a-b", "a_b", "a~", "a.", "a\\", "a'", `a"`, "ab", "a B", "é", "e", "f", "z", "Z", "ß", "ss", "\u0301", "任", "\uFFFD", "\U0001F600", "İ", "i", "I", "ı",
	}
	for _, kind := range []vuln.Kind{vuln.KindCVE, vuln.KindCPE, "another"} {
		var records []vuln.Record
		for i, id := range ids {
			r := entry(kind, id)
			switch i % 4 { // few times, so that identifiers decide
			case 0:
				r.Published, r.Modified = time.Time{}, time.Time{}
			case 1:
				r.Published, r.Modified = time.Date(1968, 10, 1, 4, 0, 0, 1e6, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999e6, time.UTC)
			case 2:
				r.Published = epoch.Add(time.Millisecond)
			}
			records = append(records, r)
		}
		apply(t, s, 1, records...)
		for _, order := range orders {
			q := store.Query{Kind: kind, Order: order}
			compare(t, s, records, q)
			for q.Limit = 7; q.Offset < len(records); q.Offset += q.Limit {
				compare(t, s, records, q)
			}
		}
		compare(t, s, records, store.Query{Kind: kind, Published: store.Span{To: epoch}})
		compare(t, s, records, store.Query{Kind: kind, Modified: store.Span{To: time.Date(1969, 12, 31, 23, 59, 59, 999e6, time.UTC)}})
		for i := range records {
			got := mustGet(t, s, kind, ids[i])
			same(t, "Get "+ids[i], got, records[i])
		}
	}
	for _, err := range s.List(t.Context(), store.Query{Kind: vuln.KindCVE, Order: 99}) {
		if err == nil {
			t.Errorf("an order that nobody knows was carried out")
		}
		break
	}
}

// checkManyIDs asks for more records by name than a statement has parameters.
func checkManyIDs(t trial, s store.Store) {
	records := Records(t.size(80, 30), 13)
	apply(t, s, 1, records...)
	var ids []string
	for i := range 3000 {
		ids = append(ids, fmt.Sprintf("CVE-%d-%04d", 1999+i%8, i))
	}
	ids = slices.Concat(ids, ids[:100])
	compare(t, s, records, store.Query{Kind: vuln.KindCVE, IDs: ids})
	compare(t, s, records, store.Query{Kind: vuln.KindCVE, IDs: ids, Order: store.ByModifiedDesc, Offset: 5, Limit: 10})
}

// checkPages pages through a snapshot while batches are applied: every record of
// the snapshot comes once, in order.
func checkPages(t trial, s store.Store) {
	records := Records(t.size(200, 40), 14)
	apply(t, s, 1, records...)
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatalf("Snapshot: %v", err)
	}
	pages := make(chan struct{}) // one batch for each
	var wg sync.WaitGroup
	wg.Go(func() {
		n := 0
		for range pages {
			moved := records[n%len(records)]
			moved.Published, moved.Modified = moved.Published.AddDate(0, 0, n%100-50), moved.Modified.AddDate(0, 0, n+1)
			moved.Body = Body(&moved)
			if _, err := s.Apply(t.Context(), &store.Batch{Origin: origin(2), Records: []vuln.Record{moved, record(2001, 5000+n)}}); err != nil {
				t.Errorf("Apply: %v", err)
			}
			n++
		}
	})
	for _, order := range orders {
		for _, q := range []store.Query{{}, {Words: []string{"over"}}, {NotStatuses: []string{"Rejected"}, MinScore: 1}} {
			q.Kind, q.Order = vuln.KindCVE, order
			want := find(records, q)
			var got []string
			q.Limit = t.size(23, 11)
			for {
				page := list(t, snap, q)
				if len(page) == 0 || len(got) > len(want) {
					break
				}
				got = append(got, page...)
				q.Offset += len(page)
				pages <- struct{}{}
			}
			if d := gocmp.Diff(want, got); d != "" {
				t.Errorf("pages of %s (-want +got):\n%s", show(q), d)
			}
		}
	}
	close(pages)
	wg.Wait()
	if err := snap.Close(); err != nil {
		t.Errorf("Close of a snapshot: %v", err)
	}
}
