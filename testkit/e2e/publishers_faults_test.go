package e2e

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"vulnmirror/testkit/sim"
	"vulnmirror/testkit/sim/publishers"
)

// TestFaultyPublishers lets three of ten answers of everybody misbehave: nothing
// held is lost, and once everybody behaves again, what is held is what they have.
func TestFaultyPublishers(t *testing.T) {
	t.Parallel()
	u := newWorld(t, sim.Options{Seed: 71, Records: 40})
	f := follow(newWorldData(t, u, "--set", "http.attempts=3"), u)
	failures := 0
	for range 2 {
		u.SetFaults(0.3)
		u.others.SetTroubles(publishers.Trouble{Share: 0.3})
		for range 3 {
			out := f.run(t, slices.Concat([]string{"sync"}, everybody)...)
			if out.status != 0 && out.status != 1 && out.status != 4 {
				t.Fatalf("exit status %d\n%s", out.status, tail(out.stderr))
			}
			if out.status != 0 {
				failures++
			}
			f.keeps(t)
		}
		u.SetFaults(0)
		u.others.SetTroubles()
		f.syncAll(t)
		f.compare(t)
		u.pass(10)
	}
	if failures == 0 || len(u.others.Failures()) < 10 {
		t.Errorf("%d runs failed, by failures of the kinds %v: too few to tell", failures, u.others.Failures())
	}
	f.ok(t, "verify")
}

// sourceReport is what status says of a source.
type sourceReport struct {
	Source, State, Reason string
	Doubts                []string `json:"depends_on_broken"`
}

func (d data) reports(t *testing.T) map[string]sourceReport {
	t.Helper()
	all := map[string]sourceReport{}
	for _, s := range decode[struct{ Sources []sourceReport }](t, d.ok(t, "status", "--json")).Sources {
		all[s.Source] = s
	}
	return all
}

// TestBrokenPublishers: a source that fails is named with the reason, those that
// are about it say so, all others go on, and what was held is answered.
func TestBrokenPublishers(t *testing.T) {
	t.Parallel()
	u := newWorld(t, sim.Options{Seed: 72, Records: 40})
	f := follow(newWorldData(t, u, "--set", "http.attempts=2"), u)
	f.syncAll(t)
	f.compare(t)
	before := f.ok(t, "export", "--kind", "attack")
	u.pass(5)
	u.others.SetTroubles(
		publishers.Trouble{Publisher: "attack", Fault: publishers.Status503, Share: 1},
		publishers.Trouble{Publisher: "kev", Fault: publishers.Disguised, Share: 1},
	)
	out := f.run(t, slices.Concat([]string{"sync", "--json"}, everybody)...)
	if out.status != 1 || !strings.Contains(out.stderr, "attack: ") || !strings.Contains(out.stderr, "kev: ") {
		t.Errorf("exit status %d, want 1 and what failed:\n%s", out.status, tail(out.stderr))
	}
	for _, r := range decode[summary](t, out.stdout).Sources {
		failed := r.Source == "attack" || r.Source == "kev"
		if (r.Error != "") != failed {
			t.Errorf("%s ended %s: %s", r.Source, r.Status, r.Error)
		}
	}
	for name, s := range f.reports(t) {
		broken := name == "attack" || name == "kev"
		if broken != (s.State == "broken") || broken != (s.Reason != "") {
			t.Errorf("%s is %s: %s", name, s.State, s.Reason)
		}
		about := slices.Contains([]string{"capec", "d3fend", "car", "shield", "engage"}, name)
		if about != (len(s.Doubts) == 1 && strings.HasPrefix(s.Doubts[0], "attack is broken since ")) {
			t.Errorf("%s has doubts: %q", name, s.Doubts)
		}
	}
	if page := f.ok(t, "status"); !strings.Contains(page, "attack: the last run failed ") || !strings.Contains(page, "car: what it is about may be missing, since attack is broken") {
		t.Errorf("status does not say what is broken:\n%s", page)
	}
	if f.ok(t, "export", "--kind", "attack") != before {
		t.Error("what is held of ATT&CK is not what it was")
	}
	if out := f.ok(t, "chain", "CVE-2021-44228", "--to", "attack"); !strings.Contains(out, "T1059") || !strings.Contains(out, "warning: attack: the last sync failed ") {
		t.Errorf("chain does not tell that ATT&CK is broken:\n%s", out)
	}
	u.others.SetTroubles()
	f.syncAll(t)
	f.compare(t)
	for name, s := range f.reports(t) {
		if s.State != "fresh" && name != "msrc-csv" || len(s.Doubts) > 0 {
			t.Errorf("%s is %s, with doubts %q", name, s.State, s.Doubts)
		}
	}
}

// TestKilledPublishers kills syncs of everybody at random moments.
func TestKilledPublishers(t *testing.T) {
	t.Parallel()
	u := newWorld(t, sim.Options{Seed: 73, Records: 40})
	k := killer{u: u, moments: rand.New(rand.NewPCG(73, 1)), sources: everybody}
	kills := 4 // of each day
	if testing.Short() {
		kills = 2
	}
	f := follow(newWorldData(t, u), u)
	for range 2 {
		requests := 400
		if len(f.seen) > 0 {
			requests = 60
		}
		for range kills {
			k.kill(t, f.data, requests)
			if _, err := os.Stat(f.dir + "/vulnmirror.db"); err == nil {
				f.keeps(t)
			}
		}
		f.syncAll(t)
		f.compare(t)
		f.ok(t, "verify")
		u.pass(5)
	}
}

// TestLocation asks at an address of the operator's own for one document of one
// source.
func TestLocation(t *testing.T) {
	t.Parallel()
	u := newWorld(t, sim.Options{Seed: 74, Records: 20})
	asked := make(chan string, 10)
	own := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		r.URL.Path = "/www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
		u.others.ServeHTTP(w, r)
	}))
	defer own.Close()
	const host = "kev.example.org"
	d := newData(t, own.URL, append(slices.Clone(small), "--set", "sources.kev.locations.catalogue=https://"+host+"/copy.json")...)
	if out := d.ok(t, "sources", "kev"); !strings.Contains(out, "at catalogue https://"+host+"/copy.json") {
		t.Errorf("sources does not tell where it asks:\n%s", out)
	}
	d.ok(t, "sync", "kev")
	if got := <-asked; got != "/"+host+"/copy.json" {
		t.Errorf("%s was asked for", got)
	}
	if n := strings.Count(d.ok(t, "export", "--kind", "kev"), "\n"); n == 0 {
		t.Error("nothing came from there")
	}
	out := d.run(t, "sync", "kev", "--set", "sources.kev.locations.catalog=https://"+host+"/")
	if out.status != 2 || !strings.Contains(out.stderr, "catalogue, github") {
		t.Errorf("a name that no address has: exit status %d\n%s", out.status, tail(out.stderr))
	}
}
