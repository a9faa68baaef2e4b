package publishers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vulnmirror/vuln"
)

const (
	repoATTACK = hostRaw + "/mitre-attack/attack-stix-data/master/"
	repoCTI    = hostRaw + "/mitre/cti/master/"
)

// attack publishes a bundle for each domain, in STIX 2.1 and 2.0, those of
// earlier releases too, and an index of the releases.
type attack struct {
	author
	chain    *chain
	items    []*item
	minor    int
	releases []attackRelease // newest first
}

// item is an object of ATT&CK.
type item struct {
	*article
	kind    string // the STIX type
	stix    string // what its STIX id is made of
	number  string // external_id
	domains []string
	extra   object // members of its type
	targets []aim
}

// aim is a relationship to another item.
type aim struct{ verb, kind, id string }

// attackRelease is a release and its bundles, by domain.
type attackRelease struct {
	version string
	at      time.Time
	bundles map[string]func() []byte
}

var domains = []struct{ key, name, collection string }{
	{"enterprise", "Enterprise ATT&CK", "x-mitre-collection--1f5f1533-f617-4ca8-9ab4-6a02367fa019"},
	{"mobile", "Mobile ATT&CK", "x-mitre-collection--dac0d2d7-8653-445c-9bff-82f934c1e858"},
	{"ics", "ICS ATT&CK", "x-mitre-collection--90c00720-636b-4485-b342-8751d232bf09"},
}

func newATTACK(a author, c *chain, at time.Time) *attack {
	p := &attack{author: a, chain: c, minor: 1}
	p.addTactics(at)
	for _, t := range c.techniques {
		p.addTechnique(t, at)
	}
	p.addOthers(at)
	p.record(at)
	return p
}

func (*attack) name() string    { return "attack" }
func (*attack) hosts() []string { return []string{hostRaw} }

func (p *attack) truth() map[vuln.Kind]shelf {
	var all shelf
	for _, i := range p.items {
		all = append(all, i.article)
	}
	return map[vuln.Kind]shelf{vuln.KindATTACK: all}
}

// add makes an item, which is known by its number.
func (p *attack) add(kind, number, name string, at time.Time, domains ...string) *item {
	i := &item{article: p.write(number, name, p.day(number, at)), kind: kind, stix: number, number: number, domains: domains}
	p.items = append(p.items, i)
	return i
}

// move rewrites two techniques, adds one, deprecates the one that was added
// last, and replaces a campaign.
func (p *attack) move(at time.Time, _ []string) {
	p.minor++
	d := p.dice("attack " + p.version())
	var techniques shelf
	for _, i := range p.items {
		if i.kind == "attack-pattern" && i.status == "" {
			techniques = append(techniques, i.article)
		}
	}
	if last := techniques[len(techniques)-1]; strings.HasPrefix(last.id, "T95") {
		last.status = "deprecated"
		last.rewrite(at)
		techniques = techniques[:len(techniques)-1]
	}
	techniques.revise(d, 2, at, func(*article) bool { return true })
	p.addTechnique(p.technique(9500+p.minor), at)
	for _, i := range p.items {
		if i.kind == "campaign" && !i.gone {
			i.gone = true
			break
		}
	}
	p.addCampaign(9500+p.minor, at)
	p.record(at)
}

func (p *attack) version() string { return fmt.Sprintf("19.%d", p.minor) }

// record keeps the bundles of the release that is made now.
func (p *attack) record(at time.Time) {
	r := attackRelease{p.version(), at, map[string]func() []byte{}}
	for _, d := range domains {
		r.bundles[d.key] = p.domainBundle(d.key, d.name, d.collection, at, "2.1")
	}
	p.releases = slices.Insert(p.releases, 0, r)
}

func (p *attack) publish() site {
	out := site{}
	for i, r := range p.releases {
		for _, d := range domains {
			base := d.key + "-attack/" + d.key + "-attack"
			out[repoATTACK+base+"-"+r.version+".json"] = raw(r.bundles[d.key])
			if i == 0 {
				out[repoATTACK+base+".json"] = raw(r.bundles[d.key]).otherwise(Empty, stixWriter{p.author, "2.1"}.bundle(d.key, nil))
				out[repoCTI+base+".json"] = raw(p.domainBundle(d.key, d.name, d.collection, r.at, "2.0"))
			}
		}
	}
	out[repoATTACK+"index.json"] = raw(p.index(p.releases, len(domains))).
		otherwise(Empty, p.index(nil, 0)).
		otherwise(Shrunk, p.index(p.releases, 1)).
		otherwise(Dropped, p.index(p.releases[1:], len(domains)))
	return out
}

// index lists the releases of the first n domains.
func (p *attack) index(releases []attackRelease, n int) func() []byte {
	collections := []object{}
	for _, d := range domains[:n] {
		versions := []object{}
		for _, r := range releases {
			versions = append(versions, object{
				"version", r.version, "url", "https://" + repoATTACK + d.key + "-attack/" + d.key + "-attack-" + r.version + ".json",
				"modified", r.at.Format(stixTime),
			})
		}
		collections = append(collections, object{
			"id", d.collection, "created", "2018-01-17T12:56:55.080Z", "versions", versions, "name", d.name, "description", p.sentence(d.name),
		})
	}
	modified := time.Time{}
	if len(releases) > 0 {
		modified = releases[0].at
	}
	return inLines(object{
		"id", p.uuid("index"), "name", "MITRE ATT&CK", "description", p.sentence("index"), "created", "2018-01-17T12:56:55.080Z",
		"modified", modified.Format(stixTime), "collections", collections,
	})
}
