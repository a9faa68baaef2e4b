package succession_test

import (
	"errors"
	"testing"
	"time"

	"vulnmirror/store/succession"
	"vulnmirror/vuln"
)

func TestDecide(t *testing.T) {
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	v := succession.Version{Modified: day, Source: "nvd-cve"}
	later := succession.Version{Modified: day.Add(time.Millisecond), Source: "nvd-cve"}
	old := succession.Version{Modified: day.Add(time.Hour), Converted: true, Source: "nvd-legacy"}
	copied := succession.Version{Modified: day, Source: "nvd-legacy"}
	asItIs, aCopy, current := succession.Manner{}, succession.Manner{Copies: true}, succession.Manner{Replaces: true}
	for _, tc := range []struct {
		name       string
		held, next succession.Version
		manner     succession.Manner
		same       bool
		want       succession.Verdict
	}{
		{"newer", v, later, asItIs, true, succession.Replaces},
		{"older", later, v, asItIs, true, succession.Yields},
		{"equal, same", v, v, asItIs, true, succession.Repeats},
		{"equal, other content", v, v, asItIs, false, succession.Replaces},
		{"converted after native", v, old, asItIs, false, succession.Yields},
		{"native after converted", old, v, asItIs, false, succession.Replaces},
		{"converted after converted", old, old, asItIs, true, succession.Repeats},
		{"a copy of another source", v, copied, aCopy, false, succession.Yields},
		{"a copy of the same source", copied, copied, aCopy, false, succession.Replaces},
		{"a newer copy", v, succession.Version{Modified: later.Modified, Source: "nvd-legacy"}, aCopy, false, succession.Replaces},
		{"older, and current", later, v, current, false, succession.Replaces},
		{"newer, and the same", v, later, current, true, succession.Repeats},
		{"current, of another source", later, succession.Version{Modified: day, Source: "nvd-legacy"}, current, false, succession.Yields},
		{"converted, and current", v, succession.Version{Modified: day, Converted: true, Source: "nvd-cve"}, current, false, succession.Yields},
	} {
		got, err := succession.Decide(tc.held, tc.next, tc.manner, func() (bool, error) { return tc.same, nil })
		if got != tc.want || err != nil {
			t.Errorf("%s: %v, %v, want %v", tc.name, got, err, tc.want)
		}
	}
}

func TestDecideCannotCompare(t *testing.T) {
	broken := errors.New("broken")
	v := succession.Version{}
	if _, err := succession.Decide(v, v, succession.Manner{}, func() (bool, error) { return false, broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

func TestOf(t *testing.T) {
	zone := time.FixedZone("", 3600)
	got := succession.Of(&vuln.Record{Modified: time.Date(2026, 5, 1, 1, 0, 0, 1_999_999, zone), Converted: true, Source: "s"})
	want := succession.Version{Modified: time.Date(2026, 5, 1, 0, 0, 0, 1_000_000, time.UTC), Converted: true, Source: "s"}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
