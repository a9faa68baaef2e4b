package e2e

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/testkit/sim"
	"vulnmirror/vuln"
)

// TestEverythingAnew: what began more than four weeks ago is fetched anew, into a
// database beside the one in service, whose errors end with it. A server answers
// all the while.
func TestEverythingAnew(t *testing.T) {
	t.Parallel()
	u := newWorld(t, sim.Options{Seed: 75, Records: 40})
	f := follow(newWorldData(t, u), u)
	f.syncAll(t)
	first := len(u.take())
	f.poison(t, "CWE-502", "CWE-66666")
	s := f.serve(t)
	if _, body := s.get(t, "/api/v1/records/cwe/CWE-66666"); !strings.Contains(string(body), "poison") {
		t.Fatalf("the database took no poison: %s", body)
	}

	// Syncs of less than four weeks leave it all as it is.
	f.since(t, 27*24*time.Hour)
	f.syncAll(t)
	if body := s.file(t, "/api/v1/records/cwe/CWE-502"); !strings.Contains(string(body), "poison") {
		t.Errorf("a sync of what is young did more than it is known to: %s", body)
	}
	if asked := u.take(); len(asked) > 40 {
		t.Errorf("%d requests before anything was old", len(asked))
	}
	f.since(t, 35*24*time.Hour)
	f.answered(t, s, "/api/v1/records/attack/T1059", func() {
		for _, r := range f.syncAll(t).Sources {
			if r.Status != "ok" && r.Source != "msrc-csv" {
				t.Errorf("%s ended %s: %s", r.Source, r.Status, r.Error)
			}
		}
	})
	if asked := u.take(); len(asked) < first*9/10 {
		t.Errorf("%d requests to fetch everything anew, and %d for the first time", len(asked), first)
	}
	f.compare(t)
	if resp, _ := s.get(t, "/api/v1/records/cwe/CWE-66666"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("the server has what was poisoned still: %s", resp.Status)
	}
	if body := s.file(t, "/api/v1/records/cwe/CWE-502"); strings.Contains(string(body), "poison") {
		t.Errorf("the server has poison still: %s", body)
	}
	f.ok(t, "verify")

	// From then on it is young again.
	f.syncAll(t)
	if asked := u.take(); len(asked) > 40 {
		t.Errorf("%d requests right after everything was fetched anew", len(asked))
	}
}

// poison puts records of CWE into the database that no archived file has, newer
// than whatever upstream will say.
func (d data) poison(t *testing.T, ids ...string) {
	t.Helper()
	good := string(d.held(t)[entry{vuln.KindCWE, "CWE-502"}].Body)
	st, err := sqlite.Open(filepath.Join(d.dir, "vulnmirror.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	later := time.Now().UTC().AddDate(1, 0, 0)
	batch := &store.Batch{Origin: store.Origin{Source: "cwe", Filename: "poison", SHA256: "poison", Fetched: later}, Last: true}
	for _, id := range ids {
		batch.Records = append(batch.Records, vuln.Record{
			Kind: vuln.KindCWE, ID: id, Source: "cwe", Title: "poison", Modified: later,
			Body: []byte(strings.NewReplacer("Deserialization of untrusted data", "poison", `"502"`, `"`+strings.TrimPrefix(id, "CWE-")+`"`).Replace(good)),
		})
	}
	if _, err := st.Apply(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

var begun = regexp.MustCompile(`"begun": "[^"]*"`)

// since lets everything that is held have been fetched for the first time that
// long ago.
func (d data) since(t *testing.T, age time.Duration) {
	t.Helper()
	manifests, err := filepath.Glob(filepath.Join(d.dir, "*", "manifest.json"))
	if err != nil || len(manifests) < len(published) {
		t.Fatalf("there are manifests of %q, %v", manifests, err)
	}
	for _, path := range manifests {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Now().UTC().Add(-age).Format(time.RFC3339)
		if err := os.WriteFile(path, begun.ReplaceAll(text, []byte(`"begun": "`+at+`"`)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// answered asks a server for something again and again while work is done: it has
// to be there every time.
func (d data) answered(t *testing.T, s server, path string, work func()) {
	t.Helper()
	done, stopped := make(chan struct{}), make(chan []string, 1)
	go func() {
		var failures []string
		n := 0
		for ; ; n++ {
			select {
			case <-done:
				if n == 0 {
					failures = append(failures, "nothing was asked")
				}
				stopped <- failures
				return
			default:
			}
			resp, err := s.client.Get(s.url + path)
			if err != nil {
				failures = append(failures, err.Error())
				continue
			}
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if err != nil || resp.StatusCode != http.StatusOK {
				failures = append(failures, resp.Status)
			}
		}
	}()
	work()
	close(done)
	if failures := <-stopped; len(failures) > 0 {
		slices.Sort(failures)
		t.Errorf("%d answers failed meanwhile: %q", len(failures), slices.Compact(failures))
	}
}
