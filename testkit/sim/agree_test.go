package sim

import (
	"testing"
	"time"

	"vulnmirror/cpe"
	"vulnmirror/format/nvd"
	"vulnmirror/version"
)

// What is invented here by rules of its own must read the same to those who know
// NVD's formats, CPE's specification and the order of versions.
func TestOthersAgree(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 200})
	u.Advance(50*time.Hour, 100)
	for _, kind := range Kinds() {
		for id, body := range u.TruthOf(kind) {
			r, err := nvd.Decode(kind.shape().format, body)
			if err != nil || r.ID != id || kind != CVEs && len(r.Drift) > 0 {
				t.Fatalf("%v %s: %v, unknown %v\n%s", kind, id, err, r.Drift, body)
			}
		}
	}
	for _, c := range u.dictionary.criteria {
		if c.odd {
			continue
		}
		wanted, err := cpe.Parse(c.text)
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		for _, n := range c.of.names {
			name, err := cpe.Parse(n.text)
			if err != nil {
				t.Fatalf("%s: %v", n.text, err)
			}
			l := c.limits
			want := wanted.Covers(name)
			if l != (bounds{}) {
				want = want && n.version != "-" && version.InRange(name.Version().Text(), l.startIncluding, l.startExcluding, l.endIncluding, l.endExcluding)
			}
			if got := c.holds(n); got != want {
				t.Errorf("%s %+v holds %s: %v, want %v", c.text, l, n.text, got, want)
			}
		}
	}
}
