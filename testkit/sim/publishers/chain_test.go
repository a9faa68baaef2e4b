package publishers_test

import (
	"bytes"
	"io"
	"testing"

	"vulnmirror/format/attack"
	"vulnmirror/format/capec"
	"vulnmirror/format/car"
	"vulnmirror/format/certcc"
	"vulnmirror/format/certfr"
	"vulnmirror/format/cwe"
	"vulnmirror/format/d3fend"
	"vulnmirror/format/engage"
	"vulnmirror/format/kev"
	"vulnmirror/format/msrc"
	"vulnmirror/format/shield"
	"vulnmirror/testkit/sim/publishers"
	"vulnmirror/vuln"
)

// place is a record by kind and identifier.
type place struct {
	kind vuln.Kind
	id   string
}

// graph is every link of every record, both ways.
func graph(t *testing.T, u *publishers.Upstream) map[place][]place {
	t.Helper()
	read := func(address string) io.Reader { return bytes.NewReader(get(t, u, address)) }
	catalogue, err := onlyXML(get(t, u, addressCWE))
	if err != nil {
		t.Fatal(err)
	}
	var bundles []io.Reader
	for _, d := range attackDomains {
		bundles = append(bundles, read(repoSTIX+d+"-attack/"+d+"-attack.json"))
	}
	mappings, err := d3fend.ReadMappings(read("d3fend.mitre.org/ontologies/d3fend/1.6.1/d3fend-full-mappings.csv"), d3fend.CSV)
	if err != nil {
		t.Fatal(err)
	}
	tarball := unzip(t, get(t, u, "codeload.github.com/mitre-attack/car/tar.gz/refs/heads/master"))
	deceptions := folder(
		t, u, "raw.githubusercontent.com/MITRECND/mitrecnd.github.io/master/_data/", "_data/",
		"attack_mapping", "opportunities", "procedures", "tactics", "technique_details", "techniques", "use_cases",
	)
	engagements := folder(
		t, u, "raw.githubusercontent.com/mitre/engage/main/Data/json/", "Data/json/", "activities", "activity_details",
		"approach_activity_mappings", "approach_details", "approaches", "attack_mapping", "goal_approach_mappings", "goal_details", "goals",
	)
	out := map[place][]place{}
	for _, r := range [][]vuln.Record{
		decode(t, cwe.NewReader(bytes.NewReader(catalogue)).Next, cwe.Decode),
		decode(t, capec.NewReader(read("capec.mitre.org/data/xml/capec_latest.xml")).Next, capec.Decode),
		decode(t, attack.NewReader(bundles...).Next, attack.Decode),
		decode(t, d3fend.NewReader(read("d3fend.mitre.org/ontologies/d3fend.json"), d3fend.JSON, mappings).Next, d3fend.Decode),
		decode(t, car.NewReader(untar(t, bytes.NewReader(tarball))).Next, car.Decode),
		decode(t, shield.NewReader(deceptions).Next, shield.Decode),
		decode(t, engage.NewReader(engagements).Next, engage.Decode),
		decode(t, kev.NewReader(read(addressKEV)).Next, kev.Decode),
		decode(t, certcc.NewReader(read(notes+"930724/")).Next, certcc.Decode),
		decode(t, certfr.NewReader(read(notices+"alerte/CERTFR-2021-ALE-022/json/")).Next, certfr.Decode),
		decode(t, msrc.NewReader(read(cvrf+"cvrf/2021-Dec")).Next, msrc.Decode),
	} {
		for _, record := range r {
			from := place{record.Kind, record.ID}
			for _, link := range record.Facts.Links {
				to := place{link.Kind, link.ID}
				out[from], out[to] = append(out[from], to), append(out[to], from)
			}
		}
	}
	return out
}

// Examples rely on these steps, one from the other.
func TestTheChain(t *testing.T) {
	links := graph(t, publishers.New(publishers.Options{Seed: 5}))
	for _, path := range [][]place{
		{{vuln.KindCVE, "CVE-2021-44228"}, {vuln.KindCWE, "CWE-502"}, {vuln.KindCAPEC, "CAPEC-586"}, {vuln.KindATTACK, "T1190"}},
		{{vuln.KindATTACK, "T1190"}, {vuln.KindD3FEND, "d3f:InboundTrafficFiltering"}},
		{{vuln.KindATTACK, "T1190"}, {vuln.KindCAR, "CAR-2021-12-001"}},
		{{vuln.KindCAPEC, "CAPEC-586"}, {vuln.KindATTACK, "T1059"}, {vuln.KindD3FEND, "d3f:ProcessSpawnAnalysis"}},
		{{vuln.KindCAPEC, "CAPEC-586"}, {vuln.KindATTACK, "T1055.001"}, {vuln.KindATTACK, "T1055"}},
		{{vuln.KindATTACK, "T1055.001"}, {vuln.KindD3FEND, "d3f:FileAnalysis"}},
		{{vuln.KindATTACK, "T1055.001"}, {vuln.KindCAR, "CAR-2020-11-003"}, {vuln.KindD3FEND, "d3f:ProcessSpawnAnalysis"}},
		{{vuln.KindATTACK, "T1143"}, {vuln.KindATTACK, "T1564.003"}},
		{{vuln.KindCVE, "CVE-2021-44228"}, {vuln.KindKEV, "CVE-2021-44228"}, {vuln.KindCWE, "CWE-502"}},
		{{vuln.KindCVE, "CVE-2021-44228"}, {vuln.KindCERTCC, "VU#930724"}},
		{{vuln.KindCVE, "CVE-2021-44228"}, {vuln.KindCERTFR, "CERTFR-2021-ALE-022"}},
		{{vuln.KindCVE, "CVE-2021-44228"}, {vuln.KindMSKB, "5090020"}, {vuln.KindMSKB, "5090010"}},
	} {
		for i, from := range path[:len(path)-1] {
			if !has(links[from], path[i+1]) {
				t.Errorf("%v is not linked with %v but with %v", from, path[i+1], links[from])
			}
		}
	}
	for _, kind := range []vuln.Kind{vuln.KindSHIELD, vuln.KindENGAGE, vuln.KindD3FEND, vuln.KindCAR} {
		found := false
		for _, to := range links[place{vuln.KindATTACK, "T1190"}] {
			found = found || to.kind == kind
		}
		if !found {
			t.Errorf("T1190 is linked with nothing of %s", kind)
		}
	}
}

func has(list []place, wanted place) bool {
	for _, p := range list {
		if p == wanted {
			return true
		}
	}
	return false
}
