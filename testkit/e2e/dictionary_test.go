package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"vulnmirror/format/nvd"
	"vulnmirror/testkit/sim"
)

// nvdSources are the sources for every collection of NVD.
const nvdSources = "nvd-cve,nvd-cpe,nvd-cpematch,nvd-source,nvd-cvehistory"

// wholeNVD has a program mirror them all.
var wholeNVD = []string{"--set", "sources=" + nvdSources}

// TestDictionary mirrors what NVD keeps beside its records, while time passes
// upstream, and serves it as it is there.
func TestDictionary(t *testing.T) {
	t.Parallel()
	for i, way := range ways[:2] {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, sim.Options{Seed: 70 + uint64(i), Records: 60, Faults: 0.2})
			d := newData(t, u.URL, append(way.args, wholeNVD...)...)
			s := d.serve(t)
			for round := range 3 {
				d.ok(t, "sync")
				// What changed upstream while it was read comes with the next run.
				u.SetFaults(0)
				d.ok(t, "sync")
				u.SetFaults(0.2)
				for _, kind := range sim.Kinds() {
					same(t, fmt.Sprintf("round %d: %v", round, kind), truthOf(u.Upstream, kind), s.list(t, kind))
				}
				u.Advance(20*time.Hour, 15)
			}
		})
	}
}

// TestNamesVanish: only a list of everything tells that upstream has a name no
// longer, and the mirror then says so too.
func TestNamesVanish(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, sim.Options{Seed: 76, Records: 60})
	d := newData(t, u.URL, append([]string{"--set", "nvd.method=feeds"}, wholeNVD...)...)
	d.ok(t, "sync")
	u.Advance(time.Hour, 1)
	gone := u.RemoveNames(5)
	d.ok(t, "sync")
	s := d.serve(t)
	same(t, "names", truthOf(u.Upstream, sim.CPEs), s.list(t, sim.CPEs))
	same(t, "criteria", truthOf(u.Upstream, sim.MatchCriteria), s.list(t, sim.MatchCriteria))
	if len(gone) != 5 {
		t.Errorf("%d names vanished, want 5", len(gone))
	}
}

// TestDictionaryChain makes one mirror of the whole NVD the upstream of another.
func TestDictionaryChain(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, sim.Options{Seed: 77, Records: 120})
	first := newData(t, u.URL, wholeNVD...)
	first.ok(t, "sync")
	s := first.serve(t)
	for _, way := range ways[:2] {
		t.Run(way.name, func(t *testing.T) {
			second := newData(t, s.url, append(way.args, wholeNVD...)...)
			second.ok(t, "sync")
			again := second.serve(t)
			for _, kind := range sim.Kinds() {
				same(t, kind.String(), truthOf(u.Upstream, kind), again.list(t, kind))
			}
			for kind, path := range map[sim.Kind]string{
				sim.CPEs: "/feeds/json/cpe/2.0/nvdcpe-2.0.tar.gz", sim.MatchCriteria: "/feeds/json/cpematch/2.0/nvdcpematch-2.0.tar.gz",
			} {
				same(t, path, truthOf(u.Upstream, kind), again.archive(t, path))
			}
		})
	}
}

// TestDictionaryContract asks a server for the rows of the NVD contract's
// section H that are about other endpoints than that of CVEs, and for their
// limits.
func TestDictionaryContract(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, sim.Options{Seed: 78, Records: 60})
	d := newData(t, u.URL, wholeNVD...)
	d.ok(t, "sync")
	s := d.serve(t)
	total := map[sim.Kind]int{}
	for _, kind := range sim.Kinds() {
		total[kind] = len(truthOf(u.Upstream, kind))
	}
	name, criteria := first(u, sim.CPEs), first(u, sim.MatchCriteria)
	const pair = "StartDate=2025-01-01T00:00:00Z&"
	for _, row := range []struct {
		kind    sim.Kind
		query   string
		message string // of a 404; "" = 200
		total   int    // of a 200; -1 = some
	}{
		{sim.CPEs, "?resultsPerPage=10000", "", total[sim.CPEs]},
		{sim.CPEs, "?resultsPerPage=10001", "resultsPerPage parameter cannot exceed 10000.", 0},
		{sim.CPEs, "?startIndex=999999999", "", total[sim.CPEs]},
		{sim.CPEs, "?includeDeprecated", "any", 0},
		{sim.CPEs, "?cpeMatchString=" + name, "", 1},
		{sim.CPEs, "?cpeNameId=x", "any", 0},
		{sim.CPEs, "?keywordExactMatch", "any", 0},
		{sim.CPEs, "?lastMod" + pair + "lastModEndDate=2025-05-01T00:00:00Z", "", -1},
		{sim.CPEs, "?lastMod" + pair + "lastModEndDate=2025-05-01T00:00:01Z", "any", 0},
		{sim.MatchCriteria, "", "", total[sim.MatchCriteria]},
		{sim.MatchCriteria, "?resultsPerPage=501", "resultsPerPage parameter cannot exceed 500.", 0},
		{sim.MatchCriteria, "?matchCriteriaId=" + criteria, "", 1},
		{sim.MatchCriteria, "?cveId=CVE-2021-44228", "", -1},
		{sim.MatchCriteria, "?cveId=log4j", "Invalid cveId parameter.", 0},
		{sim.MatchCriteria, "?cveId=CVE-2099-999999", "", 0},
		{sim.Sources, "?resultsPerPage=1000", "", total[sim.Sources]},
		{sim.Sources, "?resultsPerPage=1001", "resultsPerPage parameter cannot exceed 1000.", 0},
		{sim.Sources, "?sourceIdentifier=cve@mitre.org", "", 1},
		{sim.Changes, "?resultsPerPage=5000", "", total[sim.Changes]},
		{sim.Changes, "?resultsPerPage=5001", "resultsPerPage parameter cannot exceed 5000.", 0},
		{sim.Changes, "?cveId=CVE-2021-44228", "", -1},
		{sim.Changes, "?eventName=Initial%20Analysis&cveId=CVE-2021-44228", "", 1},
		{sim.Changes, "?change" + pair + "changeEndDate=2025-05-01T00:00:00Z", "", -1},
		{sim.Changes, "?change" + pair + "cveId=CVE-2021-44228", "any", 0},
	} {
		for _, path := range []string{"/rest/json/" + row.kind.String() + "/2.0", "/services.nvd.nist.gov/rest/json/" + row.kind.String() + "/2.0/"} {
			resp, body := s.get(t, path+row.query)
			message := strings.Join(resp.Header.Values("message"), "")
			if row.message != "" {
				if resp.StatusCode != http.StatusNotFound || len(body) > 0 || message == "" || row.message != "any" && message != row.message {
					t.Errorf("%s%s: %s, message %q, %d bytes of body; want 404 and %q", path, row.query, resp.Status, message, len(body), row.message)
				}
				continue
			}
			if resp.StatusCode != http.StatusOK {
				t.Errorf("%s%s: %s, message %q", path, row.query, resp.Status, message)
				continue
			}
			head := decode[answer](t, string(body))
			if head.TotalResults != row.total && (row.total >= 0 || head.TotalResults == 0) {
				t.Errorf("%s%s: total %d, want %d", path, row.query, head.TotalResults, row.total)
			}
		}
	}
}

func truthOf(u *sim.Upstream, kind sim.Kind) map[string]string {
	all := map[string]string{}
	for id, body := range u.TruthOf(kind) {
		all[id] = string(body)
	}
	return all
}

func first(u *upstream, kind sim.Kind) string {
	for id := range u.TruthOf(kind) {
		return id
	}
	return ""
}

// list reads a collection page by page.
func (s server) list(t *testing.T, kind sim.Kind) map[string]string {
	t.Helper()
	all := map[string]string{}
	for start := 0; ; {
		page := s.file(t, fmt.Sprintf("/rest/json/%v/2.0?startIndex=%d", kind, start))
		n := document(t, bytes.NewReader(page), all)
		if start += n; n == 0 {
			return all
		}
	}
}

// document adds the records of a page, feed or chunk to all and counts them.
func document(t *testing.T, in io.Reader, all map[string]string) (records int) {
	t.Helper()
	reader := nvd.NewReader(in)
	for {
		body, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return records
		}
		if err != nil {
			t.Fatal(err)
		}
		id, _, err := nvd.Identify(reader.Format(), body)
		if err != nil {
			t.Fatalf("%v: %.200s", err, body)
		}
		if _, twice := all[id]; twice {
			t.Errorf("%s is there twice", id)
		}
		all[id] = string(body)
		records++
	}
}

// archive reads the chunks of a served archive.
func (s server) archive(t *testing.T, path string) map[string]string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(s.file(t, path)))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	all := map[string]string{}
	for members := tar.NewReader(z); ; {
		head, err := members.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if strings.HasSuffix(head.Name, ".json") {
			document(t, members, all)
		}
	}
}
