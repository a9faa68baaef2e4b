package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"vulnmirror/testkit/sim"
	"vulnmirror/vuln"
)

const log4shell = "CVE-2021-44228"

// graph is what chain --json prints and /api/v1/chain/ answers, as far as tests
// look at it.
type graph struct {
	Start entryJSON
	Nodes []struct {
		entryJSON
		Missing bool
	}
	Edges []edge
}

type entryJSON struct {
	Kind vuln.Kind
	ID   string
}

type edge struct {
	From, To   entryJSON
	Step       string
	Reversed   bool
	Statements []struct {
		By                    entryJSON
		Source, Version, Rule string
	}
}

func (g graph) has(from, to vuln.Kind, fromID, toID, step string) bool {
	return slices.ContainsFunc(g.Edges, func(e edge) bool {
		return e.From == entryJSON{from, fromID} && e.To.Kind == to && (toID == "" || e.To.ID == toID) && e.Step == step
	})
}

func (g graph) reaches(kind vuln.Kind, id string) bool {
	return slices.ContainsFunc(g.Edges, func(e edge) bool { return e.To == entryJSON{kind, id} })
}

// TestWholeChain follows one vulnerability through all kinds, on the command line
// and over HTTP, on SQLite and on PostgreSQL.
func TestWholeChain(t *testing.T) {
	t.Parallel()
	u := newWorld(t, sim.Options{Seed: 76, Records: 40})
	for name, store := range map[string]func(t *testing.T) []string{
		"SQLite":     func(*testing.T) []string { return nil },
		"PostgreSQL": func(t *testing.T) []string { return []string{"--store", database(t, "chain")} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newWorldData(t, u, store(t)...)
			d.syncAll(t)
			answer := d.ok(t, "chain", log4shell, "--limit", "0", "--json")
			d.everyLink(t, decode[graph](t, answer))
			d.otherQuestions(t)
			s := d.serve(t)
			if got := s.file(t, "/api/v1/chain/cve-2021-44228?limit=1000"); !reflect.DeepEqual(decode[graph](t, answer), decode[graph](t, string(got))) {
				t.Errorf("the server's chain differs from the command's:\n%.2000s\n%.2000s", answer, got)
			}
			s.records(t)
			s.sources(t, d)
		})
	}
}

// everyLink looks for each connection there has to be from Log4Shell.
func (d data) everyLink(t *testing.T, g graph) {
	t.Helper()
	const mark = vuln.KindCVE
	for _, want := range []struct {
		from   vuln.Kind
		fromID string
		to     vuln.Kind
		toID   string
		step   string
	}{
		{mark, log4shell, vuln.KindCWE, "CWE-502", "weakness"},
		{mark, log4shell, vuln.KindKEV, log4shell, "exploited"},
		{mark, log4shell, vuln.KindEPSS, log4shell, "scored"},
		{mark, log4shell, vuln.KindCERTCC, "VU#930724", "noted by CERT/CC"},
		{mark, log4shell, vuln.KindCERTFR, "CERTFR-2021-ALE-022", "noted by CERT-FR"},
		{mark, log4shell, vuln.KindMSRC, log4shell, "described by Microsoft"},
		{mark, log4shell, vuln.KindMSKB, "5090020", "fixed by"},
		{vuln.KindMSKB, "5090020", vuln.KindMSKB, "5090010", "supersedes"},
		{vuln.KindMSRC, log4shell, vuln.KindMSKB, "5090020", "remedied by"},
		{vuln.KindCWE, "CWE-502", vuln.KindCAPEC, "CAPEC-586", "attacked by"},
		{vuln.KindCAPEC, "CAPEC-586", vuln.KindATTACK, "T1190", "technique"},
		{vuln.KindCAPEC, "CAPEC-586", vuln.KindATTACK, "T1059", "technique"},
		{vuln.KindCAPEC, "CAPEC-586", vuln.KindATTACK, "T1055.001", "technique"},
		{vuln.KindATTACK, "T1055.001", vuln.KindATTACK, "T1055", "kind of"},
		{vuln.KindATTACK, "T1055.001", vuln.KindCAR, "CAR-2020-11-003", "detected by"},
		{vuln.KindATTACK, "T1190", vuln.KindCAR, "CAR-2021-12-001", "detected by"},
		{vuln.KindATTACK, "T1059", vuln.KindCAR, "CAR-2021-01-002", "detected by"},
		{vuln.KindCAR, "CAR-2020-11-003", vuln.KindD3FEND, "d3f:ProcessSpawnAnalysis", "is a"},
		{vuln.KindATTACK, "T1055.001", vuln.KindD3FEND, "d3f:FileAnalysis", "countered by"},
		{vuln.KindATTACK, "T1190", vuln.KindD3FEND, "d3f:NetworkTrafficAnalysis", "countered by"},
		{vuln.KindATTACK, "T1059", vuln.KindD3FEND, "d3f:ExecutableAllowlisting", "countered by"},
		{vuln.KindATTACK, "T1190", vuln.KindSHIELD, "", "deceived by (Shield)"},
		{vuln.KindATTACK, "T1059", vuln.KindSHIELD, "", "deceived by (Shield)"},
		{vuln.KindATTACK, "T1055.001", vuln.KindSHIELD, "", "deceived by (Shield)"},
		{vuln.KindATTACK, "T1190", vuln.KindENGAGE, "", "deceived by (Engage)"},
		{vuln.KindATTACK, "T1059", vuln.KindENGAGE, "", "deceived by (Engage)"},
		{vuln.KindATTACK, "T1055.001", vuln.KindENGAGE, "", "deceived by (Engage)"},
	} {
		if !g.has(want.from, want.to, want.fromID, want.toID, want.step) {
			t.Errorf("%s %s does not lead to %s %s by %q", want.from, want.fromID, want.to, want.toID, want.step)
		}
	}
	releases := map[string]string{}
	for _, s := range decode[[]struct{ Name, Release string }](t, d.ok(t, "sources", "--json")) {
		releases[s.Name] = s.Release
	}
	for _, e := range g.Edges {
		if len(e.Statements) == 0 {
			t.Errorf("nobody says why %v leads to %v", e.From, e.To)
		}
		for _, s := range e.Statements {
			if release, ok := releases[s.Source]; s.Rule == "" || !ok || s.Version != release {
				t.Errorf("from %v to %v by %+v; the edition held is %q", e.From, e.To, s, release)
			}
		}
	}
}

// otherQuestions asks the command in other ways.
func (d data) otherQuestions(t *testing.T) {
	t.Helper()
	for _, tc := range []struct {
		args []string
		kind vuln.Kind
		id   string
	}{
		{[]string{"--from", "T1059", "--to", "cve"}, vuln.KindCVE, log4shell},
		{[]string{"d3f:FileAnalysis", "--to", "cve"}, vuln.KindCVE, log4shell},
		{[]string{"CAR-2021-12-001", "--to", "cve"}, vuln.KindCVE, log4shell},
		{[]string{"capec-586", "--to", "kev"}, vuln.KindKEV, log4shell},
		{[]string{"VU 930724", "--to", "d3fend"}, vuln.KindD3FEND, "d3f:FileAnalysis"},
		{[]string{"CERTFR-2021-ALE-22", "--to", "attack"}, vuln.KindATTACK, "T1190"},
		{[]string{"KB5090020", "--to", "car"}, vuln.KindCAR, "CAR-2021-12-001"},
		{[]string{"KB5090020"}, vuln.KindMSKB, "5090000"},
		{[]string{log4shell, "--to", "shield", "--to", "engage"}, vuln.KindATTACK, "T1190"},
	} {
		g := decode[graph](t, d.ok(t, slices.Concat([]string{"chain", "--json", "--limit", "0"}, tc.args)...))
		if !g.reaches(tc.kind, tc.id) {
			t.Errorf("chain %q does not reach %s %s", tc.args, tc.kind, tc.id)
		}
	}
	if out := d.ok(t, "chain", log4shell, "--dot"); !strings.HasPrefix(out, "digraph ") || !strings.Contains(out, `"capec CAPEC-586" -> "attack T1190"`) {
		t.Errorf("chain --dot lacks a step:\n%.1000s", out)
	}
	tree := d.ok(t, "chain", log4shell, "--to", "d3fend")
	for _, want := range []string{"CWE-502", "CAPEC-586", "T1190", "d3f:NetworkTrafficAnalysis", "Related_Attack_Pattern, cwe 4."} {
		if !strings.Contains(tree, want) {
			t.Errorf("the tree lacks %s:\n%s", want, tree)
		}
	}
	if strings.Contains(tree, "VU#930724") {
		t.Error("the tree has what does not lead to D3FEND")
	}
}

// records asks the server for records and lists of every kind.
func (s server) records(t *testing.T) {
	t.Helper()
	type record struct {
		entryJSON
		Title, Attribution string
	}
	for _, tc := range []struct{ kind, spelling, id string }{
		{"cwe", "79", "CWE-79"},
		{"any", "cwe-502", "CWE-502"},
		{"capec", "586", "CAPEC-586"},
		{"attack", "t1055.001", "T1055.001"},
		{"d3fend", "d3f:FileAnalysis", "d3f:FileAnalysis"},
		{"car", "car-2021-12-001", "CAR-2021-12-001"},
		{"certcc", "VU%23930724", "VU#930724"},
		{"certfr", "CERTFR-2021-ALE-22", "CERTFR-2021-ALE-022"},
		{"msrc", log4shell, log4shell},
		{"mskb", "KB5090020", "5090020"},
		{"kev", log4shell, log4shell},
		{"epss", log4shell, log4shell},
	} {
		r := decode[record](t, string(s.file(t, "/api/v1/records/"+tc.kind+"/"+tc.spelling)))
		if r.ID != tc.id || r.Title == "" || r.Attribution == "" {
			t.Errorf("records/%s/%s is %+v, want %s", tc.kind, tc.spelling, r, tc.id)
		}
	}
	for path, status := range map[string]int{
		"/api/v1/records/cwe/CWE-99999":   http.StatusNotFound,
		"/api/v1/records/nosuch/CWE-79":   http.StatusUnprocessableEntity,
		"/api/v1/search":                  http.StatusUnprocessableEntity,
		"/api/v1/chain/CWE-79?way=upward": http.StatusUnprocessableEntity,
	} {
		if resp, body := s.get(t, path); resp.StatusCode != status || resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("GET %s: %s as %s, want %d: %.300s", path, resp.Status, resp.Header.Get("Content-Type"), status, body)
		}
	}
	for _, kind := range published {
		found := decode[struct {
			Total   int
			Records []entryJSON
		}](t, string(s.file(t, "/api/v1/search?limit=2000&kind="+string(kind))))
		if found.Total == 0 || found.Total != len(found.Records) {
			t.Errorf("search?kind=%s: %d records, %d of them told", kind, found.Total, len(found.Records))
		}
	}
	if body := string(s.file(t, "/api/v1/search?kind=certcc&cve="+log4shell)); !strings.Contains(body, `"VU#930724"`) || strings.Contains(body, `"VU#10031"`) {
		t.Errorf("what CERT/CC says of %s: %s", log4shell, body)
	}
}

// sources asks for the state of sources and for their files, and compares these
// with the hashes in their manifests.
func (s server) sources(t *testing.T, d data) {
	t.Helper()
	complete := map[string]bool{}
	for _, r := range decode[struct {
		Sources []struct {
			Name, Licence, Attribution string
			Complete                   bool
		}
	}](t, string(s.file(t, "/api/v1/sources"))).Sources {
		complete[r.Name] = r.Complete
		if r.Licence == "" || r.Attribution == "" {
			t.Errorf("%s has no terms: %+v", r.Name, r)
		}
	}
	files := 0
	withheld := map[string]bool{}
	for _, a := range decode[struct {
		Sources []struct{ Source, Manifest, Withheld string }
	}](t, string(s.file(t, "/archive/"))).Sources {
		if a.Withheld != "" {
			withheld[a.Source] = true
			if resp, _ := s.get(t, "/archive/"+a.Source+"/manifest.json"); resp.StatusCode != http.StatusForbidden {
				t.Errorf("the files of %s: %s, want 403", a.Source, resp.Status)
			}
			continue
		}
		if a.Manifest == "" {
			continue
		}
		if !complete[a.Source] {
			t.Errorf("%s has files and is not complete", a.Source)
		}
		files += s.files(t, a.Source)
	}
	if files < 50 {
		t.Errorf("%d files are served, too few to tell", files)
	}
	for _, name := range []string{"certcc", "epss"} {
		if !withheld[name] {
			t.Errorf("%s is not withheld", name)
		}
	}
	with := d
	with.args = append(slices.Clone(d.args), "--set", "sources.certcc.pass_on=true")
	other := with.serve(t)
	if n := other.files(t, "certcc"); n == 0 {
		t.Error("with leave to pass it on CERT/CC has no files")
	}
	if resp, _ := other.get(t, "/archive/epss/manifest.json"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("leave for one source is not leave for another: %s", resp.Status)
	}
}

// files fetches every file of a source and returns how many there are.
func (s server) files(t *testing.T, source string) int {
	t.Helper()
	m := decode[struct {
		Files []struct{ Filename, SHA256 string }
	}](t, string(s.file(t, "/archive/"+source+"/manifest.json")))
	for _, f := range m.Files {
		address := (&url.URL{Path: "/archive/" + source + "/raw/" + f.Filename}).EscapedPath()
		resp, body := s.get(t, address)
		sum := sha256.Sum256(body)
		if resp.StatusCode != http.StatusOK || hex.EncodeToString(sum[:]) != f.SHA256 || resp.Header.Get("ETag") != `"`+f.SHA256+`"` {
			t.Errorf("GET %s: %s, %d bytes that are not those of the manifest", address, resp.Status, len(body))
		}
	}
	return len(m.Files)
}
