package e2e

import (
	"math/rand/v2"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vulnmirror/testkit/sim"
)

// ways are the means to load and to catch up.
var ways = []struct {
	name string
	args []string
}{
	{"feeds", []string{"--set", "nvd.method=feeds"}},
	{"api pages", []string{"--set", "nvd.method=api"}},
	{"api quarters", []string{"--set", "nvd.method=api", "--set", "nvd.plan=quarters"}},
	{"auto", nil},
}

// TestKill kills syncs at random moments: whatever was killed when, the command
// repeated until it ends leaves what an undisturbed one leaves, and fetches
// nothing that was archived before.
func TestKill(t *testing.T) {
	t.Parallel()
	kills := 10 // of each way
	if testing.Short() {
		kills = 3
	}
	for i, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, sim.Options{Seed: uint64(i), Records: 60})
			_, span := past(9 * 24 * time.Hour)
			k := killer{u: u, moments: rand.New(rand.NewPCG(uint64(i), 1))}

			undisturbed := newData(t, u.URL, way.args...)
			empty := func() data { return newData(t, u.URL, way.args...) }
			k.phase(t, undisturbed, empty, kills-kills/2)

			before := undisturbed.copied(t)
			u.Advance(span*3/4, 25)
			k.phase(t, undisturbed, func() data { return before.copied(t) }, kills/2)
			if k.killed != kills {
				t.Errorf("%d syncs were killed, want %d", k.killed, kills)
			}
		})
	}
}

// killer ends syncs of one upstream at moments that follow from a seed.
type killer struct {
	u       *upstream
	moments *rand.Rand
	sources []string // to name on the command line
	killed  int
}

// phase syncs undisturbed, and folders made by fresh with kills until there
// were enough of them, and compares.
func (k *killer) phase(t *testing.T, undisturbed data, fresh func() data, kills int) {
	t.Helper()
	k.u.take()
	undisturbed.sync(t)
	asked := k.u.take()
	undisturbed.sound(t)
	want, versions := undisturbed.export(t), undisturbed.history(t)
	same(t, "undisturbed", truth(k.u.Upstream), want)

	for until := k.killed + kills; k.killed < until; {
		d, before := fresh(), k.killed
		k.u.take()
		for k.killed < until && k.kill(t, d, len(asked)) {
			k.killed++
		}
		d.ok(t, "sync")
		again := k.u.take()
		// What was on its way when the process died, four files at most, and the
		// look at what changed since may be asked for once more by each run.
		if most := bodies(asked) + 5*(k.killed-before) + 1; bodies(again) > most {
			t.Errorf("%d bodies were fetched with %d kills, %d without: archived ones were fetched again", bodies(again), k.killed-before, bodies(asked))
		}
		same(t, "history after kills", versions, d.history(t))
		if k.killed == until {
			same(t, "export after kills", want, d.export(t))
			d.sound(t)
		}
		if t.Failed() {
			t.Fatalf("after kills %d to %d", before+1, k.killed)
		}
	}
}

// kill starts a sync and kills it at a random moment: a while after one of its
// requests or one of the lines it logs, of which there are two for each file
// and some while it stores. It reports whether the sync was killed before its
// end.
func (k *killer) kill(t *testing.T, d data, requests int) bool {
	t.Helper()
	moment := make(chan struct{}, 1)
	delay := time.Duration(k.moments.Int64N(int64(20 * time.Millisecond)))
	storing := k.moments.IntN(2) == 0
	if !storing {
		var left atomic.Int32
		left.Store(1 + k.moments.Int32N(int32(requests)))
		k.u.onRequest(func(string) {
			if left.Add(-1) == 0 {
				moment <- struct{}{}
			}
		})
		defer k.u.onRequest(nil)
	}
	p := d.start(t, append([]string{"sync"}, k.sources...)...)
	if storing {
		delay *= 8
		go func() {
			for i := 0; ; i++ {
				line, ok := p.stderr.line(i)
				if !ok {
					return
				}
				if strings.Contains(line, "step=storing") {
					moment <- struct{}{}
					return
				}
			}
		}()
	}
	select {
	case <-moment:
		select {
		case <-time.After(delay):
		case <-p.done:
		}
	case <-p.done:
	}
	p.signal(os.Kill)
	out := p.wait()
	if out.status > 0 {
		t.Fatalf("sync: exit status %d\n%s", out.status, tail(out.stderr))
	}
	return out.status < 0
}

// TestInterrupt: Ctrl-C ends a sync in order, with status 1 and the next thing
// to do, and the same command goes on from there.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, sim.Options{Seed: 5, Records: 60})
	d := newData(t, u.URL, "--set", "nvd.method=feeds")
	var feeds atomic.Int32
	reached, release := make(chan struct{}), make(chan struct{})
	u.onRequest(func(path string) {
		if !strings.HasSuffix(path, ".json.gz") {
			return
		}
		n := feeds.Add(1)
		if n == 10 {
			close(reached)
		}
		if n >= 10 {
			<-release
		}
	})
	p := d.start(t, "sync")
	select {
	case <-reached:
	case <-p.done:
		t.Fatalf("the sync ended too early:\n%s", tail(p.wait().stderr))
	}
	p.signal(os.Interrupt)
	out := p.wait()
	u.onRequest(nil)
	close(release)
	if out.status != 1 || !strings.Contains(out.stderr, "interrupted") || !strings.Contains(out.stderr, "the same command goes on where this one stopped") {
		t.Errorf("exit status %d, want 1 and how to go on:\n%s", out.status, tail(out.stderr))
	}
	first := bodies(u.take())
	d.ok(t, "sync")
	if second := bodies(u.take()); first+second > feedFiles+4 {
		t.Errorf("%d and %d bodies were fetched: archived ones were fetched again", first, second)
	}
	same(t, "export", truth(u.Upstream), d.export(t))
	d.sound(t)
}
