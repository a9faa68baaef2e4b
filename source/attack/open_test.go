package attack

import (
	"maps"
	"testing"
)

func TestRelease(t *testing.T) {
	for _, tc := range []struct {
		versions map[string]string
		want     string
	}{
		{map[string]string{"enterprise": "18.1", "mobile": "18.1", "ics": "18.1"}, "18.1"},
		{map[string]string{"enterprise": "18.1", "mobile": "17.1", "ics": "18.1"}, "enterprise 18.1, mobile 17.1, ics 18.1"},
		{map[string]string{"mobile": "18.1", "ics": "18.1"}, "mobile 18.1, ics 18.1"},
		{map[string]string{"ics": "18.1"}, "ics 18.1"},
		{map[string]string{"enterprise": unknown, "mobile": unknown, "ics": unknown}, "enterprise ?, mobile ?, ics ?"},
	} {
		got := release(tc.versions)
		if got != tc.want {
			t.Errorf("release(%v) = %q, want %q", tc.versions, got, tc.want)
		}
		if back := versionsIn(got); !maps.Equal(back, tc.versions) {
			t.Errorf("versionsIn(%q) = %v, want %v", got, back, tc.versions)
		}
	}
}
