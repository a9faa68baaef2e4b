package nvdlegacy

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// A document was damaged by a program that read it in a wrong encoding when
// U+FFFD stands, in so many records, where other characters were: in more than
// this share of all characters beyond ASCII. NVD itself publishes a few (5 among
// 37,935 in the feed of 2026 as of March), in records whose reporters sent them.
const (
	damagedRecords = 3
	damagedShare   = 0.1
)

// damage counts characters that are not what they were.
type damage struct {
	beyond   int    // characters beyond ASCII, the replaced ones among them
	replaced int    // U+FFFD
	invalid  int    // bytes that are not UTF-8
	records  int    // that have either
	first    string // which record is the first of those
}

// look counts the characters of one record's JSON, escaped or not.
func (d *damage) look(id string, raw []byte) {
	replaced, invalid := d.replaced, d.invalid
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '\\' && i+5 < len(raw) && raw[i+1] == 'u':
			d.escape(raw[i+2 : i+6])
			i += 6
		case c == '\\':
			i += 2
		case c < utf8.RuneSelf:
			i++
		default:
			r, size := utf8.DecodeRune(raw[i:])
			d.beyond++
			if r == utf8.RuneError && size == 1 {
				d.invalid++
			} else if r == utf8.RuneError {
				d.replaced++
			}
			i += size
		}
	}
	if d.replaced == replaced && d.invalid == invalid {
		return
	}
	if d.records++; d.first == "" {
		d.first = id
	}
}

func (d *damage) escape(hex []byte) {
	n, err := strconv.ParseUint(string(hex), 16, 16)
	if err != nil || n < utf8.RuneSelf {
		return
	}
	d.beyond++
	if n == utf8.RuneError {
		d.replaced++
	}
}

// err says that the document is damaged beyond use, nil when it is not.
func (d *damage) err() error {
	switch {
	case d.invalid > 0:
		return fmt.Errorf("%d bytes are not UTF-8, the first in %s: it was changed after NVD made it", d.invalid, d.first)
	case d.records >= damagedRecords && float64(d.replaced) > damagedShare*float64(d.beyond):
		return fmt.Errorf("%d characters in %d records, beginning with %s, were replaced by U+FFFD: a program read it in a wrong encoding", d.replaced, d.records, d.first)
	}
	return nil
}
