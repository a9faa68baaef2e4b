package e2e

import (
	"os"
	"strings"
	"testing"

	"vulnmirror/testkit/sim"
)

// TestSimulate syncs from the simulator that users can start, and reads the
// report it prints when it is stopped.
func TestSimulate(t *testing.T) {
	t.Parallel()
	d := newData(t, "http://127.0.0.1:1")
	p := d.start(t, "simulate", "--listen", "127.0.0.1:0", "--records", "60", "--seed", "4", "--faults", "0.1", "--stall", "1s")
	mirror := newData(t, p.line("simulating upstream on "), "--set", "nvd.method=feeds")
	if got := mirror.sync(t).Sources[0].Records; got != 60 {
		t.Errorf("%d records were mirrored, want 60", got)
	}
	p.signal(os.Interrupt)
	out := p.wait()
	if out.status != 0 {
		t.Errorf("exit status %d\n%s", out.status, tail(out.stderr))
	}
	_, text, _ := strings.Cut(out.stdout, "\n")
	report := decode[sim.Report](t, text)
	if report.Requests["feed"] < feedFiles || report.Requests["meta"] < feedFiles {
		t.Errorf("the report tells of %v, fewer than a sync needs", report.Requests)
	}
}
