package nvdapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// large is a store that lists many large match criteria, and fails after some.
type large struct {
	Store
	records, size int
	failAt        int // 0 = never
	held          uint64
}

type largeSnapshot struct {
	store.Snapshot
	of *large
}

func (l *large) Snapshot(ctx context.Context) (store.Snapshot, error) {
	s, err := l.Store.Snapshot(ctx)
	return largeSnapshot{s, l}, err
}

func (l largeSnapshot) Digest(context.Context, store.Query) (store.Digest, error) {
	return store.Digest{Count: l.of.records}, nil
}

func (l largeSnapshot) List(_ context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		for i := q.Offset; i < min(l.of.records, q.Offset+q.Limit); i++ {
			if l.of.failAt > 0 && i == l.of.failAt {
				yield(vuln.Record{}, errors.New("disk on fire"))
				return
			}
			if i%100 == 99 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				l.of.held = max(l.of.held, m.HeapAlloc)
			}
			if !yield(vuln.Record{Body: bytes.Repeat([]byte("7"), l.of.size)}, nil) {
				return
			}
		}
	}
}

func serveLarge(t *testing.T, l *large) *httptest.Server {
	l.Store = mirror(t)
	h := New(l, Options{Now: clock, Logger: slog.New(slog.DiscardHandler)})
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// A page of any size is written with bounded memory.
func TestLargePages(t *testing.T) {
	l := &large{records: 600, size: 256 << 10}
	server := serveLarge(t, l)
	const want = 500*(256<<10+len(`{"matchString":}`)) + 499 + len(`{"resultsPerPage":500,"startIndex":0,"totalResults":600,"format":"NVD_CPEMatchString","version":"2.0","timestamp":"2026-11-21T12:00:00.007","matchStrings":[]}`)
	for _, packed := range []bool{false, true} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+PathCPEMatch, nil)
		if err != nil {
			t.Fatal(err)
		}
		if packed {
			r.Header.Set("Accept-Encoding", "gzip")
		}
		resp, err := (&http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body := io.Reader(resp.Body)
		if packed {
			if body, err = gzip.NewReader(body); err != nil {
				t.Fatal(err)
			}
		}
		n, err := io.Copy(io.Discard, body)
		resp.Body.Close()
		if err != nil || n != int64(want) || resp.StatusCode != http.StatusOK || resp.ContentLength != -1 {
			t.Errorf("gzip %v: %s, %d bytes of %d, length %d: %v", packed, resp.Status, n, want, resp.ContentLength, err)
		}
	}
	if l.held > 3*mostHeld {
		t.Errorf("%d MB held", l.held>>20)
	}
}

// A failure after a page was begun breaks the answer; before, it is told.
func TestFailureInTheMiddle(t *testing.T) {
	for failAt, begun := range map[int]bool{3: false, 400: true} {
		server := serveLarge(t, &large{records: 600, size: 256 << 10, failAt: failAt})
		resp, err := server.Client().Get(server.URL + PathCPEMatch)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if begun && (resp.StatusCode != http.StatusOK || err == nil) {
			t.Errorf("broken at %d: %s, %d bytes taken for the whole", failAt, resp.Status, len(text))
		}
		if !begun && (resp.StatusCode != http.StatusServiceUnavailable || strings.Contains(string(text), "fire")) {
			t.Errorf("broken at %d: %s %s", failAt, resp.Status, text)
		}
	}
}

// steady is a store without a database that yields a large record each second.
type steady struct{ Store }

func (steady) Sources(context.Context) ([]store.SourceState, error) {
	return []store.SourceState{{Source: "nvd-cpematch", Completed: noon}}, nil
}

func (steady) Snapshot(ctx context.Context) (store.Snapshot, error) {
	return steadySnapshot{largeSnapshot{of: &large{records: 200, size: 1 << 18}}, ctx}, nil
}

type steadySnapshot struct {
	largeSnapshot
	life context.Context
}

func (steadySnapshot) Close() error { return nil }

func (s steadySnapshot) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		for r, err := range s.largeSnapshot.List(ctx, q) {
			select {
			case <-time.After(time.Second):
			case <-s.life.Done():
				yield(vuln.Record{}, s.life.Err())
				return
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// Patience ends before anything is written, and counts no more afterwards.
func TestPatience(t *testing.T) {
	for patience, code := range map[time.Duration]int{10 * time.Second: 503, 100 * time.Second: 200, 0: 200} {
		synctest.Test(t, func(t *testing.T) {
			h := New(steady{}, Options{Patience: patience, Logger: slog.New(slog.DiscardHandler)})
			if w := get(h, PathCPEMatch); w.Code != code || code == 200 && w.Body.Len() < 50<<20 {
				t.Errorf("patience %v: %d with %d bytes", patience, w.Code, w.Body.Len())
			}
		})
	}
}

// A store that counts more than it lists is not believed.
func TestCountAndListDisagree(t *testing.T) {
	l := &large{Store: mirror(t), records: 3, size: 1}
	h := New(shortened{l}, Options{Now: clock, Logger: slog.New(slog.DiscardHandler)})
	if w := get(h, PathCPEMatch); w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

type shortened struct{ *large }

func (s shortened) Snapshot(ctx context.Context) (store.Snapshot, error) {
	snapshot, err := s.large.Snapshot(ctx)
	return shortenedSnapshot{snapshot}, err
}

type shortenedSnapshot struct{ store.Snapshot }

func (s shortenedSnapshot) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	q.Limit = 2
	return s.Snapshot.List(ctx, q)
}
