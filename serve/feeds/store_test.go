package feeds

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

// watched is a store that counts its listings, each of which is a build.
type watched struct {
	store.Store
	*testing.T

	mu    sync.Mutex
	lists []store.Query
	fail  error         // what the next snapshots fail with
	gate  chan struct{} // when set, every listing waits for it to close
}

// newStore makes a store that has completed its first load with these records.
func newStore(t *testing.T, records ...vuln.Record) *watched {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "vulnmirror.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &watched{Store: db, T: t}
	w.put(records...)
	w.completed(time.Date(2004, time.January, 1, 0, 0, 0, 0, time.UTC))
	return w
}

func (w *watched) put(records ...vuln.Record) {
	w.Helper()
	if _, err := w.Apply(w.Context(), &store.Batch{Origin: store.Origin{Source: "nvd-cve", Filename: "f", SHA256: "0"}, Records: records}); err != nil {
		w.Fatal(err)
	}
}

func (w *watched) completed(at time.Time) {
	w.Helper()
	for _, s := range []store.SourceState{{Source: "nvd-cve", Completed: at}, {Source: "other", Completed: time.Unix(1, 0)}} {
		if err := w.SetSource(w.Context(), s); err != nil {
			w.Fatal(err)
		}
	}
}

func (w *watched) builds() []store.Query {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.lists)
}

func (w *watched) Snapshot(ctx context.Context) (store.Snapshot, error) {
	if w.fail != nil {
		return nil, w.fail
	}
	s, err := w.Store.Snapshot(ctx)
	return watchedSnapshot{s, w}, err
}

type watchedSnapshot struct {
	store.Snapshot
	by *watched
}

func (s watchedSnapshot) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	s.by.mu.Lock()
	s.by.lists = append(s.by.lists, q)
	s.by.mu.Unlock()
	if s.by.gate != nil {
		<-s.by.gate
	}
	return s.Snapshot.List(ctx, q)
}

// cve makes a record; times are as NVD spells them.
func cve(id, published, modified string) vuln.Record {
	at := func(s string) time.Time {
		t, err := vuln.ParseTime(s)
		if err != nil {
			panic(err)
		}
		return t
	}
	return vuln.Record{
		Kind: vuln.KindCVE, ID: id, Source: "nvd-cve",
		Published: at(published), Modified: at(modified),
		Body: fmt.Appendf(nil, `{"id":%q,"published":%q,"lastModified":%q,"descriptions":[{"lang":"en","value":"<é> \u00e9 \/ %s"}],"n":1.50}`,
			id, published, modified, strings.Repeat("x", len(id)%7)),
	}
}
