package e2e

import (
	"strings"
	"sync"
	"testing"

	"vulnmirror/testkit/sim"
)

// TestTwoProcesses starts a sync while another is at work: it waits and then
// finds nothing to do, or with --no-wait gives up at once.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, sim.Options{Seed: 8, Records: 60})
	d := newData(t, u.URL, "--set", "nvd.method=feeds")
	reached, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	u.onRequest(func(string) {
		once.Do(func() { close(reached) })
		<-release
	})
	first := d.start(t, "sync", "--json")
	select {
	case <-reached:
	case <-first.done:
		t.Fatalf("the sync ended without a request:\n%s", tail(first.wait().stderr))
	}
	second := d.start(t, "sync", "--json")

	type report struct {
		Sources []struct{ State, Running string }
	}
	if s := decode[report](t, d.ok(t, "status", "--json")).Sources[0]; s.State != "running" || !strings.Contains(s.Running, "process ") {
		t.Errorf("status says %+v while a sync runs", s)
	}
	hasty := d.run(t, "sync", "--no-wait")
	if hasty.status != 3 || !strings.Contains(hasty.stderr, "locked by another run") {
		t.Errorf("sync --no-wait: exit status %d, want 3\n%s", hasty.status, tail(hasty.stderr))
	}

	close(release)
	for i, p := range []*running{first, second} {
		out := p.wait()
		if out.status != 0 {
			t.Fatalf("sync %d: exit status %d\n%s", i+1, out.status, tail(out.stderr))
		}
		if got, want := decode[summary](t, out.stdout).Sources[0].Status, []string{"ok", "unchanged"}[i]; got != want {
			t.Errorf("sync %d was %q, want %q", i+1, got, want)
		}
	}
	if got := bodies(u.take()); got > feedFiles {
		t.Errorf("%d bodies were fetched by two syncs, more than one needs", got)
	}
	same(t, "export", truth(u.Upstream), d.export(t))
	d.sound(t)
}
