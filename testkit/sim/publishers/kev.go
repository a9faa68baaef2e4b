package publishers

import (
	"slices"
	"time"

	"vulnmirror/vuln"
)

const (
	hostCISA = "www.cisa.gov"
	fileKEV  = "known_exploited_vulnerabilities.json"
)

// kev publishes CISA's catalogue, at two addresses. Entries do get removed.
type kev struct {
	author
	chain *chain
	shelf shelf // in the order they were added
	at    time.Time
	moves int
}

func newKEV(a author, c *chain, at time.Time) *kev {
	p := &kev{author: a, chain: c, at: at}
	p.add(log4shell, time.Date(2021, 12, 10, 0, 0, 0, 0, time.UTC))
	for _, cve := range some(a.dice("kev"), c.size.Exploited-1, c.cves) {
		p.add(cve, a.day(cve, at))
	}
	return p
}

// add takes a CVE into the catalogue, unless it was in it before.
func (p *kev) add(cve string, at time.Time) bool {
	if slices.ContainsFunc(p.shelf, func(x *article) bool { return x.id == cve }) {
		return false
	}
	x := p.write(cve, p.phrase(cve)+" Vulnerability", at.Truncate(24*time.Hour))
	p.shelf = append(p.shelf, x)
	return true
}

func (*kev) name() string    { return "kev" }
func (*kev) hosts() []string { return []string{hostCISA, hostRaw} }

func (p *kev) truth() map[vuln.Kind]shelf { return map[vuln.Kind]shelf{vuln.KindKEV: p.shelf} }

// move rewrites an entry, removes one, and adds up to two.
func (p *kev) move(at time.Time, cves []string) {
	p.moves++
	p.at = at
	d := p.dice("kev " + at.String())
	p.shelf.revise(d, 1, at, func(*article) bool { return true })
	added := 0
	for _, i := range d.Perm(len(cves)) {
		if added < 2 && p.add(cves[i], at) {
			added++
		}
	}
	for _, x := range p.shelf.present()[:len(p.shelf.present())-added] {
		if x.id != log4shell && x.changed != at {
			x.gone = true
			return
		}
	}
}

func (p *kev) publish() site {
	out := site{}
	entries := p.shelf.present()
	lists := map[Fault]func() []byte{
		Empty: p.catalogue(nil, p.at), Shrunk: p.catalogue(entries[:len(entries)/4], p.at), Backwards: p.catalogue(entries, p.at.AddDate(0, 0, -7)),
	}
	for address, d := range map[string]document{
		hostCISA + "/sites/default/files/feeds/" + fileKEV: dated("application/json", p.at, p.catalogue(entries, p.at)),
		hostRaw + "/cisagov/kev-data/develop/" + fileKEV:   raw(p.catalogue(entries, p.at)),
	} {
		for fault, body := range lists {
			d = d.otherwise(fault, body)
		}
		d.etag = true
		out[address] = d
	}
	return out
}

// catalogue lists entries, those added last first.
func (p *kev) catalogue(entries shelf, at time.Time) func() []byte {
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b *article) int { return b.created.Compare(a.created) })
	list := []object{}
	for _, x := range entries {
		list = append(list, object{
			"cveID", x.id, "vendorProject", "Nobody", "product", p.phrase("product " + x.id), "vulnerabilityName", x.title,
			"dateAdded", x.created.Format(time.DateOnly), "shortDescription", x.text(),
			"requiredAction", "Apply mitigations per vendor instructions.", "dueDate", x.created.AddDate(0, 0, 21).Format(time.DateOnly),
			"knownRansomwareCampaignUse", pick(p.dice("ransom "+x.id), []string{"Known", "Unknown", "Unknown"}),
			"notes", "https://example.org/advisories/" + x.id + " ; https://nvd.nist.gov/vuln/detail/" + x.id, "cwes", p.cwes(x.id),
		})
	}
	return inLines(object{
		"title", "Catalogue of vulnerabilities somebody exploits", "catalogVersion", at.Format("2006.01.02"),
		"dateReleased", at.Format("2006-01-02T15:04:05.0000Z"), "count", len(list), "vulnerabilities", list,
	})
}

// cwes are the weaknesses of a CVE, which several publishers state.
func (p *kev) cwes(cve string) []string { return p.weaknessesOf(cve, p.chain) }

// weaknessesOf tells which weaknesses are behind a vulnerability.
func (a author) weaknessesOf(cve string, c *chain) []string {
	if cve == log4shell {
		return []string{"CWE-20", "CWE-400", "CWE-502"}
	}
	return []string{pick(a.dice("weakness of "+cve), c.weaknesses).id()}
}
