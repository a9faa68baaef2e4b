package publishers

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"time"

	"vulnmirror/vuln"
)

const hostEPSS = "epss.empiricalsecurity.com"

// epss publishes a score for every CVE each day. Files of earlier days stay, four
// generations of them.
type epss struct {
	author
	size  Size
	shelf shelf
	at    time.Time
}

func newEPSS(a author, c *chain, at time.Time) *epss {
	p := &epss{author: a, size: c.size, at: at}
	p.take(c.cves)
	p.writeDown()
	return p
}

// take adds those that have no score yet.
func (p *epss) take(cves []string) {
	known := map[string]bool{}
	for _, x := range p.shelf {
		known[x.id] = true
	}
	for _, cve := range cves {
		if !known[cve] {
			p.shelf = append(p.shelf, &article{id: cve})
		}
	}
}

// writeDown notes what today's file says.
func (p *epss) writeDown() {
	present := p.shelf.present()
	for i, r := range p.rank(p.cves(), p.at) {
		x := present[i]
		x.title = fmt.Sprintf("EPSS %s, percentile %s", r.probability, r.percentile)
		x.says = fmt.Sprintf(`"cve":"%s","epss":"%s"`, x.id, r.probability)
	}
}

// cves are those that have a score.
func (p *epss) cves() []string {
	var out []string
	for _, x := range p.shelf.present() {
		out = append(out, x.id)
	}
	return out
}

// ranked is a row of a file.
type ranked struct{ cve, probability, percentile string }

// rank gives the rows of a day.
func (p *epss) rank(cves []string, at time.Time) []ranked {
	out, sorted := []ranked{}, []string{}
	for _, cve := range cves {
		out = append(out, ranked{cve: cve, probability: p.probability(cve, at)})
		sorted = append(sorted, out[len(out)-1].probability)
	}
	slices.Sort(sorted)
	for i, r := range out {
		below, _ := slices.BinarySearch(sorted, r.probability)
		out[i].percentile = fmt.Sprintf("%.5f", float64(below+1)/float64(len(sorted)))
	}
	return out
}

func (*epss) name() string    { return "epss" }
func (*epss) hosts() []string { return []string{hostEPSS} }

func (p *epss) truth() map[vuln.Kind]shelf { return map[vuln.Kind]shelf{vuln.KindEPSS: p.shelf} }

// move makes the scores of the day; one CVE has none any more.
func (p *epss) move(at time.Time, cves []string) {
	p.at = at
	p.take(cves)
	for _, i := range p.dice("epss " + at.String()).Perm(len(p.shelf)) {
		if x := p.shelf[i]; x.id != log4shell && !x.gone {
			x.gone = true
			break
		}
	}
	p.writeDown()
}

// probability is the score of a CVE on a day.
func (p *epss) probability(cve string, at time.Time) string {
	if cve == log4shell {
		return fmt.Sprintf("0.94%03d", p.dice(at.Format(time.DateOnly)).IntN(1000))
	}
	base := p.dice("epss " + cve).Float64()
	return fmt.Sprintf("%.5f", base*base*base*0.9+0.05*p.dice(cve+at.Format(time.DateOnly)).Float64())
}

func (p *epss) publish() site {
	out := site{}
	cves := p.cves()
	today := p.file(cves, p.at).
		otherwise(Empty, p.file(nil, p.at).body).otherwise(Shrunk, p.file(cves[:len(cves)/4], p.at).body).
		otherwise(Backwards, p.file(cves, p.at.AddDate(0, 0, -1)).body)
	out[hostEPSS+"/epss_scores-current.csv.gz"] = today
	out[dailyEPSS(p.at)] = today
	for n := 1; n <= p.size.DaysOfScores; n++ {
		day := p.at.AddDate(0, 0, -n)
		out[dailyEPSS(day)] = p.file(cves, day)
	}
	for _, day := range []string{"2021-04-14", "2021-09-01", "2022-02-04"} {
		at, err := time.Parse(time.DateOnly, day)
		must(err)
		older := slices.DeleteFunc(slices.Clone(cves), func(cve string) bool { year, _ := number(cve); return year > at.Year() })
		out[dailyEPSS(at)] = p.file(older, at)
	}
	return out
}

func dailyEPSS(at time.Time) string {
	return hostEPSS + "/epss_scores-" + at.Format(time.DateOnly) + ".csv.gz"
}

// file is the file of a day, as the host sends it.
func (p *epss) file(cves []string, at time.Time) document {
	return document{
		mime: "application/gzip", etag: true, modified: at,
		body: sync.OnceValue(func() []byte { return gzipped(p.scores(cves, at)) }),
	}
}

// scores is the text of a file, in the form of its day.
func (p *epss) scores(cves []string, at time.Time) []byte {
	var out bytes.Buffer
	day := at.Format(time.DateOnly)
	switch {
	case day >= "2025-01-01":
		fmt.Fprintf(&out, "#model_version:v2026.06.15,score_date:%sT12:03:23Z\n", day)
	case day >= "2022-02-04":
		fmt.Fprintf(&out, "#model_version:v2022.01.01,score_date:%sT00:00:00+0000\n", day)
	}
	withRank := day >= "2021-09-01"
	out.WriteString("cve,epss")
	if withRank {
		out.WriteString(",percentile")
	}
	out.WriteString("\n")
	for _, r := range p.rank(cves, at) {
		out.WriteString(r.cve + "," + r.probability)
		if withRank {
			out.WriteString("," + r.percentile)
		}
		out.WriteString("\n")
	}
	return out.Bytes()
}
