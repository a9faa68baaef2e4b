package sim

import (
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"vulnmirror/vuln"
)

// document appends compact JSON. Keys come out in the order they are written,
// numbers as they are spelled, which is what a mirror has to preserve.
type document struct {
	b []byte
	// escaped spells non-ASCII text as \uXXXX and the slash as \/, as some
	// JSON writers do.
	escaped bool
	// met, where there is one, is told of every match criterion that is written.
	met func(p product, criteria string, limits bounds)
}

func (w *document) sep() {
	if len(w.b) == 0 {
		return
	}
	switch w.b[len(w.b)-1] {
	case '{', '[', ':':
	default:
		w.b = append(w.b, ',')
	}
}

func (w *document) key(k string) {
	w.sep()
	w.b = append(w.b, '"')
	w.b = append(w.b, k...)
	w.b = append(w.b, '"', ':')
}

func (w *document) open()        { w.sep(); w.b = append(w.b, '{') }
func (w *document) close(c byte) { w.b = append(w.b, c) }

func (w *document) object(k string) { w.key(k); w.b = append(w.b, '{') }
func (w *document) array(k string)  { w.key(k); w.b = append(w.b, '[') }

// field writes a key with a text value.
func (w *document) field(k, v string) {
	w.key(k)
	w.text(v)
}

// literal writes a key with a value spelled exactly so.
func (w *document) literal(k, v string) {
	w.key(k)
	w.b = append(w.b, v...)
}

func (w *document) boolean(k string, v bool) {
	w.key(k)
	w.b = strconv.AppendBool(w.b, v)
}

// score writes a number with one decimal, 10.0 and 0.0 included.
func (w *document) score(k string, v float64) {
	w.key(k)
	w.b = strconv.AppendFloat(w.b, v, 'f', 1, 64)
}

func (w *document) when(k string, t time.Time) {
	w.key(k)
	w.b = append(w.b, '"')
	w.b = t.UTC().AppendFormat(w.b, vuln.TimeLayout)
	w.b = append(w.b, '"')
}

// item writes a text as an array element.
func (w *document) item(v string) {
	w.sep()
	w.text(v)
}

func (w *document) text(s string) {
	w.b = append(w.b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\' || c < 0x20 || (c == '/' && w.escaped):
			w.b = append(w.b, s[start:i]...)
			w.control(c)
			i++
			start = i
		case c >= utf8.RuneSelf && w.escaped:
			w.b = append(w.b, s[start:i]...)
			r, size := utf8.DecodeRuneInString(s[i:])
			w.unicode(r)
			i += size
			start = i
		default:
			i++
		}
	}
	w.b = append(w.b, s[start:]...)
	w.b = append(w.b, '"')
}

func (w *document) control(c byte) {
	switch c {
	case '\n':
		c = 'n'
	case '\r':
		c = 'r'
	case '\t':
		c = 't'
	case '"', '\\', '/':
	default:
		w.unit(rune(c))
		return
	}
	w.b = append(w.b, '\\', c)
}

func (w *document) unicode(r rune) {
	if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
		w.unit(hi)
		w.unit(lo)
		return
	}
	w.unit(r)
}

func (w *document) unit(r rune) {
	const hex = "0123456789abcdef"
	w.b = append(w.b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}
