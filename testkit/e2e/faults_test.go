package e2e

import (
	"testing"
	"time"

	"vulnmirror/testkit/sim"
)

// TestFaults lets three of ten answers misbehave, in every way known: once
// upstream behaves again, what is held is what upstream has.
func TestFaults(t *testing.T) {
	t.Parallel()
	for i, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, sim.Options{Seed: 40 + uint64(i), Records: 60, Faults: 0.3})
			_, span := past(9 * 24 * time.Hour)
			d := newData(t, u.URL, way.args...)
			// Ways of few requests need more runs to meet a failure.
			for run := 0; run < 2 || run < 20 && len(u.Report().Faults) == 0; run++ {
				// A run may end incomplete; what it did take over is right, and the
				// next one brings what is missing.
				u.SetFaults(0.3)
				out := d.run(t, "sync")
				if out.status != 0 && out.status != 1 && out.status != 4 {
					t.Fatalf("exit status %d\n%s", out.status, tail(out.stderr))
				}
				u.SetFaults(0)
				d.sync(t)
				same(t, "export", truth(u.Upstream), d.export(t))
				d.sound(t)
				u.Advance(span/8, 20)
			}
			if len(u.Report().Faults) == 0 {
				t.Error("no failure happened")
			}
		})
	}
}

// TestRate: with failures and retries, over two runs of the program, upstream
// never sees more requests in any window than were allowed.
func TestRate(t *testing.T) {
	t.Parallel()
	const requests, window = 10, 2 * time.Second
	u := newUpstream(t, sim.Options{
		Seed: 3, Records: 60, Faults: 0.3, Rate: sim.Rate{Requests: requests, Window: window},
	})
	d := newData(t, u.URL, "--set", "nvd.method=api", "--set", "nvd.rate=10/2s")
	for range 2 {
		d.sync(t)
	}
	if testing.Short() {
		return
	}
	for range 8 {
		d.sync(t)
	}
	report := u.Report()
	usage := report.Hosts["services.nvd.nist.gov"]
	if usage.WorstWindow > requests || usage.Violations > 0 {
		t.Errorf("%d requests arrived within %v, %d beyond the limit of %d", usage.WorstWindow, window, usage.Violations, requests)
	}
	if usage.Requests < requests {
		t.Errorf("only %d requests were made, too few to tell", usage.Requests)
	}
}
