package fetch

import (
	"testing"
	"time"
)

func TestParseRate(t *testing.T) {
	for text, want := range map[string]Rate{
		"5/30s":     {5, 30 * time.Second, true},
		"50/30s":    {50, 30 * time.Second, true},
		"1/1m":      {1, time.Minute, true},
		"100/1h":    {100, time.Hour, true},
		"7/1h30m":   {7, 90 * time.Minute, true},
		"500/200ms": {500, 200 * time.Millisecond, true},
	} {
		got, err := ParseRate(text)
		if err != nil || got != want {
			t.Errorf("ParseRate(%q) = %v, %v; want %v", text, got, err, want)
		}
		if got.String() != text {
			t.Errorf("%q is written back as %q", text, got)
		}
	}
	for _, text := range []string{"", "5", "5/", "/30s", "0/30s", "-1/30s", "5/30", "5/0s", "5/-3s", "5/25h", "20000/1s", "5/30s/2", "x/30s"} {
		if r, err := ParseRate(text); err == nil {
			t.Errorf("ParseRate(%q) = %v, want an error", text, r)
		}
	}
}

func FuzzParseRate(f *testing.F) {
	for _, s := range []string{"5/30s", "50/1m30s", "1/1ns", "/", "5/1e9s", "+5/.5h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRate(s)
		if err != nil {
			return
		}
		if r.Requests < 1 || r.Window <= 0 {
			t.Fatalf("ParseRate(%q) = %+v", s, r)
		}
		if again, err := ParseRate(r.String()); err != nil || again != r {
			t.Fatalf("%q reads as %+v, %q as %+v, %v", s, r, r.String(), again, err)
		}
	})
}
