package config

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestYears(t *testing.T) {
	now := time.Date(2006, 1, 2, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string][]int{
		"":                       {2002, 2003, 2004, 2005, 2006},
		" ":                      {2002, 2003, 2004, 2005, 2006},
		"2004":                   {2004},
		"2026":                   {2026},
		"2005,2002-2003":         {2002, 2003, 2005},
		"2002-2004, 2003 - 2005": {2002, 2003, 2004, 2005},
		"2005-":                  {2005, 2006},
		"2010-":                  {2010},
	} {
		y, err := ParseYears(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, y.List(now)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	for _, text := range []string{"1987", "99", "2004-2002", "-2004", "2002,,2003", ",", "2100", "02004", "+200", "2002-2003-2004", "all", "２００２"} {
		if y, err := ParseYears(text); err == nil {
			t.Errorf("%q was read as %v", text, y.List(now))
		}
	}
}

func FuzzParseYears(f *testing.F) {
	for _, s := range []string{"", "2002-2006,2026", "2020-", "1999", "2002-2001", "-,-"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		y, err := ParseYears(s)
		if err != nil {
			return
		}
		years := y.List(now)
		if len(years) == 0 || !slices.IsSorted(years) || years[0] < leastYear || years[len(years)-1] > lastYear {
			t.Fatalf("%q gives %v", s, years)
		}
		again, err := ParseYears(y.String())
		if err != nil || !slices.Equal(again.List(now), years) {
			t.Fatalf("%q is not read again as the same: %v, %v", y.String(), again.List(now), err)
		}
	})
}
