package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// loadBatch is how many records a batch of Load has.
const loadBatch = 1000

// Load puts n records of the kind that mirrors have most of into an empty store,
// the way a first sync does, and checks that they can be found. Under -short and
// with the race detector it is a twentieth of them.
func Load(t *testing.T, open func(t *testing.T) store.Store, n int) {
	if testing.Short() || raceEnabled {
		n = (n + 19) / 20
	}
	s := open(t)
	defer closeStore(t, s)
	began := time.Now()
	load(newTrial(t, nil), s, n)
	t.Logf("%d records in %v", n, time.Since(began).Round(time.Millisecond))
}

func load(t trial, s store.Store, n int) {
	loader, bulk := s.(store.BulkLoader)
	preparer, prepares := s.(store.Preparer)
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	if bulk {
		must("BeginBulk", loader.BeginBulk(t.Context(), vuln.KindCVE))
	}
	// The next batch is made and prepared while one is applied.
	batches := make(chan *store.Batch, 1)
	facts := loadFacts()
	go func() {
		defer close(batches)
		for first := 0; first < n; first += loadBatch {
			b := &store.Batch{Origin: origin(first), Records: loadRecords(facts, first, min(loadBatch, n-first)), Last: true}
			if prepares {
				if err := preparer.Prepare(b); err != nil {
					t.Errorf("Prepare: %v", err)
					return
				}
			}
			select {
			case batches <- b:
			case <-t.Context().Done():
				return
			}
		}
	}()
	for b := range batches {
		o, err := s.Apply(t.Context(), b)
		if err != nil || o.Added != len(b.Records) {
			t.Fatalf("Apply: %+v, %v", o, err)
		}
	}
	if bulk {
		must("EndBulk", loader.EndBulk(t.Context(), vuln.KindCVE))
	}
	checkLoaded(t, s, facts, n)
}

// loadFacts are what the records of a load are made of, again in every batch.
func loadFacts() []vuln.Record { return Records(loadBatch, 51) }

// loadRecord makes the record of that number.
func loadRecord(facts []vuln.Record, number int) vuln.Record {
	r := facts[number%loadBatch]
	r.ID, r.Published, r.Modified = loadID(number), loadPublished(number), loadModified(number)
	r.Text = append(slices.Clone(r.Text), vuln.Text{Lang: "en", Value: loadWord(number)})
	r.Body = Body(&r)
	return r
}

func loadRecords(facts []vuln.Record, first, n int) []vuln.Record {
	out := make([]vuln.Record, n)
	for i := range out {
		out[i] = loadRecord(facts, first+i)
	}
	return out
}

func loadID(number int) string { return fmt.Sprintf("CVE-%d-%05d", 2002+number%20, number) }

func loadPublished(number int) time.Time { return epoch.Add(time.Duration(number%5000) * time.Minute) }
func loadModified(number int) time.Time  { return epoch.AddDate(0, 0, number%900) }
func loadWord(number int) string         { return fmt.Sprintf("number%07d", number) }

// checkLoaded works out what is found by counting: asking every record by the
// oracle would take longer than the load.
func checkLoaded(t trial, s store.Store, facts []vuln.Record, n int) {
	sample := loadRecords(facts, 0, min(loadBatch, n))
	for _, q := range []store.Query{{}, {CWE: "CWE-79"}, {Tag: "disputed"}, {InKEV: true}, {Statuses: []string{"Analyzed"}}, {MinScore: 8.7}, {Words: []string{"buffer"}}, {Phrase: "SQL injection"}, {Vendor: "vendor7"}, {SourceIdentifier: people[3]}} {
		q.Kind = vuln.KindCVE
		want := n/len(sample)*len(find(sample, q)) + len(find(sample[:n%len(sample)], q))
		d, err := s.Digest(t.Context(), q)
		if err != nil || d.Count != want {
			t.Errorf("Digest(%s): %d records, want %d, error %v", show(q), d.Count, want, err)
		}
	}
	for number := 0; number < n; number += n/40 + 1 {
		want := loadRecord(facts, number)
		same(t, "Get "+want.ID, mustGet(t, s, vuln.KindCVE, want.ID), want)
		q := store.Query{Kind: vuln.KindCVE, Words: []string{loadWord(number)}}
		if got := list(t, s, q); len(got) != 1 || got[0] != want.ID {
			t.Errorf("List(%s): %v, want %s", show(q), got, want.ID)
		}
	}
	if held, err := s.Origins(t.Context()); len(held) != (n+loadBatch-1)/loadBatch || err != nil {
		t.Errorf("%d files are recorded, error %v", len(held), err)
	}
	checkLoadedOrder(t, s, n)
}

// checkLoadedOrder reads all once, and pages from places all over every order.
func checkLoadedOrder(t trial, s store.Store, n int) {
	type place struct {
		id                  string
		published, modified time.Time
	}
	all := make([]place, n)
	for i := range all {
		all[i] = place{loadID(i), loadPublished(i), loadModified(i)}
	}
	for _, order := range orders {
		slices.SortFunc(all, func(a, b place) int {
			switch order {
			case store.ByPublished:
				return cmp.Or(a.published.Compare(b.published), cmp.Compare(a.id, b.id))
			case store.ByModifiedDesc:
				return cmp.Or(b.modified.Compare(a.modified), cmp.Compare(a.id, b.id))
			}
			return cmp.Compare(a.id, b.id)
		})
		pages := []store.Query{{Offset: n / 2, Limit: 20}, {Offset: n - 7, Limit: 20}}
		if order == store.ByPublished {
			pages = append(pages, store.Query{})
		}
		for _, q := range pages {
			q.Kind, q.Order = vuln.KindCVE, order
			i := q.Offset
			for _, id := range list(t, s, q) {
				if i < n && id != all[i].id {
					t.Fatalf("List(%s): %s at place %d, want %s", show(q), id, i, all[i].id)
				}
				i++
			}
			end := n
			if q.Limit > 0 {
				end = min(n, q.Offset+q.Limit)
			}
			if i != end {
				t.Errorf("List(%s) ends at place %d of %d", show(q), i, n)
			}
		}
	}
}
