package serve

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"vulnmirror/format/nvd"
	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

// mirror makes a store of one record, synchronised an hour before noon.
func mirror(t testing.TB, id string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "vulnmirror.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) // some tests close it themselves
	record, err := nvd.DecodeCVE([]byte(`{"id":"` + id + `","published":"2021-12-10T10:15:09.143","lastModified":"2025-01-15T12:00:00.000",` +
		`"vulnStatus":"Analyzed","descriptions":[{"lang":"en","value":"A library."}],"references":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	batch := &store.Batch{Origin: store.Origin{Source: "nvd-cve", Filename: "test", Fetched: noon}, Records: []vuln.Record{record}, Last: true}
	if _, err := s.Apply(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	setSource(t, s, store.SourceState{Completed: noon.Add(-48 * time.Hour), Synced: noon.Add(-time.Hour), Watermark: noon.Add(-2 * time.Hour)})
	return s
}

func setSource(t testing.TB, s *sqlite.Store, state store.SourceState) {
	t.Helper()
	state.Source = "nvd-cve"
	if err := s.SetSource(t.Context(), state); err != nil {
		t.Fatal(err)
	}
}

// slow is a store whose Get waits: it says so on asked, and goes on once
// released is closed.
type slow struct {
	Store
	asked, released chan struct{}
}

func makeSlow(s Store) *slow { return &slow{s, make(chan struct{}), make(chan struct{})} }

func (s *slow) Get(ctx context.Context, kind vuln.Kind, id string) (vuln.Record, error) {
	s.asked <- struct{}{}
	<-s.released
	return s.Store.Get(ctx, kind, id)
}

// ruin is a store that nothing can be read from.
type ruin struct{ err error }

func (r ruin) Get(context.Context, vuln.Kind, string) (vuln.Record, error) {
	return vuln.Record{}, r.err
}

func (r ruin) Versions(context.Context, vuln.Kind, string) ([]store.Version, error) {
	return nil, r.err
}
func (r ruin) Sources(context.Context) ([]store.SourceState, error) { return nil, r.err }
func (r ruin) Digest(context.Context, store.Query) (store.Digest, error) {
	return store.Digest{}, r.err
}
func (r ruin) Snapshot(context.Context) (store.Snapshot, error) { return nil, r.err }
