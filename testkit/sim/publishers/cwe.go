package publishers

import (
	"fmt"
	"strconv"
	"time"

	"vulnmirror/vuln"
)

const (
	hostCWE    = "cwe.mitre.org"
	hostCWEAPI = "cwe-api.mitre.org"
	repoCWE    = hostRaw + "/CWE-CAPEC/REST-API-wg/main/json_repo/"
)

// cwe publishes the catalogue as XML in a zip, and as JSON in a repository that
// has the same. Nothing is ever removed: entries become deprecated.
type cwe struct {
	author
	chain   *chain
	shelf   shelf
	known   map[string]weakness // by id, as are
	groups  map[string]group
	release int
	at      time.Time
}

// group is a category or a view: weaknesses taken together.
type group struct {
	number int
	name   string
	view   bool
	holds  []int
}

func (g group) id() string { return "CWE-" + strconv.Itoa(g.number) }

// groups share the numbers of weaknesses. NVD uses those of the categories for
// weaknesses all the same.
var groups = []group{
	{264, "Permissions and such", false, []int{284, 862}},
	{19, "Data processing", false, []int{20, 22, 502}},
	{399, "Resource management", false, []int{400, 416}},
	{1000, "Concepts for research", true, []int{707, 664, 284, 693}},
	{1003, "Simplified for those who classify", true, []int{20, 74, 119, 400, 502}},
}

// views tells how many of the groups are views.
func views() int {
	n := 0
	for _, g := range groups {
		if g.view {
			n++
		}
	}
	return n
}

func newCWE(a author, c *chain, at time.Time) *cwe {
	p := &cwe{author: a, chain: c, known: map[string]weakness{}, groups: map[string]group{}, release: 19, at: at}
	for i, w := range c.weaknesses {
		p.known[w.id()] = w
		p.add(w.id(), w.name, [...]string{"Stable", "Draft", "Incomplete"}[i%3], at)
	}
	for _, g := range groups {
		p.groups[g.id()] = g
		p.add(g.id(), g.name, "Draft", at)
	}
	return p
}

func (p *cwe) add(id, name, status string, at time.Time) {
	x := p.write(id, name, p.day(id, at))
	x.status = status
	p.shelf = append(p.shelf, x)
}

func (*cwe) name() string    { return "cwe" }
func (*cwe) hosts() []string { return []string{hostCWE, hostCWEAPI, hostRaw} }

func (p *cwe) truth() map[vuln.Kind]shelf { return map[vuln.Kind]shelf{vuln.KindCWE: p.shelf} }

func (p *cwe) version() string { return fmt.Sprintf("4.%d", p.release) }

// move rewrites two weaknesses, deprecates one and adds one.
func (p *cwe) move(at time.Time, _ []string) {
	p.release++
	p.at = at
	d := p.dice("cwe " + p.version())
	isWeakness := func(x *article) bool { _, ok := p.known[x.id]; return ok && x.status != "Deprecated" }
	p.shelf.revise(d, 2, at, isWeakness)
	for _, x := range p.shelf {
		// Of the made-up ones, so that the chain stays whole.
		if isWeakness(x) && p.known[x.id].number > 9000 {
			x.status = "Deprecated"
			x.title = "DEPRECATED: " + x.title
			x.rewrite(at)
			break
		}
	}
	w := p.weakness(9500 + p.release)
	p.known[w.id()] = w
	p.add(w.id(), w.name, "Incomplete", at)
}

func (p *cwe) publish() site {
	out := site{}
	name := "cwec_v" + p.version() + ".xml"
	catalogue := p.catalogue(p.shelf)
	quarter, nothing, at := p.catalogue(p.shelf[:len(p.shelf)/4]), p.catalogue(nil), p.at
	with := func(files ...file) func() []byte { return func() []byte { return zipped(at, files...) } }
	archive := plain("application/zip", with(file{name, catalogue})).
		otherwise(TwoXML, with(file{name, catalogue}, file{"old/" + name, catalogue})).
		otherwise(NoXML, with(file{"README.txt", fixed([]byte("The catalogue will be here soon.\n"))})).
		otherwise(Shrunk, with(file{name, quarter})).
		otherwise(Empty, with(file{name, nothing}))
	out[hostCWE+"/data/xml/cwec_latest.xml.zip"] = archive
	out[hostCWE+"/data/xml/"+name+".zip"] = archive
	out[hostCWEAPI+"/api/v1/cwe/version"] = plain("application/json", inJSON(p.versionAnswer()))
	p.publishRepository(out)
	return out
}

func (p *cwe) versionAnswer() object {
	return object{
		"ContentVersion", p.version(), "ContentDate", p.at.Format(time.DateOnly), "TotalWeaknesses", len(p.known),
		"TotalCategories", len(groups) - views(), "TotalViews", views(),
	}
}
