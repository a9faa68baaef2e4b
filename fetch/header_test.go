package fetch

import (
	"fmt"
	"testing"
	"time"
)

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"0": 0, "7": 7 * time.Second, " 120 ": 2 * time.Minute,
		"Sun, 01 Mar 2026 12:00:30 GMT": 30 * time.Second,
		"Sun, 01 Mar 2026 11:00:00 GMT": 0,
	} {
		if got, ok := parseRetryAfter(text, now); !ok || got != want {
			t.Errorf("parseRetryAfter(%q) = %v, %v; want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "-1", "soon", "1.5"} {
		if got, ok := parseRetryAfter(text, now); ok {
			t.Errorf("parseRetryAfter(%q) = %v", text, got)
		}
	}
}

func FuzzParseRetryAfter(f *testing.F) {
	f.Add("0")
	f.Add("99999999999999999999")
	f.Add("9223372036854775807")
	f.Add("Sun, 01 Mar 2026 12:00:30 GMT")
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := parseRetryAfter(s, time.Unix(1.7e9, 0)); d < 0 || (!ok && d != 0) {
			t.Fatalf("parseRetryAfter(%q) = %v, %v", s, d, ok)
		}
	})
}

func TestParseContentRange(t *testing.T) {
	for text, want := range map[string]contentRange{
		"bytes 5-9/10": {5, 9, 10},
		"bytes 0-0/1":  {0, 0, 1},
		"Bytes 5-9/*":  {5, 9, -1},
	} {
		if got, ok := parseContentRange(text); !ok || got != want {
			t.Errorf("parseContentRange(%q) = %v, %v; want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "bytes */10", "bytes 5-9", "bytes 9-5/10", "bytes 5-10/10", "bytes -5-9/10", "lines 5-9/10", "bytes 5-9/99999999999999999999"} {
		if got, ok := parseContentRange(text); ok {
			t.Errorf("parseContentRange(%q) = %v", text, got)
		}
	}
}

func FuzzParseContentRange(f *testing.F) {
	f.Add("bytes 5-9/10")
	f.Add("bytes 5-9/*")
	f.Add("bytes */10")
	f.Fuzz(func(t *testing.T, s string) {
		r, ok := parseContentRange(s)
		if !ok {
			return
		}
		if r.first < 0 || r.last < r.first || (r.total >= 0 && r.total <= r.last) {
			t.Fatalf("parseContentRange(%q) = %+v", s, r)
		}
		text := fmt.Sprintf("bytes %d-%d/%d", r.first, r.last, r.total)
		if r.total < 0 {
			text = fmt.Sprintf("bytes %d-%d/*", r.first, r.last)
		}
		if again, ok := parseContentRange(text); !ok || again != r {
			t.Fatalf("%q reads as %+v, %q as %+v", s, r, text, again)
		}
	})
}
