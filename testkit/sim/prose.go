package sim

import (
	"fmt"
	"strings"
)

// scene is what one record's text is about; the same facts appear in its
// weaknesses, configurations and references.
type scene struct {
	product
	flaw     flaw
	fixed    string // first version without the flaw
	function string
	file     string
	outcome  int // index into outcomes and outcomesES
}

func newScene(seed uint64, d *dice) scene {
	s := scene{product: drawProduct(seed, d), flaw: pick(d, flaws)}
	s.fixed = s.version(d)
	s.function = pick(d, verbs) + "_" + pick(d, nouns)
	if d.chance(0.5) {
		s.function = pick(d, verbs) + title(pick(d, nouns)) + title(pick(d, nouns))
	}
	s.file = pick(d, folders) + "/" + pick(d, nouns) + "_" + pick(d, verbs) + "." + pick(d, extensions)
	s.outcome = d.n(len(outcomes))
	return s
}

func (a author) scene(s *state) scene {
	if s.wellKnown() {
		return wellKnownScene()
	}
	return newScene(a.seed, a.dice(s, partScene, 0))
}

// prose gives a record's descriptions; Spanish is "" when there is none.
func (a author) prose(s *state) (english, spanish string) {
	if s.status == rejected {
		return a.rejection(s), ""
	}
	sc := a.scene(s)
	return a.describe(s, &sc)
}

func (a author) describe(s *state, sc *scene) (english, spanish string) {
	d := a.dice(s, partText, s.texts)
	if s.wellKnown() {
		english = wellKnownText
	} else {
		english = sc.english(d, s.publishedYear() < 2008)
	}
	if s.texts > 0 {
		english += fmt.Sprintf(" This text has been revised %d times.", s.texts)
	}
	if d.n(3) > 0 {
		spanish = sc.spanish(d)
	}
	return english, spanish
}

func (a author) rejection(s *state) string {
	d := a.dice(s, partText, s.texts)
	return pick(d, []string{
		"Rejected reason: This identifier was reserved and never used.",
		"Rejected reason: Withdrawn by the reporting authority. Further review showed that it is not a security issue.",
		fmt.Sprintf("** REJECT ** DO NOT USE THIS CANDIDATE NUMBER. ConsultIDs: CVE-%d-%d. Reason: this candidate duplicates another one. Notes: all users should refer to the other.", s.year, 1000+d.n(9000)),
	})
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// english writes the description.
func (s *scene) english(d *dice, legacy bool) string {
	var b strings.Builder
	switch d.n(4) {
	case 0:
		fmt.Fprintf(&b, "%s in %s in %s %s before %s allows %s to %s via the %s parameter of %s.", title(s.flaw.en), s.function, s.vendor, s.name, s.fixed, pick(d, origins), outcomes[s.outcome], pick(d, nouns), s.file)
	case 1:
		fmt.Fprintf(&b, "A flaw was found in %s %s up to %s. The function %s of the file /%s does not check the %s before it is used, which leads to %s. This makes it possible for %s to %s.", s.vendor, s.name, s.fixed, s.function, s.file, pick(d, nouns), s.flaw.en, pick(d, origins), outcomes[s.outcome])
	case 2:
		fmt.Fprintf(&b, "%s is a %s %s for %s and %s handling. Prior to version %s, a %s in `%s` lets %s %s when a %s is %sd together with an oversized %s.", s.name, strings.ToLower(pick(d, adjectives)), strings.ToLower(pick(d, things)), pick(d, nouns), pick(d, nouns), s.fixed, s.flaw.en, s.function, pick(d, origins), outcomes[s.outcome], pick(d, nouns), strings.TrimSuffix(pick(d, verbs), "e")+"e", pick(d, nouns))
	default:
		fmt.Fprintf(&b, "The %s component of %s %s (versions %s to %s) is prone to %s. By sending a %s with %d nested %ss to %s, %s can %s.", pick(d, nouns), s.vendor, s.name, s.version(d), s.fixed, s.flaw.en, pick(d, nouns), 2+d.n(5000), pick(d, nouns), s.file, pick(d, origins), outcomes[s.outcome])
	}
	sentences := d.n(4)
	if !legacy && d.n(12) == 0 {
		sentences = 6 + d.n(12)
	}
	for range sentences {
		b.WriteByte(' ')
		tail(&b, d)
	}
	if d.n(9) == 0 {
		mark(&b, d)
	}
	return b.String()
}

// tail writes one more sentence, filling its blanks.
func tail(b *strings.Builder, d *dice) {
	text := pick(d, tails)
	for {
		before, after, found := strings.Cut(text, "%")
		b.WriteString(before)
		if !found {
			return
		}
		switch {
		case after[0] == 'd':
			fmt.Fprintf(b, "%d", 2+d.n(9000))
		case strings.Contains(before, "by") || strings.Contains(before, "Credit") || before == " and ":
			b.WriteString(person(d))
		default:
			b.WriteString(pick(d, nouns) + " " + pick(d, nouns))
		}
		text = after[1:]
	}
}

// mark adds what makes descriptions awkward to carry: line ends, quotes,
// backslashes, tabs and characters beyond the basic plane.
func mark(b *strings.Builder, d *dice) {
	text := pick(d, marks)
	switch {
	case strings.Contains(text, "%x"):
		fmt.Fprintf(b, text, d.next()>>20)
	case strings.Contains(text, "%s"):
		fmt.Fprintf(b, text, pick(d, astral))
	default:
		b.WriteString(text)
	}
}

func person(d *dice) string {
	return pick(d, people) + " " + title(pick(d, syllables)+pick(d, syllables)+pick(d, syllables))
}

// spanish writes the same in brief in Spanish.
func (s *scene) spanish(d *dice) string {
	if d.chance(0.5) {
		return fmt.Sprintf("Vulnerabilidad de %s en %s de %s %s anterior a %s permite a atacantes %s mediante el parámetro %s de %s.", s.flaw.es, s.function, s.vendor, s.name, s.fixed, outcomesES[s.outcome], pick(d, nouns), s.file)
	}
	return fmt.Sprintf("Se encontró un fallo en %s %s hasta la versión %s. La función %s no comprueba la entrada, lo que da lugar a %s y permite %s.", s.vendor, s.name, s.fixed, s.function, s.flaw.es, outcomesES[s.outcome])
}
