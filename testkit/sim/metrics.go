package sim

import (
	"fmt"
	"math"
	"strings"

	gocvss20 "github.com/pandatix/go-cvss/20"
	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
	gocvss40 "github.com/pandatix/go-cvss/40"
)

// metric is one component of a CVSS vector: its key in JSON, its abbreviation
// in the vector, and its values as vector letters with their JSON names.
type metric struct {
	key, short string
	letters    []string
	names      []string
}

var (
	impact20 = []string{"NONE", "PARTIAL", "COMPLETE"}
	impact3  = []string{"NONE", "LOW", "HIGH"}

	metrics20 = []metric{
		{"accessVector", "AV", []string{"N", "L", "A"}, []string{"NETWORK", "LOCAL", "ADJACENT_NETWORK"}},
		{"accessComplexity", "AC", []string{"L", "M", "H"}, []string{"LOW", "MEDIUM", "HIGH"}},
		{"authentication", "Au", []string{"N", "S", "M"}, []string{"NONE", "SINGLE", "MULTIPLE"}},
		{"confidentialityImpact", "C", []string{"N", "P", "C"}, impact20},
		{"integrityImpact", "I", []string{"N", "P", "C"}, impact20},
		{"availabilityImpact", "A", []string{"N", "P", "C"}, impact20},
	}
	metrics3 = []metric{
		{"attackVector", "AV", []string{"N", "L", "A", "P"}, []string{"NETWORK", "LOCAL", "ADJACENT_NETWORK", "PHYSICAL"}},
		{"attackComplexity", "AC", []string{"L", "H"}, []string{"LOW", "HIGH"}},
		{"privilegesRequired", "PR", []string{"N", "L", "H"}, impact3},
		{"userInteraction", "UI", []string{"N", "R"}, []string{"NONE", "REQUIRED"}},
		{"scope", "S", []string{"U", "C"}, []string{"UNCHANGED", "CHANGED"}},
		{"confidentialityImpact", "C", []string{"N", "L", "H"}, impact3},
		{"integrityImpact", "I", []string{"N", "L", "H"}, impact3},
		{"availabilityImpact", "A", []string{"N", "L", "H"}, impact3},
	}
)

// vector is a drawn assessment: the letters chosen for each metric.
type vector struct {
	text   string
	chosen []int
}

// draw chooses a value for each metric, the first one more often than the
// rest, except for impacts, where having none at all is rare.
func draw(d *dice, prefix string, metrics []metric, impacts int) vector {
	v := vector{chosen: make([]int, len(metrics))}
	var b strings.Builder
	b.WriteString(prefix)
	for i, m := range metrics {
		switch {
		case i >= len(metrics)-impacts:
			v.chosen[i] = (1 + d.n(2) + d.n(2)*d.n(2)) % len(m.letters)
		case d.n(2) == 0:
			v.chosen[i] = d.n(len(m.letters))
		}
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(m.short + ":" + m.letters[v.chosen[i]])
	}
	v.text = b.String()
	return v
}

// exact is the vector with these choices.
func exact(prefix string, metrics []metric, chosen ...int) vector {
	parts := make([]string, len(metrics))
	for i, m := range metrics {
		parts[i] = m.short + ":" + m.letters[chosen[i]]
	}
	return vector{text: prefix + strings.Join(parts, "/"), chosen: chosen}
}

func (w *document) choices(v vector, metrics []metric) {
	for i, m := range metrics {
		w.field(m.key, m.names[v.chosen[i]])
	}
}

// metric20 writes one element of cvssMetricV2.
func (w *document) metric20(source, kind string, v vector, d *dice) error {
	c, err := gocvss20.ParseVector(v.text)
	if err != nil {
		return fmt.Errorf("CVSS vector %s: %w", v.text, err)
	}
	base := c.BaseScore()
	severity := "LOW"
	switch {
	case base >= 7:
		severity = "HIGH"
	case base >= 4:
		severity = "MEDIUM"
	}
	w.open()
	w.field("source", source)
	w.field("type", kind)
	w.object("cvssData")
	w.field("version", "2.0")
	w.field("vectorString", v.text)
	w.score("baseScore", base)
	w.choices(v, metrics20)
	w.close('}')
	w.field("baseSeverity", severity)
	w.score("exploitabilityScore", tenth(c.Exploitability()))
	w.score("impactScore", tenth(c.Impact()))
	w.boolean("acInsufInfo", d.n(9) == 0)
	w.boolean("obtainAllPrivilege", d.n(15) == 0)
	w.boolean("obtainUserPrivilege", d.n(15) == 0)
	w.boolean("obtainOtherPrivilege", d.n(9) == 0)
	if d.n(6) > 0 {
		w.boolean("userInteractionRequired", d.n(4) == 0)
	}
	w.close('}')
	return nil
}

// scored3 is what CVSS 3.0 and 3.1 have in common.
type scored3 interface {
	BaseScore() float64
	Impact() float64
	Exploitability() float64
}

// metric3 writes one element of cvssMetricV30 or cvssMetricV31.
func (w *document) metric3(version, source, kind string, v vector) error {
	var c scored3
	var err error
	if version == "3.0" {
		c, err = gocvss30.ParseVector(v.text)
	} else {
		c, err = gocvss31.ParseVector(v.text)
	}
	if err != nil {
		return fmt.Errorf("CVSS vector %s: %w", v.text, err)
	}
	base := c.BaseScore()
	severity, err := gocvss31.Rating(base)
	if err != nil {
		return fmt.Errorf("CVSS vector %s: %w", v.text, err)
	}
	w.open()
	w.field("source", source)
	w.field("type", kind)
	w.object("cvssData")
	w.field("version", version)
	w.field("vectorString", v.text)
	w.score("baseScore", base)
	w.field("baseSeverity", severity)
	w.choices(v, metrics3)
	w.close('}')
	w.score("exploitabilityScore", tenth(c.Exploitability()))
	w.score("impactScore", tenth(c.Impact()))
	w.close('}')
	return nil
}

// tenth rounds a sub-score as it is shown; a change of scope without any impact
// computes to less than nothing.
func tenth(x float64) float64 { return max(0, math.Round(x*10)/10) }

// metric40 writes one element of cvssMetricV40. legacy uses the field names of
// early 2024.
func (w *document) metric40(source, kind string, v vector, legacy bool) error {
	c, err := gocvss40.ParseVector(v.text)
	if err != nil {
		return fmt.Errorf("CVSS vector %s: %w", v.text, err)
	}
	base := c.Score()
	severity, err := gocvss40.Rating(base)
	if err != nil {
		return fmt.Errorf("CVSS vector %s: %w", v.text, err)
	}
	w.open()
	w.field("source", source)
	w.field("type", kind)
	w.object("cvssData")
	w.field("version", "4.0")
	w.field("vectorString", v.text)
	w.score("baseScore", base)
	w.field("baseSeverity", severity)
	for i, m := range metrics40 {
		key := m.key
		if old, ok := legacyKeys40[key]; ok && legacy {
			key = old
		}
		w.field(key, m.names[v.chosen[i]])
	}
	w.close('}')
	w.close('}')
	return nil
}
