package publishers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vulnmirror/vuln"
)

const hostMSRC = "api.msrc.microsoft.com"

// msrc publishes a document a month, and an index of them. Documents are revised
// for years, and what numbers and dates their revisions have goes back at times.
type msrc struct {
	author
	chain     *chain
	months    []*bulletin
	vulns, kb shelf
	at        time.Time
	moves     int
	told      map[string]bool // CVEs that a document speaks of
}

// bulletin is a document.
type bulletin struct {
	id, alias        string
	initial, current time.Time
	revision         int
	vulns            []*article
	kbs              []*fix
	// also is an update of the document before, as it was when this one was
	// opened: several documents speak of one update.
	also *fix
}

// fix is an update, which replaces another.
type fix struct {
	*article
	number, replaced int
	product          int
}

// windows are the products: their ids and names.
var windows = [][2]string{{"11571", "Window Glazing 10 for x64-based Houses"}, {"11572", "Window Glazing 10 for 32-bit Houses"}}

func newMSRC(a author, c *chain, at time.Time) *msrc {
	p := &msrc{author: a, chain: c, at: at, told: map[string]bool{log4shell: true}}
	day := func(year int, month time.Month) time.Time { return time.Date(year, month, 10, 8, 0, 0, 0, time.UTC) }
	p.open("2017-May-B", "2017-May-B", day(2017, time.May), nil)
	p.open("2018-FEB", "2018-Feb", day(2018, time.February), nil)
	p.open("2021-Dec", "2021-Dec", day(2021, time.December), []string{log4shell})
	for n := c.size.Months - 1; n >= 0; n-- {
		month := time.Date(at.Year(), at.Month()-time.Month(n), 10, 8, 0, 0, 0, time.UTC)
		if month.After(at) {
			continue
		}
		p.month(month, c.cves)
	}
	return p
}

// month opens the document of a month.
func (p *msrc) month(at time.Time, cves []string) {
	id := at.Format("2006-Jan")
	p.open(id, id, at, p.news(id, 4, cves))
}

// news picks CVEs that no document speaks of yet.
func (p *msrc) news(matter string, n int, cves []string) []string {
	left := slices.DeleteFunc(slices.Clone(cves), func(cve string) bool { return p.told[cve] })
	out := some(p.dice("msrc "+matter), n, left)
	for _, cve := range out {
		p.told[cve] = true
	}
	return out
}

func (p *msrc) open(id, alias string, at time.Time, cves []string) {
	b := &bulletin{id: id, alias: alias, initial: at, current: at, revision: 1}
	if n := len(p.months); n > 0 {
		was := *p.months[n-1].kbs[0]
		was.article = new(*was.article)
		b.also = &was
	}
	for _, cve := range cves {
		p.tell(b, cve, at)
	}
	p.tell(b, fmt.Sprintf("ADV%s%04d", at.Format("06"), at.Month()), at)
	for product := range windows {
		number := 5090000 + 10*len(p.months) + product
		f := &fix{article: p.write(fmt.Sprint(number), fmt.Sprintf("KB%d", number), at), number: number, replaced: number - 10, product: product}
		f.says = fmt.Sprintf(`"FixedBuild":"10.0.%d.%d"`, number%10000, f.edition)
		b.kbs = append(b.kbs, f)
		p.kb = append(p.kb, f.article)
	}
	p.months = append(p.months, b)
}

func (p *msrc) tell(b *bulletin, id string, at time.Time) {
	x := p.write(id, p.phrase(id)+" Vulnerability", at)
	b.vulns = append(b.vulns, x)
	p.vulns = append(p.vulns, x)
}

func (*msrc) name() string    { return "msrc" }
func (*msrc) hosts() []string { return []string{hostMSRC} }

func (p *msrc) truth() map[vuln.Kind]shelf {
	return map[vuln.Kind]shelf{vuln.KindMSRC: p.vulns, vuln.KindMSKB: p.kb}
}

// move adds to the newest document and takes one vulnerability out of it, opens
// that of the month if there is none, and revises an older one, whose revision
// and date then are before those it had.
func (p *msrc) move(at time.Time, cves []string) {
	p.moves++
	p.at = at
	newest := p.months[len(p.months)-1]
	for _, x := range newest.vulns {
		if !x.gone && strings.HasPrefix(x.id, "CVE-") && x.id != log4shell {
			x.gone = true
			break
		}
	}
	for _, cve := range p.news(fmt.Sprint(newest.id, p.moves), 2, cves) {
		p.tell(newest, cve, at)
	}
	newest.revision++
	newest.current = at
	if month := time.Date(at.Year(), at.Month(), 10, 8, 0, 0, 0, time.UTC); !month.After(at) && month.After(newest.initial) {
		p.month(month, cves)
	}
	old := p.months[len(p.months)-2]
	if p.moves%3 == 0 {
		old = p.months[2]
	}
	for _, x := range old.vulns[:1] {
		x.rewrite(at)
	}
	for _, f := range old.kbs[:1] {
		f.rewrite(at)
		f.says = fmt.Sprintf(`"FixedBuild":"10.0.%d.%d"`, f.number%10000, f.edition)
	}
	old.revision = max(1, old.revision-1)
	old.current = old.current.AddDate(0, 0, -12)
}

func (p *msrc) publish() site {
	out := site{}
	for _, b := range p.months {
		d := plain("application/xml; charset=utf-8", p.document(b, asItIs, 0)).
			otherwise(Hyphens, p.document(b, unbroken, 0)).otherwise(Backwards, p.document(b, asItIs, 30))
		xml := d
		d.negotiate = func(accept string) (document, bool) { return xml, !wantsJSON(accept) }
		out[hostMSRC+"/cvrf/v3.0/cvrf/"+b.id] = d
		out[hostMSRC+"/cvrf/v3.0/updates('"+b.id+"')"] = plain("application/json; charset=utf-8", p.index([]*bulletin{b}, 0))
	}
	last := max(0, len(p.months)-2)
	out[hostMSRC+"/cvrf/v3.0/updates"] = plain("application/json; charset=utf-8", p.index(p.months, 0)).
		otherwise(Empty, p.index(nil, 0)).otherwise(Shrunk, p.index(p.months[:len(p.months)/4], 0)).
		otherwise(Dropped, p.index(p.months[:last], 0)).otherwise(Backwards, p.index(p.months, 30))
	return out
}

// wantsJSON tells requests for documents in JSON, which version 3 refuses.
func wantsJSON(accept string) bool {
	return strings.Contains(accept, "json") && !strings.Contains(accept, "xml") && !strings.Contains(accept, "*/*")
}

// index lists documents, with dates so many days back.
func (p *msrc) index(months []*bulletin, back int) func() []byte {
	list := []object{}
	for i, b := range months {
		zone := []string{"Z", ""}[i%2]
		list = append(list, object{
			"ID", b.id, "Alias", b.alias, "DocumentTitle", b.initial.Format("January 2006") + " Security Updates", "Severity", nil,
			"InitialReleaseDate", b.initial.Format("2006-01-02T15:04:05") + zone,
			"CurrentReleaseDate", b.current.AddDate(0, 0, -back).Format("2006-01-02T15:04:05") + zone,
			"CvrfUrl", "https://" + hostMSRC + "/cvrf/v3.0/cvrf/" + b.id,
		})
	}
	return inJSON(object{"@odata.context", "https://" + hostMSRC + "/cvrf/v3.0/$metadata#Updates", "value", list})
}
