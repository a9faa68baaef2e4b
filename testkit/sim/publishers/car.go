package publishers

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"vulnmirror/vuln"
)

const (
	hostCodeload = "codeload.github.com"
	hostGitHub   = "api.github.com"
)

// car publishes YAML files in a repository, which is had as a tarball.
type car struct {
	author
	chain    *chain
	shelf    shelf
	analytic map[string][]string // its techniques
	added    int
	at       time.Time
}

var knownAnalytics = []struct {
	id, title  string
	techniques []string
}{
	{carWithD3FEND, "DLL Injection with Mavinject", []string{"T1055", "T1055.001"}},
	{"CAR-2021-01-002", "Unusually Long Command Line", []string{"T1059", "T1059.004"}},
	{"CAR-2021-12-001", "Lookups in Web Requests", []string{"T1190"}},
	{"CAR-2013-05-004", "Execution with Schedules", []string{"T1574", "T1574.010"}},
	{"CAR-2014-11-003", "Debuggers for Accessibility", []string{"T1068"}},
	{"CAR-2016-03-001", "Host Discovery", []string{"T1083"}},
}

func newCAR(a author, c *chain, at time.Time) *car {
	p := &car{author: a, chain: c, analytic: map[string][]string{}, at: at}
	for _, known := range knownAnalytics {
		p.analytic[known.id] = known.techniques
		p.shelf = append(p.shelf, a.write(known.id, known.title, a.day(known.id, at)))
	}
	for n := len(knownAnalytics); n < c.size.Analytics; n++ {
		p.add(at)
	}
	p.add(at)
	for _, other := range []struct{ id, name string }{{"data_model/process", "Process"}, {"sensors/watcher_1.0", "Watcher 1.0"}} {
		x := a.write(other.id, other.name, at)
		p.shelf = append(p.shelf, x)
	}
	return p
}

// add makes up an analytic.
func (p *car) add(at time.Time) {
	p.added++
	id := fmt.Sprintf("CAR-2026-%02d-%03d", 1+p.added%12, p.added)
	p.analytic[id] = []string{pick(p.dice(id), p.chain.of("enterprise")).id}
	p.shelf = append(p.shelf, p.write(id, p.phrase(id), at))
}

func (*car) name() string    { return "car" }
func (*car) hosts() []string { return []string{hostCodeload, hostGitHub} }

func (p *car) truth() map[vuln.Kind]shelf { return map[vuln.Kind]shelf{vuln.KindCAR: p.shelf} }

// move rewrites one analytic, takes one out that was made up, and adds one.
func (p *car) move(at time.Time, _ []string) {
	p.at = at
	p.shelf.revise(p.dice(fmt.Sprint("car ", p.added)), 1, at, func(x *article) bool { return p.analytic[x.id] != nil })
	for _, x := range p.shelf {
		if strings.HasPrefix(x.id, "CAR-2026-") && !x.gone {
			x.gone = true
			break
		}
	}
	p.add(at)
}

func (p *car) publish() site {
	at := p.at
	archive := func(files []file) func() []byte { return func() []byte { return gzipped(tarred(at, files...)) } }
	tarball := plain("application/x-gzip", archive(p.files(p.shelf))).
		otherwise(Shrunk, archive(p.files(p.shelf[:2]))).
		otherwise(Empty, archive(nil))
	tarball.etag = true
	return site{
		hostCodeload + "/mitre-attack/car/tar.gz/refs/heads/master": tarball,
		hostGitHub + "/repos/mitre-attack/car/commits/master":       commit(p.commitID(p.name(), p.added)),
	}
}

func (p *car) files(entries shelf) []file {
	out := []file{{"car-master/README.md", fixed([]byte("# CAR\n"))}}
	for _, x := range entries.present() {
		switch {
		case x.id == "data_model/process":
			out = append(out, file{"car-master/data_model/process.yaml", fixed(p.dataModel(x))})
		case strings.HasPrefix(x.id, "sensors/"):
			out = append(out, file{"car-master/" + x.id + ".yaml", fixed(p.sensor(x))})
		default:
			out = append(out, file{"car-master/analytics/" + x.id + ".yaml", fixed(p.analyticYAML(x))})
		}
	}
	return out
}

func (p *car) analyticYAML(x *article) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "---\ntitle: %s\nsubmission_date: %s\ninformation_domain: Host\nsubtypes:\n  - Process\n", x.title, x.created.Format("2006/01/02"))
	fmt.Fprintf(&out, "analytic_types:\n  - TTP\nplatforms:\n  - Windows\nid: %s\ndescription: |\n  %s\n\n  Second paragraph, with a [link](https://example.org/).\n", x.id, x.text())
	out.WriteString("contributors:\n  - Nobody\ncoverage:\n")
	main, subs := "", []string{}
	for _, id := range p.analytic[x.id] {
		if parent, _, sub := strings.Cut(id, "."); sub {
			main, subs = parent, append(subs, id)
		} else {
			main = id
		}
	}
	fmt.Fprintf(&out, "  - technique: %s\n    tactics:\n      - TA0002\n", main)
	if len(subs) > 0 {
		fmt.Fprintf(&out, "    subtechniques:\n      - %s\n", strings.Join(subs, "\n      - "))
	}
	out.WriteString("    coverage: Moderate\nimplementations:\n  - name: Pseudocode\n    description: It reads well.\n    code: |\n      a = search Process:Create\n      output a\n    data_model: CAR native\n    type: Pseudocode\n")
	out.WriteString("data_model_references:\n  - process/create/command_line\n")
	if x.id == carWithD3FEND {
		out.WriteString("d3fend_mappings:\n  - iri: d3f:ProcessSpawnAnalysis\n    id: D3-PSA\n    label: Process Spawn Analysis\n")
	}
	return out.Bytes()
}

func (p *car) dataModel(x *article) []byte {
	return fmt.Appendf(nil, "---\nname: %s\ndescription: %s\nactions:\n  - name: create\n    description: It begins.\nfields:\n  - name: command_line\n    description: What was typed.\n    example: true 0x1F\ncoverage_map:\n  create:\n    command_line:\n      - watcher_1.0\n", x.title, x.text())
}

func (p *car) sensor(x *article) []byte {
	return fmt.Appendf(nil, "---\nsensor_name: Watcher\nsensor_version: 1.0\nsensor_developer: Nobody\nsensor_url: https://example.org/watcher\nsensor_description: %s\nmappings:\n  - object: process\n    action: create\n    notes: It watches.\n    fields:\n      command_line: CommandLine\n", x.text())
}
