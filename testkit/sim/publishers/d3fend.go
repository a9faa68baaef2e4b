package publishers

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"vulnmirror/vuln"
)

const (
	hostD3FEND = "d3fend.mitre.org"
	spaceD3F   = "http://d3fend.mitre.org/ontologies/d3fend.owl#"
)

// d3fend publishes an ontology in four forms, and what its techniques do against
// those of ATT&CK as a table in two. Files of earlier releases stay where they
// are.
type d3fend struct {
	author
	chain     *chain
	shelf     shelf
	defences  map[string]defence
	techs     map[string]technique
	flaws     map[string]weakness
	patch     int
	at        time.Time
	versioned site // the folders of all releases
	latest    site // what stands outside of them
}

// defence is a technique of D3FEND.
type defence struct {
	name, number, label, tactic string
	verb, artifact              string
}

var knownDefences = []defence{
	{"FileAnalysis", "D3-FA", "File Analysis", "Detect", "analyzes", "File"},
	{"DynamicAnalysis", "D3-DA", "Dynamic Analysis", "Detect", "analyzes", "File"},
	{"ProcessSpawnAnalysis", "D3-PSA", "Process Spawn Analysis", "Detect", "analyzes", "Process"},
	{"ExecutableAllowlisting", "D3-EAL", "Executable Allowlisting", "Isolate", "restricts", "Process"},
	{"InboundTrafficFiltering", "D3-ITF", "Inbound Traffic Filtering", "Isolate", "filters", "NetworkTraffic"},
	{"NetworkTrafficAnalysis", "D3-NTA", "Network Traffic Analysis", "Detect", "analyzes", "NetworkTraffic"},
	{"CredentialRotation", "D3-CRO", "Credential Rotation", "Harden", "regenerates", "Credential"},
	{"DecoyFile", "D3-DF", "Decoy File", "Deceive", "spoofs", "File"},
}

// artifacts, with how techniques of ATT&CK deal with them.
var artifacts = []struct{ name, label, verb string }{
	{"File", "File", "loads"},
	{"Process", "Process", "creates"},
	{"NetworkTraffic", "Network Traffic", "produces"},
	{"Credential", "Credential", "accesses"},
}

// touches are the artifacts of techniques that examples need.
var touches = map[string]int{"T1190": 2, "T1059": 1, "T1055": 1, "T1055.001": 0, "T1078": 3}

func newD3FEND(a author, c *chain, at time.Time) *d3fend {
	p := &d3fend{
		author: a, chain: c, defences: map[string]defence{}, techs: map[string]technique{}, flaws: map[string]weakness{}, patch: -1, at: at,
		versioned: site{},
	}
	for _, other := range []struct{ name, label string }{
		{"DefensiveTechnique", "Defensive Technique"},
		{"OffensiveTechnique", "Offensive Technique"},
		{"Weakness", "Weakness"},
		{"Detect", "Detect"},
		{"Isolate", "Isolate"},
		{"Harden", "Harden"},
		{"Deceive", "Deceive"},
		{"Reference-" + carWithD3FEND, "A reference"},
	} {
		p.add(other.name, other.label, at)
	}
	for _, artifact := range artifacts {
		p.add(artifact.name, artifact.label, at)
	}
	for _, t := range c.techniques {
		p.techs["d3f:"+t.id] = t
		p.add(t.id, t.name, at)
	}
	for _, w := range c.weaknesses {
		p.flaws["d3f:"+w.id()] = w
		p.add(w.id(), w.name, at)
	}
	for _, d := range knownDefences {
		p.addDefence(d, at)
	}
	for n := len(knownDefences); n < c.size.Defences; n++ {
		p.addDefence(p.defence(n), at)
	}
	p.addDefence(p.defence(9500), at)
	p.record()
	return p
}

func (p *d3fend) defence(n int) defence {
	like := pick(p.dice(fmt.Sprint("defence ", n)), knownDefences)
	label := fmt.Sprintf("%s %d", p.phrase(fmt.Sprint("defence ", n)), n)
	return defence{
		name: strings.ReplaceAll(label, " ", ""), number: fmt.Sprintf("D3-X%d", n), label: label,
		tactic: like.tactic, verb: like.verb, artifact: like.artifact,
	}
}

func (p *d3fend) add(name, label string, at time.Time) {
	p.shelf = append(p.shelf, p.write("d3f:"+name, label, p.day(name, at)))
}

func (p *d3fend) addDefence(d defence, at time.Time) {
	p.defences["d3f:"+d.name] = d
	p.add(d.name, d.label, at)
}

func (*d3fend) name() string    { return "d3fend" }
func (*d3fend) hosts() []string { return []string{hostD3FEND} }

func (p *d3fend) truth() map[vuln.Kind]shelf { return map[vuln.Kind]shelf{vuln.KindD3FEND: p.shelf} }

func (p *d3fend) version() string { return fmt.Sprintf("1.6.%d", p.patch+1) }

// move rewrites two techniques and renames one, which gives it another number;
// nothing says what the old one became.
func (p *d3fend) move(at time.Time, _ []string) {
	p.patch++
	p.at = at
	isDefence := func(x *article) bool { _, ok := p.defences[x.id]; return ok }
	p.shelf.revise(p.dice("d3fend "+p.version()), 2, at, isDefence)
	for _, x := range p.shelf.present() {
		if isDefence(x) && strings.HasPrefix(p.defences[x.id].number, "D3-X95") {
			x.gone = true
		}
	}
	p.addDefence(p.defence(9501+p.patch), at)
	p.record()
}

// record makes the documents of the release.
func (p *d3fend) record() {
	folder := hostD3FEND + "/ontologies/d3fend/" + p.version() + "/"
	g, quarter := p.graph(p.shelf), p.graph(p.shelf[:len(p.shelf)/4])
	offered := p.offered()
	rows := sync.OnceValue(func() []row { return p.rows(offered) })
	said := object{"version", p.version(), "release_date", p.at.Format(time.DateOnly)}
	p.latest = site{hostD3FEND + "/api/version.json": plain("application/json", func() []byte {
		return compact(append(said, "ontology_hash_sha256", digest(g.jsonLD())))
	})}
	put := func(form string, d document) {
		p.versioned[folder+"d3fend."+form] = d
		p.latest[hostD3FEND+"/ontologies/d3fend."+form] = d
	}
	for form, write := range map[string]func(graph) []byte{"json": graph.jsonLD, "ttl": graph.turtle, "owl": graph.rdfXML} {
		put(form, p.sent(form, func() []byte { return write(g) }).otherwise(Shrunk, func() []byte { return write(quarter) }))
	}
	put("csv", p.sent("csv", fixed(p.list())))
	for form, write := range map[string]func([]row) []byte{"csv": rowsCSV, "json": rowsJSON} {
		d := p.sent(form, func() []byte { return write(rows()) }).
			otherwise(Empty, func() []byte { return write(nil) }).
			otherwise(Shrunk, func() []byte { return write(rows()[:len(rows())/4]) })
		d.amiss[MappingsGone] = nil
		p.versioned[folder+"d3fend-full-mappings."+form] = d
	}
}

func (p *d3fend) publish() site {
	out := maps.Clone(p.latest)
	maps.Copy(out, p.versioned)
	return out
}

// sent is a file as the host sends it, with both validators.
func (p *d3fend) sent(form string, body func() []byte) document {
	mime := map[string]string{"json": "application/json", "ttl": "text/turtle", "owl": "application/rdf+xml", "csv": "text/csv"}[form]
	return document{mime: mime, body: sync.OnceValue(body), etag: true, modified: p.at}
}
