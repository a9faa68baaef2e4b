package answers

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// kinds are those of NVD, and others those of everybody else.
var (
	kinds  = []string{"cve", "cpe", "cpematch", "source", "cvechange"}
	others = []string{
		"cwe", "capec", "attack", "d3fend", "car", "shield", "engage", "kev", "epss", "certcc", "certfr", "msrc", "mskb",
	}
)

// inquiry is everything that is asked.
type inquiry struct {
	commands [][]string
	requests []string // paths with queries
}

// questions makes an inquiry about what a mirror holds.
func questions(t *testing.T, m Mirror, sampled int) inquiry {
	t.Helper()
	ids := map[string][]string{}
	for _, kind := range kinds {
		ids[kind] = sample(identifiers(t, kind, m.ok(t, "export", "--kind", kind)), sampled)
	}
	if len(ids["cve"]) == 0 {
		t.Fatal("there are no CVE records to ask about")
	}
	names := ids["cpe"]
	if len(names) == 0 {
		names = sample(criteria(m.ok(t, "export", "--kind", "cve")), sampled)
	}
	q := inquiry{}
	q.lists()
	q.others(t, m, sampled)
	for _, kind := range kinds {
		for _, id := range ids[kind] {
			q.commands = append(q.commands, []string{"get", id, "--kind", kind}, []string{"get", id, "--kind", kind, "--json"}, []string{"get", id, "--kind", kind, "--history"})
		}
	}
	for _, id := range ids["cve"] {
		q.requests = append(q.requests, "/rest/json/cves/2.0?cveId="+id, "/rest/json/cvehistory/2.0?cveId="+id)
	}
	q.names(names)
	q.contract(ids["cve"])
	return q
}

// others asks about records of kinds that are none of NVD's, and how they are
// connected, where there are any.
func (q *inquiry) others(t *testing.T, m Mirror, sampled int) {
	t.Helper()
	found := false
	for _, kind := range others {
		var ids []string
		for line := range strings.Lines(m.ok(t, "search", "--kind", kind, "--limit", "0", "--json")) {
			var r struct{ ID string }
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatalf("search of %s: %v", kind, err)
			}
			ids = append(ids, r.ID)
		}
		if len(ids) == 0 {
			continue
		}
		found = true
		q.commands = append(q.commands, []string{"export", "--kind", kind}, []string{"search", "--kind", kind, "the", "--json"})
		q.requests = append(q.requests, "/api/v1/search?limit=2000&kind="+kind, "/api/v1/search?kind="+kind+"&q=the&offset=1&limit=5", "/api/v1/search?kind="+kind+"&cve=CVE-2021-44228&withdrawn=true")
		slices.Sort(ids)
		for i, id := range sample(ids, sampled) {
			q.requests = append(q.requests, "/api/v1/records/"+kind+"/"+url.PathEscape(id), "/api/v1/chain/"+url.PathEscape(id)+"?kind="+kind)
			if i == 0 {
				q.commands = append(q.commands, []string{"get", id, "--kind", kind})
				// Microsoft's documents arrive in any order, and an update is in several.
				if kind != "mskb" {
					q.commands = append(q.commands, []string{"get", id, "--kind", kind, "--history"})
				}
			}
		}
	}
	if !found {
		return
	}
	for _, args := range []string{
		"get 502", "get cwe-502", "get T1055/001", "get d3f:FileAnalysis", "get KB5090020", "get CERTFR-2021-ALE-22", "get CVE-2021-44228", "get CWE-99999",
		"chain CVE-2021-44228", "chain CVE-2021-44228 --to d3fend --json --limit 0", "chain --from T1059 --to cve --dot", "chain CVE-2021-44228 --with inheritance,mitigations,tactics --limit 3",
	} {
		q.commands = append(q.commands, strings.Fields(args))
	}
	q.requests = append(q.requests, "/api/v1/sources", "/api/v1/chain/CVE-2021-44228?to=shield&limit=1000", "/api/v1/records/any/79", "/archive/")
}

// lists asks for whole lists and for searches.
func (q *inquiry) lists() {
	for _, kind := range kinds {
		q.commands = append(q.commands, []string{"export", "--kind", kind})
	}
	for _, args := range []string{
		"verify --json", "audit nvd-cve",
		"export nvd-cve --year 2026", "export nvd-cve --year 2002",
		"search overflow --limit 0 --json", "search buffer overflow --severity critical --json", "search --kev --limit 0 --json",
		"search --cwe 79 --json", "search --min-score 9 --limit 50 --json", "search --status Rejected --limit 0 --json",
		"search remote --published-since 2005-01-01 --limit 40 --json", "search --kind cpe server --json", "search --kind source nist --json",
		"search --vendor apache --json", "search --vendor linux --product linux_kernel --limit 5 --json",
		"get CVE-2099-999999",
	} {
		q.commands = append(q.commands, strings.Fields(args))
	}
}

// names asks what concerns CPE names.
func (q *inquiry) names(names []string) {
	q.commands = append(q.commands, append([]string{"match"}, names...), append([]string{"match", "--explain", "--all"}, names...))
	for _, name := range names {
		escaped := url.QueryEscape(name)
		q.commands = append(q.commands, []string{"match", "--complete", name})
		q.requests = append(q.requests,
			"/rest/json/cves/2.0?cpeName="+escaped, "/rest/json/cves/2.0?isVulnerable&cpeName="+escaped,
			"/rest/json/cves/2.0?virtualMatchString="+escaped, "/rest/json/cpes/2.0?cpeMatchString="+escaped,
			"/rest/json/cpematch/2.0?matchStringSearch="+escaped)
		if product := strings.Join(strings.Split(name, ":")[:5], ":"); product != name {
			q.requests = append(q.requests, "/rest/json/cves/2.0?resultsPerPage=50&virtualMatchString="+url.QueryEscape(product),
				"/rest/json/cves/2.0?resultsPerPage=50&versionEnd=5.0&versionEndType=excluding&virtualMatchString="+url.QueryEscape(product))
		}
	}
}

// contract asks what clients of NVD depend on, one by one and in pages.
func (q *inquiry) contract(ids []string) {
	for _, query := range []string{
		"?resultsPerPage=7&startIndex=0", "?resultsPerPage=7&startIndex=7", "?resultsPerPage=1&startIndex=3", "?startIndex=999999999",
		"?cveId=CVE-2021-44228", "?cveId=CVE-2099-999999", "?cveId=log4j", "?resultsPerPage=2001", "?nosuch=1",
		"?lastModStartDate=2025-01-01T00:00:00Z", "?isVulnerable", "?keywordExactMatch", "?versionEnd=1.0&virtualMatchString=cpe:2.3:a:b:c",
		"?cvssV2Severity=HIGH&cvssV3Severity=HIGH", "?cvssV2Severity=HIGH&resultsPerPage=20", "?cvssV3Severity=CRITICAL&resultsPerPage=20", "?cvssV4Severity=HIGH",
		"?cvssV3Metrics=AV:L&resultsPerPage=20", "?noRejected&resultsPerPage=20&startIndex=5", "?hasKev&resultsPerPage=30", "?hasCertAlerts", "?hasCertNotes", "?hasOval",
		"?keywordSearch=buffer%20overflow&resultsPerPage=20", "?keywordSearch=buffer%20overflow&keywordExactMatch&resultsPerPage=20",
		"?cweId=CWE-79&resultsPerPage=20", "?cveTag=disputed", "?vulnStatus=Rejected&resultsPerPage=20", "?sourceIdentifier=cve@mitre.org&resultsPerPage=10",
		"?pubStartDate=2005-01-01T00:00:00.000Z&pubEndDate=2005-04-01T00:00:00.000Z&resultsPerPage=20",
		"?lastModStartDate=2026-01-01T00:00:00.000Z&lastModEndDate=2026-04-01T00:00:00.000Z&resultsPerPage=20",
		"?lastModStartDate=2026-01-01T00:00:00.000%2B01:00&lastModEndDate=2026-04-01T00:00:00.000%2B01:00&resultsPerPage=5",
		"?cveIds=" + strings.Join(ids, ","),
	} {
		q.requests = append(q.requests, "/rest/json/cves/2.0"+query)
	}
	q.requests = append(q.requests,
		"/rest/json/cpes/2.0?resultsPerPage=9&startIndex=4", "/rest/json/cpes/2.0?keywordSearch=server", "/rest/json/cpes/2.0?cpeMatchString=nonsense",
		"/rest/json/cpematch/2.0?resultsPerPage=9&startIndex=4", "/rest/json/cpematch/2.0?cveId="+ids[0],
		"/rest/json/source/2.0", "/rest/json/source/2.0?resultsPerPage=3&startIndex=2",
		"/rest/json/cvehistory/2.0?resultsPerPage=9&startIndex=4", "/rest/public/statistics?reporttype=countsbystatus",
		"/feeds/json/cve/2.0/nvdcve-2.0-2002.json", "/feeds/json/cve/2.0/nvdcve-2.0-2026.json", "/feeds/json/cve/2.0/nvdcve-2.0-2026.json.gz",
	)
}

// identifiers reads those of exported records.
func identifiers(t *testing.T, kind, lines string) []string {
	t.Helper()
	var ids []string
	for line := range strings.Lines(lines) {
		var r struct {
			ID, CPEName, MatchCriteriaID, CVEChangeID string
			SourceIdentifiers                         []string
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("export of %s: %v", kind, err)
		}
		all := append([]string{r.ID, r.CPEName, r.MatchCriteriaID, r.CVEChangeID}, r.SourceIdentifiers...)
		if i := slices.IndexFunc(all, func(s string) bool { return s != "" }); i >= 0 {
			ids = append(ids, all[i])
		}
	}
	return ids
}

var criterion = regexp.MustCompile(`"criteria":"(cpe:2\.3:[^"\\]*)"`)

// criteria are the match strings in exported records.
func criteria(lines string) []string {
	var out []string
	for _, found := range criterion.FindAllStringSubmatch(lines, -1) {
		out = append(out, found[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sample picks some, spread over all.
func sample(all []string, n int) []string {
	var some []string
	n = min(n, len(all))
	for i := range n {
		some = append(some, all[i*len(all)/n])
	}
	return some
}
