package words

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		want     []string
	}{
		{"nothing", "", nil},
		{"only separators", " \t\r\n++ -- \U0001F600", nil},
		{"case", "Buffer OVERFLOW", []string{"buffer", "overflow"}},
		{"punctuation", "log4j-core 2.0, C++", []string{"log4j", "core", "2", "0", "c"}},
		{"marks, composed", "Núñez ÅNGSTRÖM", []string{"nunez", "angstrom"}},
		{"marks, combining", "Nu\u0301n\u0303ez", []string{"nunez"}},
		{"greek and cyrillic", "Ώ Й", []string{"ω", "и"}},
		{"unspaced script", "任意代码 x", []string{"任意代码", "x"}},
		{"letters beyond 16 bits", "𝒜b", []string{"𝒜b"}},
		{"not UTF-8", "a\xffb", []string{"a", "b"}},
		{"lines", "one\r\ntwo\nthree", []string{"one", "two", "three"}},
	} {
		if d := cmp.Diff(tc.want, Split(tc.in)); d != "" {
			t.Errorf("%s: Split(%q) (-want +got):\n%s", tc.name, tc.in, d)
		}
	}
}

func TestHasPhrase(t *testing.T) {
	const text = "A stack-based Buffer, overflow in the parser"
	for phrase, want := range map[string]bool{
		"buffer overflow": true, "STACK BASED buffer": true, "parser": true, "a": true,
		"buffer over": false, "overflow buffer": false, "in parser": false, "": false, "++": false,
		text: true, text + " x": false,
	} {
		if got := HasPhrase(text, Split(phrase)); got != want {
			t.Errorf("HasPhrase(%q) = %v, want %v", phrase, got, want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("A stack-based Buffer, overflow — Núñez\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Split(s)
		for _, w := range got {
			if w == "" || strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
				t.Fatalf("word %q of %q", w, s)
			}
		}
		if again := Split(strings.Join(got, " ")); !cmp.Equal(got, again) {
			t.Fatalf("splitting again gives %q, not %q", again, got)
		}
	})
}
