package e2e

import (
	"encoding/json"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"vulnmirror/testkit/sim"
)

// TestRebuildWhileServing makes the database anew under a running server: it
// answers all the while, and afterwards from the database that is there.
func TestRebuildWhileServing(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, sim.Options{Seed: 31, Records: 60})
	_, span := past(9 * 24 * time.Hour)
	d := newData(t, u.URL)
	d.sync(t)
	u.Advance(span/2, 40)
	d.sync(t)
	export, versions := d.ok(t, "export", "nvd-cve"), d.history(t)
	s := d.serve(t)

	var asked atomic.Int64
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		for {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			resp, err := s.client.Get(s.url + "/rest/json/cves/2.0?cveId=CVE-2021-44228")
			if err != nil {
				stopped <- err
				return
			}
			var answer struct{ TotalResults int }
			err = json.NewDecoder(resp.Body).Decode(&answer)
			resp.Body.Close()
			if err != nil || resp.StatusCode != http.StatusOK || answer.TotalResults != 1 {
				t.Errorf("answer %d while rebuilding: %s, %d results, %v", asked.Load(), resp.Status, answer.TotalResults, err)
			}
			asked.Add(1)
		}
	}()
	d.ok(t, "rebuild")
	if d.ok(t, "export", "nvd-cve") != export {
		t.Error("the rebuilt database exports something else")
	}
	same(t, "history", versions, d.history(t))
	close(stop)
	if err := <-stopped; err != nil {
		t.Errorf("the server did not answer: %v", err)
	}
	if asked.Load() == 0 {
		t.Error("nothing was asked while rebuilding")
	}

	// What is taken over from now on is in the rebuilt database only.
	u.Advance(span/4, 20)
	d.sync(t)
	type page struct {
		Vulnerabilities []struct{ CVE json.RawMessage }
	}
	got := map[string]string{}
	for _, v := range decode[page](t, string(s.file(t, "/rest/json/cves/2.0"))).Vulnerabilities {
		got[decode[struct{ ID string }](t, string(v.CVE)).ID] = string(v.CVE)
	}
	same(t, "served after the rebuild", truth(u.Upstream), got)
	d.sound(t)
}
