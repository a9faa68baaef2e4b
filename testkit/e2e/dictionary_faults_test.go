package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"vulnmirror/testkit/sim"
)

// manyPages is enough records for match criteria and names to take many pages.
const manyPages = 100

// TestDictionaryFaults lets three of ten answers misbehave while the whole of
// NVD is mirrored: a run may end incomplete, but the one after the failures
// leaves what upstream has.
func TestDictionaryFaults(t *testing.T) {
	t.Parallel()
	rounds := 2
	if testing.Short() {
		rounds = 1
	}
	for i, way := range ways[:2] {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, sim.Options{Seed: 80 + uint64(i), Records: manyPages})
			d := newData(t, u.URL, append(way.args, wholeNVD...)...)
			for round := range rounds {
				u.SetFaults(0.3)
				if out := d.run(t, "sync"); out.status != 0 && out.status != 1 && out.status != 4 {
					t.Fatalf("exit status %d\n%s", out.status, tail(out.stderr))
				}
				u.SetFaults(0)
				d.ok(t, "sync")
				d.isWhole(t, fmt.Sprintf("round %d", round), u)
				u.Advance(15*time.Hour, 12)
			}
			d.ok(t, "sync")
			d.allSound(t)
			if len(u.Report().Faults) == 0 {
				t.Error("no failure happened")
			}
		})
	}
}

// TestDictionaryKill kills syncs of the whole of NVD at random moments; the
// command repeated until it ends leaves what upstream has.
func TestDictionaryKill(t *testing.T) {
	t.Parallel()
	kills := 6 // of each way
	if testing.Short() {
		kills = 2
	}
	for i, way := range ways[:2] {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, sim.Options{Seed: 85 + uint64(i), Records: 60})
			k := killer{u: u, moments: rand.New(rand.NewPCG(uint64(i), 2))}
			d := newData(t, u.URL, append(way.args, wholeNVD...)...)
			for round := 0; k.killed < kills; round++ {
				for range 3 {
					if k.kill(t, d, 20) {
						k.killed++
					}
				}
				d.ok(t, "sync")
				d.isWhole(t, fmt.Sprintf("round %d, %d kills", round, k.killed), u)
				if t.Failed() || round > 4*kills {
					t.Fatalf("%d syncs were killed, want %d", k.killed, kills)
				}
				u.Advance(10*time.Hour, 12)
			}
			d.ok(t, "sync")
			d.allSound(t)
		})
	}
}

// isWhole checks that everything upstream has is held as it is there.
func (d data) isWhole(t *testing.T, when string, u *upstream) {
	t.Helper()
	s := d.serve(t)
	for _, kind := range sim.Kinds() {
		same(t, fmt.Sprintf("%s: %v", when, kind), truthOf(u.Upstream, kind), s.list(t, kind))
	}
	s.stop(t)
}

// allSound checks that archive and database are sound, as users check it.
func (d data) allSound(t *testing.T) {
	t.Helper()
	commands := [][]string{{"verify"}}
	for _, source := range strings.Split(nvdSources, ",") {
		commands = append(commands, []string{"audit", source})
	}
	for _, command := range commands {
		if out := d.run(t, command...); out.status != 0 {
			t.Errorf("%v: exit status %d\n%s%s", command, out.status, tail(out.stdout), tail(out.stderr))
		}
	}
}

// stop ends a server.
func (s server) stop(t *testing.T) {
	t.Helper()
	s.client.CloseIdleConnections()
	s.signal(os.Interrupt)
	if out := s.wait(); out.status != 0 {
		t.Errorf("exit status %d\n%s", out.status, tail(out.stderr))
	}
}
