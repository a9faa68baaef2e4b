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
	shelf   shelf // weaknesses, then categories, then views
	known   map[string]weakness
	release int
	at      time.Time
}

// categories are numbers that NVD uses for weaknesses all the same.
var categories = []struct {
	number int
	name   string
	holds  []int
}{
	{264, "Permissions and such", []int{284, 862}},
	{19, "Data processing", []int{20, 22, 502}},
	{399, "Resource management", []int{400, 416}},
}

var views = []struct {
	number int
	name   string
	holds  []int
}{
	{1000, "Concepts for research", []int{707, 664, 284, 693}},
	{1003, "Simplified for those who classify", []int{20, 74, 119, 400, 502}},
}

func newCWE(a author, c *chain, at time.Time) *cwe {
	p := &cwe{author: a, chain: c, known: map[string]weakness{}, release: 19, at: at}
	for _, w := range c.weaknesses {
		p.known[w.id()] = w
		p.shelf = append(p.shelf, a.write(w.id(), w.name, a.day(w.id(), at)))
	}
	for _, c := range categories {
		p.add("CWE-"+strconv.Itoa(c.number), c.name, "Obsolete", at)
	}
	for _, v := range views {
		p.add("CWE-"+strconv.Itoa(v.number), v.name, "Draft", at)
	}
	for i, x := range p.shelf[:len(c.weaknesses)] {
		x.status = [...]string{"Stable", "Draft", "Incomplete"}[i%3]
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
	x := p.write(w.id(), w.name, at)
	x.status = "Incomplete"
	p.shelf = append(p.shelf, x)
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
	weaknesses := len(p.shelf) - len(categories) - len(views)
	return object{
		"ContentVersion", p.version(), "ContentDate", p.at.Format(time.DateOnly),
		"TotalWeaknesses", weaknesses, "TotalCategories", len(categories), "TotalViews", len(views),
	}
}
