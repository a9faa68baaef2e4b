package version

import "testing"

func TestInRange(t *testing.T) {
	tests := []struct {
		v                                      string
		startIncl, startExcl, endIncl, endExcl string
		want                                   bool
	}{
		{"1.0", "", "", "", "", true},
		{"1.0", "1.0", "", "", "", true},
		{"1.0.0", "1.0", "", "", "", true},
		{"0.9", "1.0", "", "", "", false},
		{"1.0", "", "1.0", "", "", false},
		{"1.0.1", "", "1.0", "", "", true},
		{"2.0", "", "", "2.0", "", true},
		{"2.0.0", "", "", "2", "", true},
		{"2.0.1", "", "", "2.0", "", false},
		{"2.0", "", "", "", "2.0", false},
		{"2.0-rc1", "", "", "", "2.0", true},
		{"1.9.9", "1.0", "", "", "2.0", true},
		{"1.5", "", "1.0", "2.0", "", true},
		{"3", "1.0", "", "2.x", "", false},
		{"2.11", "1.0", "", "2.x", "", true},
		{"2.0", "1.0", "", " 2.0 ", "", true},
		{"", "", "", "", "0", false},
		{"", "0", "", "", "", true},
	}
	for _, test := range tests {
		if got := InRange(test.v, test.startIncl, test.startExcl, test.endIncl, test.endExcl); got != test.want {
			t.Errorf("%q in %q, %q to %q, %q: %v", test.v, test.startIncl, test.startExcl, test.endIncl, test.endExcl, got)
		}
	}
}

func TestContainsUpdate(t *testing.T) {
	to8 := Range{EndIncluding: "8.0"}
	for update, want := range map[string]bool{"": true, "-": true, "*": true, "rc1": true, "ga": true, "update121": false, "sp1": false} {
		if got := to8.Contains(Release{"8.0", update}); got != want {
			t.Errorf("8.0 %s up to 8.0: %v", update, got)
		}
	}
}

func TestRangeEmpty(t *testing.T) {
	tests := []struct {
		r    Range
		want bool
	}{
		{Range{}, false},
		{Range{StartIncluding: "2", EndIncluding: "1"}, true},
		{Range{StartIncluding: "2", EndIncluding: "2.0"}, false},
		{Range{StartIncluding: "2", EndExcluding: "2.0"}, true},
		{Range{StartExcluding: "2", EndIncluding: "2.0"}, true},
		{Range{StartExcluding: "2", EndExcluding: "2.0"}, true},
		{Range{StartExcluding: "2", EndExcluding: "2.1"}, false},
		{Range{StartIncluding: "2"}, false},
		{Range{EndExcluding: "2"}, false},
		{Range{StartIncluding: "1", StartExcluding: "3", EndIncluding: "2"}, true},
	}
	for _, test := range tests {
		if got := test.r.Empty(); got != test.want {
			t.Errorf("%+v empty: %v", test.r, got)
		}
	}
}

// Ranges over bounds of whole numbers overlap exactly when a point of a grid of
// halves lies in both.
func TestRangeOverlaps(t *testing.T) {
	bounds := []string{"", "1", "2", "3"}
	grid := []string{"0.5", "1", "1.5", "2", "2.5", "3", "3.5"}
	var ranges []Range
	for _, a := range bounds {
		for _, b := range bounds {
			ranges = append(ranges, Range{StartIncluding: a, EndIncluding: b}, Range{StartExcluding: a, EndIncluding: b},
				Range{StartIncluding: a, EndExcluding: b}, Range{StartExcluding: a, EndExcluding: b})
		}
	}
	ranges = append(ranges, Range{StartIncluding: "1", StartExcluding: "2", EndIncluding: "3", EndExcluding: "3"})
	for _, r := range ranges {
		for _, o := range ranges {
			want := false
			for _, v := range grid {
				want = want || r.Contains(Release{Version: v}) && o.Contains(Release{Version: v})
			}
			if got := r.Overlaps(o); got != want {
				t.Errorf("%+v overlaps %+v: %v", r, o, got)
			}
		}
	}
}
