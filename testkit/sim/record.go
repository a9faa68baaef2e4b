package sim

import (
	"fmt"
	"time"
)

// author writes records. What it writes depends on the seed and the record's
// state alone.
type author struct{ seed uint64 }

// parts of a record roll dice of their own.
const (
	partScene = 1 + iota
	partText
	partScores
	partWeakness
	partConfig
	partRefs
	partExtras
	partAffected
)

func (a author) dice(s *state, part uint64, version uint8) *dice {
	return roll(a.seed, uint64(s.number), part<<16|uint64(version))
}

// publishedYear tells the era: what NVD wrote depends on it.
func (s *state) publishedYear() int { return time.UnixMilli(s.published).UTC().Year() }

// body appends the record's compact JSON to dst, keys in NVD's order.
func (a author) body(dst []byte, s *state) []byte {
	extras := a.dice(s, partExtras, 0)
	w := document{b: dst}
	sc := a.scene(s)
	cna := a.cna(s, &sc)

	w.b = append(w.b, '{')
	w.field("id", s.id())
	w.field("sourceIdentifier", cna)
	w.when("published", time.UnixMilli(s.published))
	w.when("lastModified", time.UnixMilli(s.modified))
	w.field("vulnStatus", s.status.String())
	if s.status == rejected {
		a.rejectedRest(&w, s)
		return w.b
	}
	a.tags(&w, extras, cna)
	w.escaped = extras.n(50) == 0
	a.descriptions(&w, s, &sc)
	w.escaped = false
	a.affected(&w, s, &sc, cna)
	if err := a.metrics(&w, s, cna); err != nil {
		// Vectors are put together from closed tables, so this is a mistake in the tables.
		panic(fmt.Errorf("record %s: %w", s.id(), err))
	}
	a.kev(&w, s, &sc)
	a.weaknesses(&w, s, &sc, cna)
	if s.status.enriched() {
		a.configurations(&w, s, &sc)
	}
	a.references(&w, s, &sc, cna)
	a.extras(&w, s, &sc, extras)
	w.b = append(w.b, '}')
	return w.b
}

// rejectedRest ends a rejected record: a reason, and nothing else.
func (a author) rejectedRest(w *document, s *state) {
	english, _ := a.prose(s)
	w.literal("cveTags", "[]")
	w.array("descriptions")
	w.open()
	w.field("lang", "en")
	w.field("value", english)
	w.b = append(w.b, `}],"metrics":{},"references":[]}`...)
}

// cna names who reported the record.
func (a author) cna(s *state, sc *scene) string {
	d := a.dice(s, partExtras, 1)
	switch {
	case s.wellKnown():
		return "security@apache.org"
	case s.publishedYear() < 2016 || d.n(4) == 0:
		return sourceMITRE
	case d.n(4) == 0:
		return string(appendUUID(nil, hashText(0, sc.vendor), lowerHex))
	default:
		return pick(d, []string{"psirt", "security", "secure", "cna", "product-security"}) + "@" + sc.host
	}
}

func (a author) tags(w *document, d *dice, cna string) {
	w.array("cveTags")
	if d.n(40) == 0 {
		w.open()
		w.field("sourceIdentifier", cna)
		w.array("tags")
		w.item(pick(d, []string{"disputed", "unsupported-when-assigned", "exclusively-hosted-service"}))
		w.b = append(w.b, "]}"...)
	}
	w.close(']')
}

func (a author) descriptions(w *document, s *state, sc *scene) {
	english, spanish := a.describe(s, sc)
	w.array("descriptions")
	w.open()
	w.field("lang", "en")
	w.field("value", english)
	w.close('}')
	if spanish != "" {
		w.open()
		w.field("lang", "es")
		w.field("value", spanish)
		w.close('}')
	}
	w.close(']')
}

// kev writes what CISA's catalogue says.
func (a author) kev(w *document, s *state, sc *scene) {
	if !s.kev {
		return
	}
	d := a.dice(s, partExtras, 2)
	added := s.kevAdded(d)
	w.field("cisaExploitAdd", added.Format(time.DateOnly))
	w.field("cisaActionDue", added.AddDate(0, 0, pick(d, []int{14, 21})).Format(time.DateOnly))
	w.field("cisaRequiredAction", pick(d, []string{"Apply updates as the vendor instructs.", "Apply mitigations as the vendor instructs or stop using the product if there are none."}))
	w.field("cisaVulnerabilityName", sc.vendor+" "+sc.name+" "+title(sc.flaw.en)+" Vulnerability")
}

// kevAdded is between the record's publication, or the start of the catalogue,
// and its last change.
func (s *state) kevAdded(d *dice) time.Time {
	from := time.UnixMilli(s.published).UTC()
	if start := time.Date(2021, 11, 3, 0, 0, 0, 0, time.UTC); from.Before(start) {
		from = start
	}
	return from.AddDate(0, 0, d.n(30)).Truncate(day)
}

func (a author) weaknesses(w *document, s *state, sc *scene, cna string) {
	d := a.dice(s, partWeakness, 0)
	nvd, theirs := s.status.enriched(), d.n(3) == 0 && cna != sourceMITRE
	if s.publishedYear() < 2008 && d.n(15) == 0 || !nvd && !theirs {
		return
	}
	w.array("weaknesses")
	weakness := func(source, kind string, cwes ...string) {
		w.open()
		w.field("source", source)
		w.field("type", kind)
		w.array("description")
		for _, cwe := range cwes {
			w.open()
			w.field("lang", "en")
			w.field("value", cwe)
			w.close('}')
		}
		w.b = append(w.b, "]}"...)
	}
	if theirs {
		weakness(cna, "Secondary", pick(d, flaws).cwe)
	}
	if nvd {
		kind := "Primary"
		if theirs && d.n(4) == 0 {
			kind = "Secondary"
		}
		if d.n(12) == 0 {
			weakness(sourceNVD, kind, sc.flaw.cwe, pick(d, flaws).cwe)
		} else {
			weakness(sourceNVD, kind, sc.flaw.cwe)
		}
	}
	if s.kev {
		weakness(sourceADP, "Secondary", sc.flaw.cwe)
	}
	w.close(']')
}
