package sim

import (
	"fmt"
	"strconv"
	"time"
)

// copiedSince is when NVD began to repeat references under a second source.
var copiedSince = time.Date(2024, 11, 21, 0, 0, 0, 0, time.UTC).UnixMilli()

func (a author) references(w *document, s *state, sc *scene, cna string) {
	d := a.dice(s, partRefs, 0)
	type link struct {
		url  string
		tags []string
	}
	links := make([]link, 0, 8)
	for range 1 + d.n(4) + d.n(2)*d.n(5) {
		links = append(links, link{reference(sc, d), pick(d, refTags)})
	}
	for version := range s.refs { // each change of the references adds one
		more := a.dice(s, partRefs, version+1)
		links = append(links, link{reference(sc, more), []string{"Patch"}})
	}
	w.array("references")
	write := func(l link, source string) {
		w.open()
		w.field("url", l.url)
		w.field("source", source)
		if l.tags != nil {
			w.array("tags")
			for _, tag := range l.tags {
				w.item(tag)
			}
			w.close(']')
		}
		w.close('}')
	}
	for _, l := range links {
		write(l, cna)
	}
	if s.published < copiedSince && s.modified >= copiedSince && d.n(5) > 0 {
		for _, l := range links {
			write(l, sourceCopy)
		}
	}
	w.close(']')
}

func reference(sc *scene, d *dice) string {
	switch d.n(9) {
	case 0:
		return "https://git." + sc.host + "/" + sc.cpeName + "/commit/" + hexDigits(d, 40)
	case 1:
		return "https://" + sc.host + "/security/advisories/" + strconv.Itoa(2003+d.n(23)) + "-" + strconv.Itoa(d.n(900))
	case 2:
		return "http://lists." + pick(d, nouns) + "watch.example/archive/" + strconv.Itoa(2003+d.n(23)) + "/msg" + strconv.Itoa(d.n(99999)) + ".html"
	case 3:
		return "https://vdb.example/?id." + strconv.Itoa(d.n(350000))
	case 4:
		return "https://paste." + pick(d, nouns) + ".example/" + hexDigits(d, 8) + "#L" + strconv.Itoa(d.n(2000))
	case 5:
		return "https://git." + sc.host + "/" + sc.cpeName + "/issues/" + strconv.Itoa(d.n(9000))
	case 6:
		return "https://blog." + pick(d, syllables) + pick(d, syllables) + ".example/" + pick(d, verbs) + "-" + pick(d, nouns) + "-" + pick(d, nouns) + "?utm=%2F&lang=en"
	case 7:
		return "http://www.alerts.example/ref/" + strconv.Itoa(d.n(99999))
	default:
		return "https://download." + sc.host + "/" + sc.cpeName + "/" + sc.fixed + "/CHANGES.txt"
	}
}

func hexDigits(d *dice, n int) string {
	b := make([]byte, n)
	var bits uint64
	for i := range b {
		if i%16 == 0 {
			bits = d.next()
		}
		b[i] = lowerHex[bits&15]
		bits >>= 4
	}
	return string(b)
}

// extras writes the seldom fields at the end, and keys nobody has heard of.
func (a author) extras(w *document, s *state, sc *scene, d *dice) {
	if d.n(40) == 0 {
		w.field("evaluatorComment", "Only builds that include the "+pick(d, nouns)+" module are concerned.\r\nSee the vendor's page.")
	}
	if d.n(30) == 0 {
		w.field("evaluatorSolution", "Fixed in:\r\n"+sc.vendor+", "+sc.name+", "+sc.fixed)
	}
	if d.n(60) == 0 {
		w.field("evaluatorImpact", "Exploitation needs an account.")
	}
	if d.n(35) == 0 {
		w.array("vendorComments")
		w.open()
		w.field("organization", sc.vendor)
		w.field("comment", fmt.Sprintf("%s %s was checked by %s and the versions from %s on are not vulnerable.", sc.vendor, sc.name, person(d), sc.fixed))
		w.field("lastModified", oddTime(d, s))
		w.b = append(w.b, "}]"...)
	}
	if d.n(80) == 0 {
		w.object("x_unheardOf")
		w.literal("big", "12345678901234567890")
		w.literal("exponent", "1.50E+2")
		w.literal("nested", `[[],{},[{"deep":null}],-0.0,true]`)
		w.close('}')
	}
}

// oddTime spells a time with 0 to 9 fraction digits.
func oddTime(d *dice, s *state) string {
	t := time.UnixMilli(s.published).UTC().Add(time.Duration(d.n(1e9)))
	layout := "2006-01-02T15:04:05.000000000"
	digits := d.n(10)
	if digits == 0 {
		return t.Format(layout[:19])
	}
	return t.Format(layout[:20+digits])
}
