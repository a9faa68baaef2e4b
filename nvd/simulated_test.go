package nvd_test

import (
	"context"
	"iter"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vulnmirror/fetch"
	"vulnmirror/nvd"
	"vulnmirror/testkit/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// simulated asks a simulated NVD.
func simulated(t *testing.T, o sim.Options) (*sim.Upstream, *nvd.Client) {
	t.Helper()
	upstream := sim.New(o)
	server := httptest.NewServer(upstream)
	t.Cleanup(server.Close)
	f, err := fetch.New(fetch.Config{Attempts: 20, Backoff: time.Millisecond, MaxBackoff: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.CloseIdleConnections)
	c, err := nvd.New(nvd.Options{BaseURL: server.URL, Fetch: f, Now: upstream.Now})
	if err != nil {
		t.Fatal(err)
	}
	return upstream, c
}

// bodies collects what a listing yields, by the identifier that key gives.
func bodies[T nvd.Record](t *testing.T, records iter.Seq2[T, error], key func(T) (id, body string)) map[string]string {
	t.Helper()
	out := make(map[string]string)
	for r, err := range records {
		if err != nil {
			t.Fatal(err)
		}
		id, body := key(r)
		out[id] = body
	}
	return out
}

func truth(u *sim.Upstream, kind sim.Kind) map[string]string {
	out := make(map[string]string)
	for id, body := range u.TruthOf(kind) {
		out[id] = string(body)
	}
	return out
}

// TestEverythingIsReadThroughFailures asks an NVD that misbehaves in every way a
// client can notice, and compares every byte.
func TestEverythingIsReadThroughFailures(t *testing.T) {
	noticed := slices.DeleteFunc(sim.AllFaults(), func(f sim.Fault) bool {
		return f == sim.EmptyWindow || f == sim.Stalled || f == sim.MovingTotals
	})
	upstream, c := simulated(t, sim.Options{Seed: 1, Records: 30, Faults: 0.3, FaultKinds: noticed, PageMax: 2000})
	ctx := context.Background()
	small := nvd.Paging{PageSize: 7}
	page := nvd.Paging{PageSize: 500}
	same(t, "CVEs", bodies(t, c.CVEs(ctx, nvd.CVEQuery{Paging: small}), func(r nvd.CVE) (string, string) { return r.ID(), r.String() }), truth(upstream, sim.CVEs))
	same(t, "CPEs", bodies(t, c.CPEs(ctx, nvd.CPEQuery{Paging: page}), func(r nvd.CPE) (string, string) { return r.Name(), r.String() }), truth(upstream, sim.CPEs))
	same(t, "MatchCriteria", bodies(t, c.MatchCriteria(ctx, nvd.MatchCriteriaQuery{Paging: page}), func(r nvd.MatchCriteria) (string, string) { return r.ID(), r.String() }), truth(upstream, sim.MatchCriteria))
	same(t, "Sources", bodies(t, c.Sources(ctx, nvd.SourceQuery{Paging: small}), func(r nvd.Source) (string, string) { return r.Identifiers()[0], r.String() }), truth(upstream, sim.Sources))
	same(t, "Changes", bodies(t, c.Changes(ctx, nvd.ChangeQuery{Paging: small}), func(r nvd.Change) (string, string) { return r.ID(), r.String() }), truth(upstream, sim.Changes))
}

// TestEverythingIsReadWhileItMoves asks an NVD that publishes and changes
// records between pages.
func TestEverythingIsReadWhileItMoves(t *testing.T) {
	upstream, c := simulated(t, sim.Options{Seed: 2, Records: 100, Faults: 0.5, FaultKinds: []sim.Fault{sim.MovingTotals}})
	for name, q := range map[string]nvd.CVEQuery{
		"all":     {Paging: nvd.Paging{PageSize: 10}},
		"changed": {Modified: nvd.Since(upstream.Now().AddDate(-30, 0, 0)), Paging: nvd.Paging{PageSize: 60}},
	} {
		asked := upstream.Now()
		got := bodies(t, c.CVEs(t.Context(), q), func(r nvd.CVE) (string, string) { return r.ID(), r.String() })
		for id, body := range truth(upstream, sim.CVEs) {
			if _, ok := got[id]; ok {
				continue
			}
			// What was changed meanwhile has left the window.
			if name == "all" || !parse[nvd.CVE](t, body).LastModified().After(asked) {
				t.Errorf("%s: %s is missing among %d", name, id, len(got))
			}
		}
	}
}
