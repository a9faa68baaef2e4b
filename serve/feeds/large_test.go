package feeds

import (
	"bytes"
	"context"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// plenty is a store of many large records, without a database.
type plenty struct {
	records, size int
	heap          uint64 // the most that was in use while they were listed
}

func (p *plenty) Snapshot(context.Context) (store.Snapshot, error) { return plentySnapshot{of: p}, nil }

type plentySnapshot struct {
	store.Snapshot
	of *plenty
}

func (plentySnapshot) Close() error { return nil }

func (plentySnapshot) Sources(context.Context) ([]store.SourceState, error) {
	return []store.SourceState{{Source: "nvd-cpematch", Completed: time.Unix(1, 0)}}, nil
}

func (s plentySnapshot) Digest(context.Context, store.Query) (store.Digest, error) {
	return store.Digest{Count: s.of.records, Newest: time.Unix(1e9, 0)}, nil
}

func (s plentySnapshot) List(context.Context, store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		for i := range s.of.records {
			if i%200 == 199 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				s.of.heap = max(s.of.heap, m.HeapAlloc)
			}
			if !yield(vuln.Record{Modified: time.Unix(1e9, 0), Body: bytes.Repeat([]byte("7"), s.of.size)}, nil) {
				return
			}
		}
	}
}

// However much there is, an archive is made with bounded memory.
func TestLargeArchive(t *testing.T) {
	p := &plenty{records: 1000, size: 64 << 10}
	h := New(p, Options{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, atCriteria+".tar.gz", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	var size int
	for _, file := range unpack(t, read(t, w.Body)) {
		size += len(file.body)
	}
	if size < p.records*p.size || p.heap > 16<<20 {
		t.Errorf("%d MB of records in %d MB of memory", size>>20, p.heap>>20)
	}
}
