package msrc_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/source/msrc"
	"vulnmirror/store"
	"vulnmirror/testkit/sim/publishers"
	"vulnmirror/vuln"
)

// simulated is a mirror of the simulated Microsoft.
func simulated(t *testing.T) (stored, *publishers.Upstream) {
	t.Helper()
	u := publishers.New(publishers.Options{Seed: 7, Publishers: []string{"msrc"}})
	m := &microsoft{source: msrc.New(msrc.Settings{Years: []int{2017, 2018, 2021, 2026, 2027}, Now: u.Now}), tree: archive.Open(t.TempDir()).Source(msrc.Name)}
	server := httptest.NewServer(u)
	t.Cleanup(server.Close)
	var err error
	m.client, err = fetch.New(fetch.Config{Attempts: 1, Upstream: server.URL, Transport: server.Client().Transport})
	if err != nil {
		t.Fatal(err)
	}
	return newStored(t, m), u
}

// agrees compares the database with what upstream published.
func (s stored) agrees(t *testing.T, u *publishers.Upstream) {
	t.Helper()
	for _, kind := range []vuln.Kind{vuln.KindMSRC, vuln.KindMSKB} {
		for _, e := range u.Truth(kind) {
			r, err := s.store.Get(t.Context(), kind, e.ID)
			switch {
			case e.Gone && errors.Is(err, store.ErrNotFound): // before it was ever seen
			case err != nil:
				t.Errorf("%s %s: %v", kind, e.ID, err)
			case e.Gone != !r.Withdrawn.IsZero():
				t.Errorf("%s %s is withdrawn at %v, and gone upstream: %v", kind, e.ID, r.Withdrawn, e.Gone)
			case !e.Gone && (r.Title != e.Title || !strings.Contains(string(r.Body), e.Says)):
				t.Errorf("%s %s is %q, want %q with %q: %s", kind, e.ID, r.Title, e.Title, e.Says, r.Body)
			}
		}
	}
}

func TestSimulatedMonths(t *testing.T) {
	s, u := simulated(t)
	for range 6 {
		if err := s.sync(t); err != nil {
			t.Fatal(err)
		}
		s.ingest(t)
		s.agrees(t, u)
		if err := s.sync(t); !errors.Is(err, source.ErrUnchanged) {
			t.Errorf("%v", err)
		}
		u.Advance(9 * 24 * time.Hour)
	}
}

func TestSimulatedFaults(t *testing.T) {
	for _, fault := range []publishers.Fault{
		publishers.Status404, publishers.Status503, publishers.Page, publishers.ErrorAnswer, publishers.Truncated,
		publishers.Empty, publishers.Shrunk, publishers.Dropped, publishers.Backwards,
	} {
		t.Run(string(fault), func(t *testing.T) {
			s, u := simulated(t)
			for range 3 {
				u.SetTroubles(publishers.Trouble{Fault: fault, Share: 0.5})
				if err := s.sync(t); err == nil || errors.Is(err, source.ErrUnchanged) || errors.As(err, new(*source.Incomplete)) {
					s.ingest(t)
				}
				u.Advance(9 * 24 * time.Hour)
			}
			u.SetTroubles()
			for range 5 { // what shrank must be seen so often to be believed
				err := s.sync(t)
				s.ingest(t)
				if err == nil || errors.Is(err, source.ErrUnchanged) {
					break
				}
				t.Log(err)
			}
			s.agrees(t, u)
		})
	}
}
