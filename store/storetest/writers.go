package storetest

import (
	"math/rand/v2"
	"slices"
	"sync"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// checkConcurrentVersions has many goroutines apply versions of the same records.
func checkConcurrentVersions(t trial, s store.Store) { newestWins(t, []store.Store{s}) }

// checkSharedVersions has two stores apply versions of the same records.
func checkSharedVersions(t trial, a, b store.Store) { newestWins(t, []store.Store{a, b}) }

// newestWins applies every version twice, in any order and from everywhere at
// once, and checks that what was said of each adds up.
func newestWins(t trial, stores []store.Store) {
	versions := versionsOf(t.size(40, 8), 4, 41)
	var all []vuln.Record
	for _, of := range versions {
		all = append(append(all, of...), of...)
	}
	rnd := rand.New(rand.NewPCG(7, 7))
	rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var mu sync.Mutex
	said := map[name]map[store.Disposition]int{}
	became := map[name][]string{} // statuses and times of versions that were current once
	note := func(b *store.Batch, o store.Outcome) {
		mu.Lock()
		defer mu.Unlock()
		if len(o.Dispositions) != len(b.Records) || o.Added+o.Changed+o.Unchanged+o.Older != len(b.Records) {
			t.Errorf("outcome of %d records: %+v", len(b.Records), o)
			return
		}
		for i, d := range o.Dispositions {
			n := nameOf(&b.Records[i])
			if said[n] == nil {
				said[n] = map[store.Disposition]int{}
			}
			said[n][d]++
			if d == store.Added || d == store.Changed {
				became[n] = append(became[n], b.Records[i].Modified.String())
			}
		}
	}
	size := t.size(9, 5)
	batches := slices.Collect(slices.Chunk(all, size))
	work := make(chan int)
	var wg sync.WaitGroup
	for writer := range 6 {
		s := stores[writer%len(stores)]
		wg.Go(func() {
			for i := range work {
				b := &store.Batch{Origin: origin(i), Records: batches[i], Last: true}
				o, err := s.Apply(t.Context(), b)
				if err != nil {
					t.Errorf("Apply: %v", err)
					continue
				}
				note(b, o)
			}
		})
	}
	for i := range batches {
		work <- i
	}
	close(work)
	wg.Wait()

	for _, s := range stores {
		for _, of := range versions {
			newest := of[len(of)-1]
			n := nameOf(&newest)
			same(t, "current version of "+n.ID, mustGet(t, s, n.Kind, n.ID), newest)
			held, err := s.Versions(t.Context(), n.Kind, n.ID)
			if err != nil {
				t.Fatalf("Versions: %v", err)
			}
			var times []string
			for i, v := range held {
				if i > 0 && !v.Record.Modified.After(held[i-1].Record.Modified) {
					t.Errorf("%v: version %d is not newer than the one before", n, i)
				}
				times = append(times, v.Record.Modified.String())
			}
			slices.Sort(became[n])
			slices.Sort(times)
			if !slices.Equal(times, became[n]) {
				t.Errorf("%v: versions of %v are held, those of %v were said to become current", n, times, became[n])
			}
			if said[n][store.Added] != 1 {
				t.Errorf("%v was added %d times", n, said[n][store.Added])
			}
		}
		var current []vuln.Record
		for _, of := range versions {
			current = append(current, of[len(of)-1])
		}
		asked(t, s, current)
		if held, err := s.Origins(t.Context()); len(held) != len(batches) || err != nil {
			t.Errorf("%d files are recorded, want %d, error %v", len(held), len(batches), err)
		}
	}
}
