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
	for _, tc := range []struct {
		name       string
		held, next succession.Version
		copies     bool
		same       bool
		want       succession.Verdict
	}{
		{"newer", v, later, false, true, succession.Replaces},
		{"older", later, v, false, true, succession.Yields},
		{"equal, same", v, v, false, true, succession.Repeats},
		{"equal, other content", v, v, false, false, succession.Replaces},
		{"converted after native", v, old, false, false, succession.Yields},
		{"native after converted", old, v, false, false, succession.Replaces},
		{"converted after converted", old, old, false, true, succession.Repeats},
		{"a copy of another source", v, copied, true, false, succession.Yields},
		{"a copy of the same source", copied, copied, true, false, succession.Replaces},
		{"a newer copy", v, succession.Version{Modified: later.Modified, Source: "nvd-legacy"}, true, false, succession.Replaces},
	} {
		got, err := succession.Decide(tc.held, tc.next, tc.copies, func() (bool, error) { return tc.same, nil })
		if got != tc.want || err != nil {
			t.Errorf("%s: %v, %v, want %v", tc.name, got, err, tc.want)
		}
	}
}

func TestDecideCannotCompare(t *testing.T) {
	broken := errors.New("broken")
	v := succession.Version{}
	if _, err := succession.Decide(v, v, false, func() (bool, error) { return false, broken }); !errors.Is(err, broken) {
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
