package e2e

import (
	"testing"
	"time"

	"vulnmirror/testkit/sim"
	"vulnmirror/vuln"
)

// TestTimePasses syncs whenever some time has passed: history then holds every
// version that was there to be seen.
func TestTimePasses(t *testing.T) {
	t.Parallel()
	for i, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, sim.Options{Seed: 60 + uint64(i), Records: 60})
			_, span := past(9 * 24 * time.Hour)
			d, seen := newData(t, u.URL, way.args...), history{}
			for range 3 {
				d.sync(t)
				seen.note(t, u.Upstream)
				same(t, "history", seen, d.history(t))
				u.Advance(span/4, 25)
			}
			d.sync(t)
			seen.note(t, u.Upstream)
			same(t, "history", seen, d.history(t))
			d.sound(t)
			if s := d.sync(t); s.Sources[0].Added+s.Sources[0].Changed != 0 {
				t.Errorf("nothing changed upstream, but the summary says %+v", s.Sources[0])
			}
		})
	}
}

// note adds the versions that upstream has now to those seen.
func (h history) note(t *testing.T, u *sim.Upstream) {
	t.Helper()
	for id, body := range u.Truth() {
		v := version(body, modified(t, body))
		if n := len(h[id]); n == 0 || h[id][n-1] != v {
			h[id] = append(h[id], v)
		}
	}
}

func modified(t *testing.T, body []byte) string {
	t.Helper()
	return decode[struct{ LastModified string }](t, string(body)).LastModified
}

// TestLongGap: when more time has passed than one window of the API may span,
// the windows follow each other until nothing is missing.
func TestLongGap(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	u := newUpstream(t, sim.Options{Seed: 9, Records: 60, Now: time.Now().Add(-400 * day)})
	d, seen := newData(t, u.URL, "--set", "nvd.method=api"), history{}
	d.sync(t)
	seen.note(t, u.Upstream)
	u.Advance(399*day, 60)
	u.take()
	d.sync(t)
	seen.note(t, u.Upstream)
	same(t, "history", seen, d.history(t))
	if windows := bodies(u.take()); windows < 4 {
		t.Errorf("%d requests cannot have spanned 399 days in windows of 120", windows)
	}
	newest := time.Time{}
	for _, body := range truth(u.Upstream) {
		if at, err := vuln.ParseTime(modified(t, []byte(body))); err != nil {
			t.Fatal(err)
		} else if at.After(newest) {
			newest = at
		}
	}
	type report struct{ Sources []struct{ Watermark string } }
	if got := decode[report](t, d.ok(t, "status", "--json")).Sources[0].Watermark; got != vuln.FormatTime(newest) {
		t.Errorf("the watermark is %s, the newest change held %s", got, vuln.FormatTime(newest))
	}
}
