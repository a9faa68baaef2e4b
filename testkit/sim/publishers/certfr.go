package publishers

import (
	"fmt"
	"strings"
	"time"

	"vulnmirror/vuln"
)

const hostCERTFR = "www.cert.ssi.gouv.fr"

// certfr publishes notices as JSON, with an index for each of two sections, and
// as text in a tar for each year.
type certfr struct {
	author
	shelf shelf
	about map[string][]string // the CVEs of a notice
	shut  map[string]time.Time
	at    time.Time
	moves int
	count map[int]int // avis by year
}

func newCERTFR(a author, c *chain, at time.Time) *certfr {
	p := &certfr{author: a, about: map[string][]string{}, shut: map[string]time.Time{}, at: at, count: map[int]int{}}
	log4j := time.Date(2021, 12, 10, 0, 0, 0, 0, time.UTC)
	p.add("CERTFR-2021-ALE-022", log4j, []string{log4shell})
	p.shut["CERTFR-2021-ALE-022"] = log4j.AddDate(0, 6, 0)
	p.add("CERTA-2009-AVI-041", time.Date(2009, 2, 3, 0, 0, 0, 0, time.UTC), nil)
	for n := range c.size.Notices - 2 {
		matter := fmt.Sprint("notice ", n)
		d := a.dice(matter)
		day := at.AddDate(0, 0, -3*(c.size.Notices-n)-d.IntN(3))
		if n%4 == 0 {
			day = at.AddDate(-1-n%5, 0, -d.IntN(300))
		}
		if n == 5 {
			p.add(fmt.Sprintf("CERTFR-%d-ALE-001", day.Year()), day, a.someCVEs(matter, 1, c.cves))
			continue
		}
		p.add(p.nextAvis(day.Year()), day, a.someCVEs(matter, d.IntN(5), c.cves))
	}
	return p
}

// nextAvis is the next number of a year; they have four digits since 2023.
func (p *certfr) nextAvis(year int) string {
	p.count[year]++
	if year < 2023 {
		return fmt.Sprintf("CERTFR-%d-AVI-%03d", year, p.count[year])
	}
	return fmt.Sprintf("CERTFR-%d-AVI-%04d", year, p.count[year])
}

func (p *certfr) add(id string, at time.Time, cves []string) {
	x := p.write(id, "Vulnérabilité dans "+title(pick(p.dice(id), machines)), at.Truncate(24*time.Hour))
	p.shelf = append(p.shelf, x)
	p.about[id] = cves
}

func (*certfr) name() string    { return "certfr" }
func (*certfr) hosts() []string { return []string{hostCERTFR} }

func (p *certfr) truth() map[vuln.Kind]shelf { return map[vuln.Kind]shelf{vuln.KindCERTFR: p.shelf} }

// move updates two notices, which their titles then say, and publishes two.
func (p *certfr) move(at time.Time, cves []string) {
	p.moves++
	p.at = at
	day := at.Truncate(24 * time.Hour)
	p.shelf.revise(p.dice(fmt.Sprint("certfr ", p.moves)), 2, day, func(x *article) bool { return !strings.HasPrefix(x.id, "CERTA") })
	for _, x := range p.shelf {
		if x.changed.Equal(day) && !strings.HasPrefix(x.title, "[MàJ] ") {
			x.title = "[MàJ] " + x.title
		}
	}
	for range 2 {
		id := p.nextAvis(at.Year())
		p.add(id, at, p.someCVEs(id, 2, cves))
	}
}

// section is the folder a notice is in.
func section(id string) string {
	if strings.Contains(id, "-ALE-") {
		return "alerte"
	}
	return "avis"
}

func (p *certfr) publish() site {
	out := site{}
	indexes := map[string]shelf{"avis": nil, "alerte": nil}
	years := map[int]shelf{}
	for _, x := range p.shelf {
		s := section(x.id)
		indexes[s] = append(indexes[s], x)
		years[x.created.Year()] = append(years[x.created.Year()], x)
		out[hostCERTFR+"/"+s+"/"+x.id+"/json/"] = plain("application/json", inLines(p.notice(x, x.changed, asItIs))).
			otherwise(Hyphens, inLines(p.notice(x, x.changed, unbroken))).
			otherwise(Backwards, inLines(p.notice(x, x.created.AddDate(0, 0, -1), asItIs)))
	}
	for s, notices := range indexes {
		// They come in no order.
		p.dice("order of "+s).Shuffle(len(notices), func(i, j int) { notices[i], notices[j] = notices[j], notices[i] })
		out[hostCERTFR+"/"+s+"/json/"] = plain("application/json", p.index(notices, 0)).
			otherwise(Empty, inJSON([]object{})).otherwise(Shrunk, p.index(notices[:len(notices)/4], 0)).
			otherwise(Dropped, p.index(notices[:len(notices)-1], 0)).otherwise(Backwards, p.index(notices, 30))
	}
	for year, notices := range years {
		out[fmt.Sprintf("%s/tar/%d.tar", hostCERTFR, year)] = dated("application/x-tar", notices[len(notices)-1].created, p.tar(notices)).
			otherwise(Empty, p.tar(nil)).otherwise(Shrunk, p.tar(notices[:len(notices)/4]))
	}
	return out
}

// index lists notices, with the dates of their last revisions so many days back.
func (p *certfr) index(notices shelf, back int) func() []byte {
	list := []object{}
	for _, x := range notices {
		list = append(list, object{
			"reference", x.id, "title", x.title, "last_revision_date", revision(x.changed.AddDate(0, 0, -back)),
			"json_url", "https://" + hostCERTFR + "/" + section(x.id) + "/" + x.id + "/json/",
		})
	}
	return inJSON(list)
}

func revision(at time.Time) string { return at.Format("2006-01-02T15:04:05.000000") }

func (p *certfr) notice(x *article, changed time.Time, spell func(string) string) object {
	cves, links := []object{}, []object{}
	for _, cve := range p.about[x.id] {
		address := "https://www.cve.org/CVERecord?id=" + cve
		cves = append(cves, object{"name", spell(cve), "url", address})
		links = append(links, object{"title", "Référence CVE " + spell(cve), "url", address})
	}
	revisions := []object{{"description", "Version initiale", "revision_date", revision(x.created)}}
	if x.edition > 1 {
		revisions = append(revisions, object{"description", "Mise à jour", "revision_date", revision(changed)})
	}
	product := object{"name", "N/A", "vendor", object{"name", "Personne", "scada", false}}
	o := object{
		"$ref", "https://" + hostCERTFR + "/openapi.json",
		"affected_systems",
		[]object{{"description", "Versions antérieures à 2.2", "product", product}},
		"affected_systems_content", "", "content", "## Solutions\n\nSe référer au bulletin. " + x.text() + "\n", "cves", cves, "links", links,
		"reference", x.id, "revisions", revisions, "risks",
		[]object{{"description", "Déni de service"}},
		"summary", "Une vulnérabilité a été découverte.", "title", x.title,
		"vendor_advisories",
		[]object{{"published_at", nil, "title", "Bulletin", "url", "https://example.org/bulletins/" + x.id}},
	}
	if section(x.id) == "alerte" {
		var closed any
		if at, ok := p.shut[x.id]; ok {
			closed = revision(at)
		}
		o = append(o, "closed_at", closed)
	}
	return o
}
