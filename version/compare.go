package version

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Compare returns -1, 0 or +1 as a is before, equal to or after b in the order
// the package describes. The empty text is a version 0. It allocates nothing.
func Compare(a, b string) int {
	return Release{Version: a}.Compare(Release{Version: b})
}

// Release is a version with the update CPE keeps apart from it: "8.0" and
// "update121", "2012" and "sp1".
type Release struct {
	Version string
	Update  string // "", "*" and "-" are none
}

// Compare orders releases as if the update stood after the version: 8.0 with
// update 121 is 8.0-update121, 1.0 with rc1 is 1.0-rc1. An update that is a
// bare number counts as one with the word update before it.
func (r Release) Compare(o Release) int {
	if c := compareStart(r.Version, o.Version); c != 0 {
		return c
	}
	epoch, version := cutEpoch(r.Version)
	other, otherVersion := cutEpoch(o.Version)
	if c := compareNumbers(epoch, other); c != 0 {
		return c
	}
	x, y := scan(version, r.Update), scan(otherVersion, o.Update)
	for {
		a, b := x.next(), y.next()
		if c := a.compare(b); c != 0 || a.kind == end {
			return c
		}
	}
}

// compareStart compares the numbers that begin both versions while single dots
// part them, which settles most comparisons. It returns 0 when that is not
// enough. Whatever follows two different numbers cannot change their order: a
// zero that is dropped makes room for what ranks below every number.
func compareStart(a, b string) int {
	for first := true; ; first = false {
		n, m := digits(a), digits(b)
		if n == 0 || m == 0 || first && (mayEndEpoch(a[n:]) || mayEndEpoch(b[m:])) {
			return 0
		}
		if c := compareNumbers(trimZeros(a[:n]), trimZeros(b[:m])); c != 0 {
			return c
		}
		if n == len(a) || m == len(b) || a[n] != '.' || b[m] != '.' {
			return 0
		}
		a, b = a[n+1:], b[m+1:]
	}
}

func mayEndEpoch(rest string) bool {
	return rest != "" && (rest[0] == ':' || rest[0] == '\\')
}

func trimZeros(number string) string {
	for number != "" && number[0] == '0' {
		number = number[1:]
	}
	return number
}

// cutEpoch splits a leading epoch ("1:", in CPE quoting "1\:") off a version.
// The epoch is returned without leading zeros.
func cutEpoch(v string) (epoch, rest string) {
	v = strings.TrimSpace(v)
	n := digits(v)
	if n == 0 {
		return "", v
	}
	rest, ok := strings.CutPrefix(strings.TrimPrefix(v[n:], `\`), ":")
	if !ok {
		return "", v
	}
	return trimZeros(v[:n]), rest
}

// digits returns how many decimal digits v begins with.
func digits(v string) int {
	n := 0
	for n < len(v) && v[n] >= '0' && v[n] <= '9' {
		n++
	}
	return n
}

func (e element) compare(o element) int {
	if c := cmp.Compare(e.kind, o.kind); c != 0 {
		return c
	}
	switch e.kind {
	case number:
		return compareNumbers(e.text, o.text)
	case word:
		return compareWords(e.text, o.text)
	}
	return 0
}

// compareNumbers compares runs of digits without leading zeros by value.
func compareNumbers(a, b string) int {
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

// compareWords compares without regard to case, character by character.
func compareWords(a, b string) int {
	for a != "" && b != "" {
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if c := cmp.Compare(unicode.ToLower(x), unicode.ToLower(y)); c != 0 {
			return c
		}
		a, b = a[n:], b[m:]
	}
	return cmp.Compare(len(a), len(b))
}
