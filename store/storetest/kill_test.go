package storetest

import (
	"path/filepath"
	"testing"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

// TestTornStoresAreFound leaves stores as kills may leave those that break their
// word.
func TestTornStoresAreFound(t *testing.T) {
	small := trial{T: t, small: true}
	tasks := plan(small, firstPlan)
	const done = 4 // the first batch of the second file
	half := func(records []vuln.Record) []vuln.Record { return records[:(len(records)+1)/2] }
	for name, tc := range map[string]struct {
		leave func(t *testing.T, s store.Store)
		done  int
		torn  bool
	}{
		"all that was reported":      {func(*testing.T, store.Store) {}, done, false},
		"one that was not, too":      {func(*testing.T, store.Store) {}, done - 1, false},
		"one that was reported, not": {func(*testing.T, store.Store) {}, done + 1, true},
		"two that were not, too":     {func(*testing.T, store.Store) {}, done - 2, true},
		"half a batch": {func(t *testing.T, s store.Store) {
			b := tasks[done].batch
			if _, err := s.Apply(t.Context(), &store.Batch{Origin: b.Origin, Records: half(b.Records)}); err != nil {
				t.Fatal(err)
			}
		}, done, true},
		"records without the note of their file": {func(t *testing.T, s store.Store) {
			for _, task := range tasks[done : done+2] {
				if _, err := s.Apply(t.Context(), &store.Batch{Origin: task.file, Records: task.batch.Records}); err != nil {
					t.Fatal(err)
				}
			}
		}, done + 2, true},
		"the note of a file without its records": {func(t *testing.T, s store.Store) {
			if _, err := s.Apply(t.Context(), &store.Batch{Origin: tasks[done].file, Last: true}); err != nil {
				t.Fatal(err)
			}
		}, done, true},
		"history from another file": {func(t *testing.T, s store.Store) {
			b := *tasks[done].batch
			b.Origin.Filename = "other"
			if _, err := s.Apply(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
		}, done + 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := sqlite.Open(filepath.Join(t.TempDir(), "v.db"), sqlite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer closeStore(t, s)
			carryOut(t, s, tasks[:done], silent)
			tc.leave(t, s)
			r := &recorder{ctx: t.Context()}
			checkProgress(trial{T: r, small: true}, s, tc.done, false)
			if (len(r.failed) > 0) != tc.torn {
				t.Errorf("reported: %v", r.failed)
			}
		})
	}
}
