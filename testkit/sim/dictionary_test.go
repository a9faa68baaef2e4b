package sim

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const restPath = "/services.nvd.nist.gov/rest/json/"

var identifierKeys = map[Kind]string{CVEs: "id", CPEs: "cpeName", MatchCriteria: "matchCriteriaId", Changes: "cveChangeId"}

// listed reads a document of a collection; bodies are compacted.
func listed(t testing.TB, kind Kind, document []byte) (head answer, ids []string, bodies map[string]string) {
	t.Helper()
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(document, &parts); err != nil {
		t.Fatalf("%v: %.300s", err, document)
	}
	if len(parts) != 7 {
		t.Errorf("%v: the document has %d keys, want 7", kind, len(parts))
	}
	if err := json.Unmarshal(document, &head); err != nil {
		t.Fatal(err)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(parts[kind.shape().list], &list); err != nil {
		t.Fatalf("%v: %v", kind, err)
	}
	bodies = map[string]string{}
	for _, body := range list {
		if entry := kind.shape().entry; entry != "" {
			var wrapped map[string]json.RawMessage
			if err := json.Unmarshal(body, &wrapped); err != nil || len(wrapped) != 1 {
				t.Fatalf("%v: %v, %.300s", kind, err, body)
			}
			body = wrapped[entry]
		}
		id := identifier(t, kind, body)
		ids = append(ids, id)
		bodies[id] = compact(t, body)
	}
	if head.ResultsPerPage != len(list) || head.Format != kind.shape().format {
		t.Errorf("%v: resultsPerPage %d of %d, format %s", kind, head.ResultsPerPage, len(list), head.Format)
	}
	return head, ids, bodies
}

func identifier(t testing.TB, kind Kind, body []byte) string {
	t.Helper()
	if kind == Sources {
		var o struct{ SourceIdentifiers []string }
		if err := json.Unmarshal(body, &o); err != nil || len(o.SourceIdentifiers) == 0 {
			t.Fatalf("%v: %s", err, body)
		}
		return o.SourceIdentifiers[0]
	}
	var o map[string]any
	if err := json.Unmarshal(body, &o); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return o[identifierKeys[kind]].(string)
}

func asked(t testing.TB, u *Upstream, kind Kind, q string) (answer, []string, map[string]string) {
	t.Helper()
	return listed(t, kind, fetch(t, u, restPath+kind.String()+"/2.0"+q))
}

func truthOf(u *Upstream, kind Kind) map[string]string {
	all := map[string]string{}
	for id, body := range u.TruthOf(kind) {
		all[id] = string(body)
	}
	return all
}

func TestPagingGivesTheTruthOfEveryKind(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 60, PageMax: 97})
	u.Advance(30*time.Hour, 40)
	for _, kind := range Kinds() {
		want, paged := truthOf(u, kind), map[string]string{}
		for start := 0; start < len(want); {
			head, ids, bodies := asked(t, u, kind, fmt.Sprintf("/?startIndex=%d", start))
			if head.StartIndex != start || head.TotalResults != len(want) {
				t.Fatalf("%v: page at %d says start %d, total %d of %d", kind, start, head.StartIndex, head.TotalResults, len(want))
			}
			for _, id := range ids {
				paged[id] = bodies[id]
			}
			start += head.ResultsPerPage
		}
		if diff := cmp.Diff(want, paged); diff != "" {
			t.Errorf("%v: %s", kind, diff)
		}
	}
}

func TestDictionaryFollowsFromTheOptions(t *testing.T) {
	early, late := New(Options{Seed: testSeed, Records: 80}), New(Options{Seed: testSeed, Records: 80})
	for _, kind := range Kinds() {
		truthOf(early, kind)
	}
	for _, u := range []*Upstream{early, late} {
		u.Advance(time.Hour, 20)
		u.RemoveNames(3)
	}
	for _, kind := range Kinds() {
		if diff := cmp.Diff(truthOf(early, kind), truthOf(late, kind)); diff != "" {
			t.Errorf("%v depends on when it was asked for: %s", kind, diff)
		}
	}
}

// The rows of contract B, and what is refused.
func TestEndpoints(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 99})
	total := map[Kind]int{}
	for _, kind := range Kinds() {
		total[kind] = len(truthOf(u, kind))
	}
	name := first(u, CPEs)
	var n struct{ CPENameID string }
	if err := json.Unmarshal([]byte(truthOf(u, CPEs)[name]), &n); err != nil {
		t.Fatal(err)
	}
	const window = "StartDate=2025-01-01T00:00:00Z&"
	for _, c := range []struct {
		kind    Kind
		q       string
		total   int // -1 = some
		refusal string
	}{
		{CPEs, "?resultsPerPage=10000", total[CPEs], ""},
		{CPEs, "?resultsPerPage=10001", 0, "resultsPerPage parameter cannot exceed 10000."},
		{CPEs, "?startIndex=999999999", total[CPEs], ""},
		{CPEs, "?includeDeprecated", 0, "Invalid parameter"},
		{CPEs, "?cpeNameId=" + n.CPENameID, 1, ""},
		{CPEs, "?cpeNameId=" + strings.ToLower(n.CPENameID), 1, ""},
		{CPEs, "?cpeNameId=one", 0, "Invalid cpeNameId parameter."},
		{CPEs, "?cpeMatchString=" + name, 1, ""},
		{CPEs, "?cpeMatchString=cpe:2.3:a:apache:log4j", -1, ""},
		{CPEs, "?cpeMatchString=cpe:2.3:a:nobody", 0, ""},
		{CPEs, "?cpeMatchString=log4j", 0, "Invalid cpeMatchString parameter."},
		{CPEs, "?cpeMatchString=" + name + ":*", 0, "Invalid cpeMatchString parameter."},
		{CPEs, "?keywordSearch=apache%20log", -1, ""},
		{CPEs, "?keywordSearch=apache%20log4j&keywordExactMatch", -1, ""},
		{CPEs, "?matchCriteriaId=" + someCriteria(t, u), -1, ""},
		{CPEs, "?lastMod" + window + "lastModEndDate=2025-05-01T00:00:00Z", -1, ""},
		{CPEs, "?lastMod" + window + "lastModEndDate=2025-05-01T00:00:01Z", 0, "120"},
		{MatchCriteria, "", total[MatchCriteria], ""},
		{MatchCriteria, "?resultsPerPage=501", 0, "resultsPerPage parameter cannot exceed 500."},
		{MatchCriteria, "?cveId=CVE-2021-44228", -1, ""},
		{MatchCriteria, "?cveId=CVE-2099-999999", 0, ""},
		{MatchCriteria, "?cveId=log4j", 0, "Invalid cveId parameter."},
		{MatchCriteria, "?matchCriteriaId=" + first(u, MatchCriteria), 1, ""},
		{MatchCriteria, "?matchStringSearch=cpe:2.3:a:apache:log4j", -1, ""},
		{MatchCriteria, "?keywordSearch=log4j", 0, "Invalid parameter"},
		{Sources, "?resultsPerPage=1000", total[Sources], ""},
		{Sources, "?resultsPerPage=1001", 0, "cannot exceed 1000."},
		{Sources, "?sourceIdentifier=cve@mitre.org", 1, ""},
		{Sources, "?sourceIdentifier=", 0, "Invalid sourceIdentifier parameter."},
		{Changes, "?resultsPerPage=5000", total[Changes], ""},
		{Changes, "?resultsPerPage=5001", 0, "cannot exceed 5000."},
		{Changes, "?startIndex=999999999", 0, ""},
		{Changes, "?cveId=CVE-2021-44228", -1, ""},
		{Changes, "?eventName=CVE%20Received", 99, ""},
		{Changes, "?eventName=Initial%20Analysis&cveId=CVE-2021-44228", 1, ""},
		{Changes, "?change" + window + "changeEndDate=2025-05-01T00:00:00Z", -1, ""},
		{Changes, "?change" + window + "cveId=CVE-2021-44228", 0, "must both be given"},
		{Changes, "?change" + window + "changeEndDate=2025-05-01T00:00:01Z", 0, "120"},
		{Changes, "?lastMod" + window + "lastModEndDate=2025-05-01T00:00:00Z", 0, "Invalid parameter"},
	} {
		path := restPath + c.kind.String() + "/2.0" + c.q
		if c.refusal != "" {
			res := get(u, path)
			if message := strings.Join(res.Header["message"], ""); res.StatusCode != http.StatusNotFound || res.ContentLength > 0 || !strings.Contains(message, c.refusal) {
				t.Errorf("%s: status %d, message %q", path, res.StatusCode, message)
			}
			continue
		}
		head, _, _ := asked(t, u, c.kind, c.q)
		if head.TotalResults != c.total && (c.total >= 0 || head.TotalResults == 0) {
			t.Errorf("%s: total %d, want %d", path, head.TotalResults, c.total)
		}
	}
}

func first(u *Upstream, kind Kind) string {
	for id := range u.TruthOf(kind) {
		return id
	}
	return ""
}

// someCriteria is a criterion that holds names.
func someCriteria(t *testing.T, u *Upstream) string {
	for id, body := range u.TruthOf(MatchCriteria) {
		if strings.Contains(string(body), `"matches":[`) {
			return id
		}
	}
	t.Fatal("no criterion holds a name")
	return ""
}

type matched struct {
	MatchCriteriaID, Criteria                      string
	VersionStartIncluding, VersionStartExcluding   string
	VersionEndIncluding, VersionEndExcluding       string
	LastModified, CPELastModified, Created, Status string
	Matches                                        []struct{ CPEName, CPENameID string }
}

func (m matched) identity() matched {
	m.LastModified, m.CPELastModified, m.Created, m.Status, m.Matches = "", "", "", "", nil
	return m
}

// Every criterion of every record is described, and what it holds is there.
func TestDictionaryFitsTheRecords(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 120})
	u.Advance(72*time.Hour, 60)
	criteria, names := map[string]matched{}, map[string]string{}
	for id, body := range u.TruthOf(MatchCriteria) {
		var m matched
		if err := json.Unmarshal(body, &m); err != nil {
			t.Fatal(err)
		}
		criteria[id] = m
	}
	for id, body := range u.TruthOf(CPEs) {
		var n struct{ CPENameID string }
		if err := json.Unmarshal(body, &n); err != nil {
			t.Fatal(err)
		}
		names[id] = n.CPENameID
	}
	sources := map[string]bool{}
	for _, body := range u.TruthOf(Sources) {
		var s struct{ SourceIdentifiers []string }
		if err := json.Unmarshal(body, &s); err != nil {
			t.Fatal(err)
		}
		for _, id := range s.SourceIdentifiers {
			sources[id] = true
		}
	}
	for id, body := range u.Truth() {
		var record struct {
			SourceIdentifier string
			Configurations   []struct {
				Nodes []struct{ CPEMatch []matched }
			}
		}
		if err := json.Unmarshal(body, &record); err != nil {
			t.Fatal(err)
		}
		if !sources[record.SourceIdentifier] {
			t.Errorf("%s is from %q, which is no source", id, record.SourceIdentifier)
		}
		for _, c := range record.Configurations {
			for _, n := range c.Nodes {
				for _, m := range n.CPEMatch {
					if diff := cmp.Diff(m, criteria[m.MatchCriteriaID].identity()); diff != "" {
						t.Fatalf("%s: %s", id, diff)
					}
				}
			}
		}
	}
	full, most := 0, 0
	for id, m := range criteria {
		most = max(most, len(m.Matches))
		if len(m.Matches) > 0 {
			full++
		}
		for _, n := range m.Matches {
			if names[n.CPEName] != n.CPENameID || !sameProduct(m.Criteria, n.CPEName) {
				t.Errorf("%s, %s, holds %+v; the dictionary has %q", id, m.Criteria, n, names[n.CPEName])
			}
		}
	}
	if share := float64(full) / float64(len(criteria)); share < 0.2 || share > 0.97 || most < 3000 {
		t.Errorf("%.0f%% of the criteria hold names, at most %d", 100*share, most)
	}
}

func sameProduct(a, b string) bool {
	product := func(s string) string { return strings.Join(strings.Split(s, ":")[2:5], ":") }
	return product(a) == product(b)
}

func TestHold(t *testing.T) {
	for _, c := range []struct {
		limits  bounds
		version string
		want    bool
	}{
		{bounds{endExcluding: "2.10.0"}, "2.9.9", true},
		{bounds{endExcluding: "2.10.0"}, "2.10.0", false},
		{bounds{endIncluding: "2.10.0"}, "2.10.0", true},
		{bounds{startIncluding: "2.10.0"}, "2.10.0", true},
		{bounds{startExcluding: "2.10.0"}, "2.10.0", false},
		{bounds{endExcluding: " 2.10.0"}, "2.10.0", false},
		{bounds{endIncluding: "9.1(3)"}, `9.1\(3\)`, true},
		{bounds{endIncluding: "9.1(3)e"}, `9.1\(3\)`, true},
		{bounds{endIncluding: "9.1(3)"}, `9.1\(3\)t`, false},
		{bounds{startIncluding: "1.0.0", endExcluding: "2.0.0"}, "3.0.0", false},
	} {
		if got := c.limits.hold(c.version); got != c.want {
			t.Errorf("%+v holds %s: %v", c.limits, c.version, got)
		}
	}
}

// What has changed is what a window over the time of the changes shows.
func TestWindowsShowWhatChanged(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 60})
	before := map[Kind]map[string]string{}
	for _, kind := range Kinds() {
		before[kind] = truthOf(u, kind)
	}
	from := u.Now().Add(time.Millisecond)
	u.Advance(48*time.Hour, 60)
	gone := u.RemoveNames(4)
	for _, kind := range Kinds() {
		changed := map[string]string{}
		for id, body := range truthOf(u, kind) {
			if before[kind][id] != body {
				changed[id] = body
			}
		}
		if len(changed) == 0 {
			t.Errorf("%v: nothing has changed", kind)
		}
		prefix := "lastMod"
		if kind == Changes {
			prefix = "change"
		}
		const layout = "2006-01-02T15:04:05.000Z"
		_, _, shown := asked(t, u, kind, fmt.Sprintf("?%[1]sStartDate=%[2]s&%[1]sEndDate=%[3]s", prefix, from.Format(layout), u.Now().Format(layout)))
		if diff := cmp.Diff(changed, shown); diff != "" {
			t.Errorf("%v: %s", kind, diff)
		}
	}
	names := truthOf(u, CPEs)
	for _, name := range gone {
		if before[CPEs][name] == "" && names[name] != "" {
			t.Errorf("%s has not vanished", name)
		}
	}
	if len(gone) != 4 {
		t.Errorf("%d names vanished, want 4", len(gone))
	}
}

func TestEveryShapeOfTheDictionaryOccurs(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 400})
	u.Advance(24*time.Hour, 60)
	for kind, shapes := range map[Kind][]string{
		CPEs:          {`"deprecated":true`, `"deprecatedBy":[`, `"deprecates":[`, `"lang":"ja"`, `"refs":[`, `"type":"Version"`, `:-:*:`, `:beta1:`, `\\(`, `\/`, `(revised)`, `"}],"deprecates"`},
		MatchCriteria: {`"status":"Inactive"`, `"status":"Active","matches":[{`, `"status":"Active"}`, `"versionEndExcluding":" `, `"cpeLastModified":`},
		Sources:       {`"name":"NIST"`, `"v4AcceptanceLevel":{"description":"`, `"cweAcceptanceLevel":`, `","product-security@`, `"name":`},
		Changes:       {`"details":[]`, `"oldValue":[{`, `"newValue":{"`, `"eventName":"CVE Rejected"`, `"eventName":"CVE CISA KEV Update"`, `"action":"Removed"`, `\/`},
	} {
		var all strings.Builder
		for _, body := range u.TruthOf(kind) {
			if !json.Valid(body) {
				t.Fatalf("not JSON: %s", body)
			}
			all.Write(body)
		}
		for _, shape := range shapes {
			if !strings.Contains(all.String(), shape) {
				t.Errorf("%v: no record has %s", kind, shape)
			}
		}
	}
}

func TestArchives(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 99})
	u.Advance(24*time.Hour, 10)
	for _, a := range archives {
		base := "/nvd.nist.gov" + a.folder + a.name
		meta, gz := fetch(t, u, base+".meta"), fetch(t, u, base+".tar.gz")
		plain := gunzip(t, gz)
		sum := sha256.Sum256(plain)
		for key, want := range map[string]string{
			"size": strconv.Itoa(len(plain)), "gzSize": strconv.Itoa(len(gz)), "sha256": strings.ToUpper(hex.EncodeToString(sum[:])),
		} {
			if !strings.Contains(string(meta), key+":"+want+"\r\n") {
				t.Errorf("%s.meta has not %s %s: %q", a.name, key, want, meta)
			}
		}
		want, got := truthOf(u, a.kind), map[string]string{}
		members := tar.NewReader(bytes.NewReader(plain))
		for n := 0; ; {
			head, err := members.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if head.Typeflag == tar.TypeDir {
				continue
			}
			n++
			if name := fmt.Sprintf("%s-chunks/%s-chunk-%05d.json", a.name, a.name, n); head.Name != name {
				t.Errorf("chunk %d is %s, want %s", n, head.Name, name)
			}
			chunk, err := io.ReadAll(members)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(chunk, []byte("{\r\n  \"resultsPerPage\" : ")) {
				t.Errorf("%s begins %.40q", head.Name, chunk)
			}
			doc, _, bodies := listed(t, a.kind, chunk)
			if doc.StartIndex != len(got)+1 || doc.TotalResults != len(want) {
				t.Errorf("%s says start %d, total %d, want %d, %d", head.Name, doc.StartIndex, doc.TotalResults, len(got)+1, len(want))
			}
			for id, body := range bodies {
				got[id] = body
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", a.name, diff)
		}
	}
}

// Every way of misbehaving ends, so that a client which asks again gets it all.
func TestFaultsOfTheDictionaryEnd(t *testing.T) {
	u := New(Options{Seed: testSeed, Records: 40, Faults: 0.5, FaultKinds: []Fault{Status503, InvalidJSON, EmptyWindow, MovingTotals, ShortPage, OutOfOrder, OutOfStep, EmptyBody}})
	for _, kind := range Kinds()[1:] {
		for range 40 {
			get(u, restPath+kind.String()+"/2.0?resultsPerPage=50")
		}
	}
	for _, a := range archives {
		for range 20 {
			get(u, "/nvd.nist.gov"+a.folder+a.name+".tar.gz")
		}
	}
	for _, fault := range []Fault{Status503, InvalidJSON, MovingTotals, ShortPage, OutOfOrder, OutOfStep} {
		if u.Report().Faults[fault] == 0 {
			t.Errorf("%s never happened", fault)
		}
	}
	u.SetFaults(0)
	for _, kind := range Kinds() {
		_, _, got := asked(t, u, kind, "")
		want := truthOf(u, kind)
		for id, body := range got {
			if want[id] != body {
				t.Fatalf("%v: %s", kind, cmp.Diff(want[id], body))
			}
		}
	}
}
