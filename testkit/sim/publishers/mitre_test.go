package publishers_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/attack"
	"vulnmirror/format/capec"
	"vulnmirror/format/car"
	"vulnmirror/format/cwe"
	"vulnmirror/format/d3fend"
	"vulnmirror/format/engage"
	"vulnmirror/format/shield"
	"vulnmirror/testkit/sim/publishers"
	"vulnmirror/vuln"
)

// ask returns the answer to a request for HOST/PATH.
func ask(u *publishers.Upstream, address string, header ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, "/"+address, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	u.ServeHTTP(w, r)
	return w.Result()
}

// get returns a document that must be there.
func get(t *testing.T, u *publishers.Upstream, address string, header ...string) []byte {
	t.Helper()
	answer := ask(u, address, header...)
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, answer.Status, err)
	}
	return body
}

// decode reads all records of a reader; any error of a record is a failure.
func decode(t *testing.T, next func() ([]byte, error), decode func([]byte) (vuln.Record, error)) []vuln.Record {
	t.Helper()
	var out []vuln.Record
	for {
		body, err := next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		record, err := decode(body)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, record)
	}
}

// compare tells what is wrong with the records of a kind.
func compare(t *testing.T, u *publishers.Upstream, kind vuln.Kind, records []vuln.Record) {
	t.Helper()
	got := map[string]string{}
	bodies := map[string]vuln.Record{}
	for _, r := range records {
		if len(r.Drift) > 0 {
			t.Errorf("%s: %v", r.ID, r.Drift)
		}
		got[r.ID] = r.Title
		bodies[r.ID] = r
	}
	want := map[string]string{}
	for _, e := range u.Truth(kind) {
		if e.Gone {
			continue
		}
		want[e.ID] = e.Title
		if !bytes.Contains(bodies[e.ID].Body, []byte(e.Says)) {
			t.Errorf("%s does not say %q: %.300s", e.ID, e.Says, bodies[e.ID].Body)
		}
	}
	if len(want) == 0 {
		t.Errorf("there is no truth about %s", kind)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-truth +answers):\n%s", kind, diff)
	}
}

// onlyXML returns the one XML file in a zip.
func onlyXML(body []byte) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, err
	}
	var found []byte
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, ".xml") {
			continue
		}
		if found != nil {
			return nil, errors.New("two XML files")
		}
		in, err := f.Open()
		if err != nil {
			return nil, err
		}
		if found, err = io.ReadAll(in); err != nil {
			return nil, err
		}
	}
	if found == nil {
		return nil, errors.New("no XML file")
	}
	return found, nil
}

// untar returns the files of a tar.
func untar(t *testing.T, in io.Reader) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	archive := tar.NewReader(in)
	for {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		out[head.Name] = &fstest.MapFile{Data: body}
	}
}

func unzip(t *testing.T, body []byte) []byte {
	t.Helper()
	in, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// worlds are those of one publisher: of the beginning, and what becomes of it.
func worlds(t *testing.T, name string, check func(t *testing.T, u *publishers.Upstream)) {
	for _, tc := range []struct {
		name     string
		options  publishers.Options
		advances int
	}{
		{"small", publishers.Options{}, 0},
		{"later", publishers.Options{Seed: 7}, 3},
		{"larger", publishers.Options{Seed: 3, Size: publishers.Size{
			Weaknesses: 100, Patterns: 60, Techniques: 80, Defences: 20, Analytics: 20, Notes: 60, Notices: 60, Months: 14,
			Exploited: 40, Deceptions: 12, DaysOfScores: 3,
		}}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.options.Publishers = []string{name}
			u := publishers.New(tc.options)
			for range tc.advances {
				u.Advance(20 * 24 * time.Hour)
			}
			check(t, u)
		})
	}
}

const (
	repoCWE  = "raw.githubusercontent.com/CWE-CAPEC/REST-API-wg/main/json_repo/"
	repoCTI  = "raw.githubusercontent.com/mitre/cti/master/"
	repoSTIX = "raw.githubusercontent.com/mitre-attack/attack-stix-data/master/"
)

func TestCWE(t *testing.T) {
	worlds(t, "cwe", func(t *testing.T, u *publishers.Upstream) {
		catalogue, err := onlyXML(get(t, u, "cwe.mitre.org/data/xml/cwec_latest.xml.zip"))
		if err != nil {
			t.Fatal(err)
		}
		r := cwe.NewReader(bytes.NewReader(catalogue))
		fromXML := decode(t, r.Next, cwe.Decode)
		compare(t, u, vuln.KindCWE, fromXML)
		said, err := cwe.ReadVersion(bytes.NewReader(get(t, u, "cwe-api.mitre.org/api/v1/cwe/version")))
		if err != nil || said != r.Release() {
			t.Errorf("the version is %v, %v; the catalogue says %v", said, err, r.Release())
		}
		get(t, u, "cwe.mitre.org/data/xml/cwec_v"+said.Version+".xml.zip")

		var fromJSON []vuln.Record
		for _, e := range u.Truth(vuln.KindCWE) {
			for _, folder := range []string{"W", "C", "V"} {
				answer := ask(u, repoCWE+folder+"/"+strings.TrimPrefix(e.ID, "CWE-")+".json")
				if answer.StatusCode == http.StatusOK {
					fromJSON = append(fromJSON, decode(t, cwe.NewReader(answer.Body).Next, cwe.Decode)...)
				}
			}
		}
		compare(t, u, vuln.KindCWE, fromJSON)
		var groups int
		for _, list := range []string{"C/categories.json", "V/views.json"} {
			groups += len(decode(t, cwe.NewReader(bytes.NewReader(get(t, u, repoCWE+list))).Next, cwe.Decode))
		}
		if groups != 5 {
			t.Errorf("%d categories and views are listed together", groups)
		}
		links := func(records []vuln.Record) map[string][]vuln.Link {
			out := map[string][]vuln.Link{}
			for _, r := range records {
				out[r.ID] = r.Facts.Links
			}
			return out
		}
		if diff := cmp.Diff(links(fromXML), links(fromJSON)); diff != "" {
			t.Errorf("links (-XML +JSON):\n%s", diff)
		}
	})
}

func TestCAPEC(t *testing.T) {
	worlds(t, "capec", func(t *testing.T, u *publishers.Upstream) {
		compare(t, u, vuln.KindCAPEC, decode(t,
			capec.NewReader(bytes.NewReader(get(t, u, "capec.mitre.org/data/xml/capec_latest.xml"))).Next, capec.Decode))
		for _, version := range []string{"2.0", "2.1"} {
			patterns := decode(t,
				capec.NewReader(bytes.NewReader(get(t, u, repoCTI+"capec/"+version+"/stix-capec.json"))).Next, capec.Decode)
			if want := len(u.Truth(vuln.KindCAPEC)) - 2; len(patterns) != want {
				t.Errorf("STIX %s has %d patterns, want %d", version, len(patterns), want)
			}
			for _, r := range patterns {
				if len(r.Drift) > 0 {
					t.Errorf("%s: %v", r.ID, r.Drift)
				}
			}
		}
	})
}

var attackDomains = []string{"enterprise", "mobile", "ics"}

func TestATTACK(t *testing.T) {
	worlds(t, "attack", func(t *testing.T, u *publishers.Upstream) {
		for _, repository := range []string{repoSTIX, repoCTI} {
			var bundles []io.Reader
			for _, d := range attackDomains {
				bundles = append(bundles, bytes.NewReader(get(t, u, repository+d+"-attack/"+d+"-attack.json")))
			}
			r := attack.NewReader(bundles...)
			compare(t, u, vuln.KindATTACK, decode(t, r.Next, attack.Decode))
		}
		index, err := attack.ReadIndex(bytes.NewReader(get(t, u, repoSTIX+"index.json")))
		if err != nil || len(index) != 3 {
			t.Fatalf("%d collections, %v", len(index), err)
		}
		for i, c := range index {
			for j, v := range c.Versions {
				body := get(t, u, strings.TrimPrefix(v.URL, "https://"))
				r := attack.NewReader(bytes.NewReader(body))
				decode(t, r.Next, attack.Decode)
				if r.Release().Version != v.Version || !r.Release().Date.Equal(v.Modified) {
					t.Errorf("%s is %v, the index says %v", v.URL, r.Release(), v)
				}
				newest := get(t, u, repoSTIX+attackDomains[i]+"-attack/"+attackDomains[i]+"-attack.json")
				if bytes.Equal(body, newest) != (j == 0) {
					t.Errorf("%s is the latest: %t", v.URL, j != 0)
				}
			}
		}
	})
}

func TestD3FEND(t *testing.T) {
	worlds(t, "d3fend", func(t *testing.T, u *publishers.Upstream) {
		release := func(version string) string { return "d3fend.mitre.org/ontologies/d3fend/" + version + "/" }
		version := ""
		var first []vuln.Record
		for _, form := range []d3fend.Form{d3fend.JSON, d3fend.Turtle, d3fend.RDFXML} {
			r := d3fend.NewReader(bytes.NewReader(get(t, u, "d3fend.mitre.org/ontologies/d3fend."+string(form))), form, nil)
			records := decode(t, r.Next, d3fend.Decode)
			compare(t, u, vuln.KindD3FEND, records)
			if version = r.Release().Version; version == "" {
				t.Errorf("the %s has no version", form)
			}
			if first == nil {
				first = records
			}
			if diff := cmp.Diff(first, records); diff != "" {
				t.Errorf("-json +%s:\n%s", form, diff)
			}
		}
		if said := get(t, u, "d3fend.mitre.org/api/version.json"); !bytes.Contains(said, []byte(version)) {
			t.Errorf("the version is %s, not %s", said, version)
		}
		list := decode(t, d3fend.NewReader(bytes.NewReader(get(t, u, "d3fend.mitre.org/ontologies/d3fend.csv")), d3fend.CSV, nil).Next, d3fend.Decode)
		if len(list) == 0 {
			t.Error("d3fend.csv lists nothing")
		}
		var pairs int
		for _, form := range []d3fend.Form{d3fend.CSV, d3fend.JSON} {
			m, err := d3fend.ReadMappings(bytes.NewReader(get(t, u, release(version)+"d3fend-full-mappings."+string(form))), form)
			if err != nil {
				t.Fatal(err)
			}
			if pairs == 0 {
				pairs = m.Pairs()
			}
			if m.Pairs() != pairs || m.Rows() <= pairs {
				t.Errorf("%s has %d pairs in %d rows, the CSV %d", form, m.Pairs(), m.Rows(), pairs)
			}
			r := d3fend.NewReader(bytes.NewReader(get(t, u, release(version)+"d3fend.json")), d3fend.JSON, m)
			compare(t, u, vuln.KindD3FEND, decode(t, r.Next, d3fend.Decode))
		}
		if dead := ask(u, "d3fend.mitre.org/api/ontology/inference/d3fend-full-mappings.csv"); dead.StatusCode != http.StatusNotFound {
			t.Errorf("the old address of the mappings answers %s", dead.Status)
		}
		get(t, u, release("1.6.0")+"d3fend-full-mappings.csv")
	})
}

func TestCAR(t *testing.T) {
	worlds(t, "car", func(t *testing.T, u *publishers.Upstream) {
		tarball := unzip(t, get(t, u, "codeload.github.com/mitre-attack/car/tar.gz/refs/heads/master"))
		compare(t, u, vuln.KindCAR, decode(t, car.NewReader(untar(t, bytes.NewReader(tarball))).Next, car.Decode))
		commit := "api.github.com/repos/mitre-attack/car/commits/master"
		before := string(get(t, u, commit, "Accept", "application/vnd.github.sha"))
		if len(before) != 40 {
			t.Errorf("the commit is %q", before)
		}
		u.Advance(time.Hour, "car")
		if after := string(get(t, u, commit, "Accept", "application/vnd.github.sha")); after == before {
			t.Error("the commit is the same after a change")
		}
	})
}

// folder fetches files into a tree.
func folder(t *testing.T, u *publishers.Upstream, repository, under string, names ...string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	for _, name := range names {
		out[under+name+".json"] = &fstest.MapFile{Data: get(t, u, repository+name+".json")}
	}
	return out
}

func TestSHIELD(t *testing.T) {
	worlds(t, "shield", func(t *testing.T, u *publishers.Upstream) {
		tree := folder(
			t, u, "raw.githubusercontent.com/MITRECND/mitrecnd.github.io/master/_data/", "_data/",
			"attack_groups", "attack_mapping", "mapping", "navigation", "opportunities", "procedures", "tactic_details", "tactic_matrix",
			"tactics", "technique_details", "techniques", "use_cases",
		)
		compare(t, u, vuln.KindSHIELD, decode(t, shield.NewReader(tree).Next, shield.Decode))
	})
}

func TestENGAGE(t *testing.T) {
	worlds(t, "engage", func(t *testing.T, u *publishers.Upstream) {
		tree := folder(
			t, u, "raw.githubusercontent.com/mitre/engage/main/Data/json/", "Data/json/",
			"activities", "activity_details", "approach_activity_mappings", "approach_details", "approach_matrix", "approaches",
			"attack_mapping", "attack_tactics_techniques", "goal_approach_mappings", "goal_details", "goals", "references",
		)
		compare(t, u, vuln.KindENGAGE, decode(t, engage.NewReader(tree).Next, engage.Decode))
	})
}
