package publishers

import (
	"bytes"
	"testing"
	"time"
)

func TestSameSeedSameAnswers(t *testing.T) {
	world := func(seed uint64) *Upstream {
		u := New(Options{Seed: seed, CVEs: func() []string { return []string{"CVE-2024-0002", "CVE-2024-0001", "CVE-2024-10000"} }})
		u.Advance(24 * time.Hour)
		return u
	}
	a, b, other := world(1), world(1), world(2)
	if len(a.site) != len(b.site) || len(a.site) == 0 {
		t.Fatalf("%d and %d documents", len(a.site), len(b.site))
	}
	differ := 0
	for address, d := range a.site {
		same := b.site[address]
		if !bytes.Equal(d.body(), same.body()) {
			t.Errorf("%s differs", address)
		}
		if d.publisher != same.publisher || d.mime != same.mime || d.etag != same.etag || !d.modified.Equal(same.modified) {
			t.Errorf("%s is sent otherwise", address)
		}
		for fault, body := range d.amiss {
			if (body == nil) != (same.amiss[fault] == nil) || body != nil && !bytes.Equal(body(), same.amiss[fault]()) {
				t.Errorf("%s differs when %s", address, fault)
			}
			if body != nil && fault != Dropped && fault != Shrunk && fault != Empty && fault != Hyphens && fault != Backwards && bytes.Equal(body(), d.body()) {
				t.Errorf("%s is the same when %s", address, fault)
			}
		}
		if elsewhere, ok := other.site[address]; ok && !bytes.Equal(d.body(), elsewhere.body()) {
			differ++
		}
	}
	if differ < 100 {
		t.Errorf("only %d documents differ by the seed", differ)
	}
}

func TestEveryFaultBefallsSomething(t *testing.T) {
	u := New(Options{})
	for _, fault := range AllFaults() {
		found := false
		for _, d := range u.site {
			found = found || d.suffers(fault)
		}
		if !found {
			t.Errorf("no document suffers %s", fault)
		}
	}
}

func TestDocumentsOfOnePublisherAreReplaced(t *testing.T) {
	u := New(Options{})
	before := u.site
	u.Advance(48*time.Hour, "kev")
	for address, d := range u.site {
		if was := before[address]; d.publisher != "kev" && !bytes.Equal(was.body(), d.body()) {
			t.Errorf("%s of %s has changed", address, d.publisher)
		}
	}
	const catalogue = hostCISA + "/sites/default/files/feeds/" + fileKEV
	if bytes.Equal(before[catalogue].body(), u.site[catalogue].body()) {
		t.Error("the catalogue has not changed")
	}
	if !bytes.Equal(before[catalogue].body(), u.before[catalogue].body()) {
		t.Error("the stale catalogue is not that before")
	}
}
