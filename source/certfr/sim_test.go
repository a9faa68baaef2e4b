package certfr_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/source/certfr"
	"vulnmirror/testkit/sim/publishers"
	"vulnmirror/vuln"
)

// TestSimulatedPublisher follows a publisher that shares no code with the source,
// while a third of its answers are spoiled.
func TestSimulatedPublisher(t *testing.T) {
	u := publishers.New(publishers.Options{Publishers: []string{certfr.Name}})
	server := httptest.NewServer(u)
	defer server.Close()
	client, err := fetch.New(fetch.Config{Upstream: server.URL, Attempts: 6, Backoff: time.Millisecond, MaxBackoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	tree := archive.Open(t.TempDir()).Source(certfr.Name)
	src := certfr.New(certfr.Settings{Now: u.Now})
	var cursor source.Cursor
	sync := func() error {
		t.Helper()
		run, err := tree.Begin(u.Now())
		if err != nil {
			t.Fatal(err)
		}
		next, fetchErr := src.Fetch(t.Context(), client, run, cursor)
		if fetchErr == nil || errors.As(fetchErr, new(*source.Incomplete)) {
			cursor = next
			_, err = run.Commit(cursor, u.Now())
		} else if errors.Is(fetchErr, source.ErrUnchanged) {
			err = run.Discard()
		}
		if err != nil {
			t.Fatal(err)
		}
		return fetchErr
	}
	check := func() {
		t.Helper()
		held := make(map[string]vuln.Record)
		m, err := tree.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range m.Files {
			for r, err := range src.Decode(tree.FS(), f.Filename) {
				if err != nil {
					t.Fatal(err)
				}
				if before, ok := held[r.ID]; f.Status == archive.Current && (!ok || before.Converted || !r.Converted) {
					held[r.ID] = r
				}
			}
		}
		for _, e := range u.Truth(vuln.KindCERTFR) {
			r, ok := held[e.ID]
			if !ok || r.Title != e.Title || !strings.Contains(string(r.Body), e.Says) {
				t.Errorf("%s: %q, held is %q", e.ID, e.Title, r.Title)
			}
			delete(held, e.ID)
		}
		if len(held) > 0 {
			t.Errorf("held and never published: %v", held)
		}
	}
	u.SetTroubles(publishers.Trouble{Share: 0.3})
	for range 3 {
		for tries := 0; ; tries++ {
			err := sync()
			if err == nil || errors.Is(err, source.ErrUnchanged) {
				break
			}
			if tries == 5 {
				t.Fatal(err)
			}
		}
		u.SetTroubles() // some of them look like what upstream may well say
		if err := sync(); err != nil && !errors.Is(err, source.ErrUnchanged) {
			t.Error(err)
		}
		check()
		u.Advance(24*time.Hour, certfr.Name)
		u.SetTroubles(publishers.Trouble{Share: 0.3})
	}
}
