package nvd

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/fetch"
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func TestQueriesAsParameters(t *testing.T) {
	day := Window{From: noon.AddDate(0, 0, -1)}
	const dates = "StartDate=2026-06-30T12:00:00.000Z&%EndDate=2026-07-01T12:00:00.000Z"
	span := func(of string) string { return of + strings.ReplaceAll(dates, "%", of) }
	for _, tc := range []struct {
		name string
		q    query
		want string
	}{
		{"nothing", CVEQuery{}, ""},
		{"one id", CVEQuery{IDs: []string{" cve-2026-0001"}}, "cveId=CVE-2026-0001"},
		{"ids", CVEQuery{IDs: []string{"CVE-2026-0001", "2026-0002"}}, "cveIds=CVE-2026-0001,CVE-2026-0002"},
		{"flags have no value", CVEQuery{HasKEV: true, NoRejected: true}, "hasKev&noRejected"},
		{"old flags", CVEQuery{HasCertAlert: true, HasCertNote: true, HasOVAL: true}, "hasCertAlerts&hasCertNotes&hasOval"},
		{"words", CVEQuery{Keywords: "a+b c&d", ExactPhrase: true}, "keywordSearch=a%2Bb%20c%26d&keywordExactMatch"},
		{"name", CVEQuery{CPEName: `cpe:2.3:a:m\!:w:1:*:*:*:*:*:*:*`, Vulnerable: true}, "cpeName=cpe:2.3:a:m%5C%21:w:1:%2A:%2A:%2A:%2A:%2A:%2A:%2A&isVulnerable"},
		{
			"range",
			CVEQuery{VirtualMatchString: "cpe:2.3:a:m:w", VersionStart: Bound{Version: "1"}, VersionEnd: Bound{"2", true}},
			"virtualMatchString=cpe:2.3:a:m:w&versionStart=1&versionStartType=including&versionEnd=2&versionEndType=excluding",
		},
		{"cvss 2", CVEQuery{CVSSV2Metrics: "AV:N", CVSSV2Severity: "HIGH"}, "cvssV2Metrics=AV:N&cvssV2Severity=HIGH"},
		{"cvss 3", CVEQuery{CVSSV3Metrics: "AV:N/AC:L", CVSSV3Severity: "LOW"}, "cvssV3Metrics=AV:N%2FAC:L&cvssV3Severity=LOW"},
		{"cvss 4", CVEQuery{CVSSV4Metrics: "AV:N", CVSSV4Severity: "CRITICAL"}, "cvssV4Metrics=AV:N&cvssV4Severity=CRITICAL"},
		{
			"facts",
			CVEQuery{CWE: "CWE-79", Tag: "disputed", Source: "nvd@nist.gov", Statuses: []string{"Awaiting Analysis", "Received"}},
			"cweId=CWE-79&cveTag=disputed&sourceIdentifier=nvd%40nist.gov&vulnStatuses=AwaitingAnalysis,Received",
		},
		{"changed", CVEQuery{Modified: day}, span("lastMod")},
		{"published", CVEQuery{Published: day}, span("pub")},
		{"exploited", CVEQuery{KEVAdded: day}, span("kev")},
		{"extra", CVEQuery{Paging: Paging{Extra: url.Values{"b": {"1"}, "a": {""}}}}, "a&b=1"},

		{
			"names",
			CPEQuery{ID: "u", MatchString: "cpe:2.3:a:m", MatchCriteriaID: "v", Keywords: "w", ExactPhrase: true, Modified: day},
			"cpeNameId=u&cpeMatchString=cpe:2.3:a:m&matchCriteriaId=v&keywordSearch=w&keywordExactMatch&" + span("lastMod"),
		},
		{
			"criteria",
			MatchCriteriaQuery{ID: "u", CVE: "CVE-2026-0001", MatchString: "cpe:2.3:a:m", Modified: day},
			"matchCriteriaId=u&matchStringSearch=cpe:2.3:a:m&cveId=CVE-2026-0001&" + span("lastMod"),
		},
		{"source", SourceQuery{Identifier: "nvd@nist.gov", Modified: day}, "sourceIdentifier=nvd%40nist.gov&" + span("lastMod")},
		{"changes", ChangeQuery{CVE: "CVE-2026-0001", Event: "Initial Analysis", Changed: day}, "cveId=CVE-2026-0001&eventName=Initial%20Analysis&" + span("change")},
	} {
		all, err := tc.q.requests(noon)
		if err != nil || len(all) != 1 {
			t.Errorf("%s: %d requests, error %v", tc.name, len(all), err)
			continue
		}
		got := all[0].encode()
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
		if _, err := url.ParseQuery(got); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestQueriesThatCannotBeAsked(t *testing.T) {
	for name, q := range map[string]query{
		"id":               CVEQuery{IDs: []string{"log4j"}},
		"id of criteria":   MatchCriteriaQuery{CVE: "log4j"},
		"id of changes":    ChangeQuery{CVE: "log4j"},
		"no beginning":     CVEQuery{Modified: Window{To: noon}},
		"ends before":      CPEQuery{Modified: Window{From: noon, To: noon.Add(-time.Hour)}},
		"begins in future": SourceQuery{Modified: Since(noon.Add(time.Hour))},
	} {
		if all, err := q.requests(noon); err == nil {
			t.Errorf("%s: became %v", name, all)
		}
	}
}

func TestLongWindowsAreCutWithoutGapOrOverlap(t *testing.T) {
	for _, tc := range []struct {
		length time.Duration
		parts  int
	}{
		{0, 1}, {time.Hour, 1}, {longest, 1}, {longest + tick, 1 + 1}, {2 * longest, 2}, {2*longest + tick, 2}, {2*longest + 2*tick, 3}, {10 * 365 * 24 * time.Hour, 31},
	} {
		w := Window{From: noon.Add(-tc.length), To: noon}
		parts, err := w.split(noon)
		if err != nil || len(parts) != tc.parts {
			t.Errorf("%s: %d parts, want %d; error %v", tc.length, len(parts), tc.parts, err)
			continue
		}
		for i, p := range parts {
			if p.To.Sub(p.From) > longest || p.To.Before(p.From) {
				t.Errorf("%s: part %v is too long or upside down", tc.length, p)
			}
			if i > 0 && p.From.Sub(parts[i-1].To) != tick {
				t.Errorf("%s: part %v does not follow %v", tc.length, p, parts[i-1])
			}
		}
		if !parts[0].From.Equal(w.From) || !parts[len(parts)-1].To.Equal(w.To) {
			t.Errorf("%s: cut to %v", tc.length, parts)
		}
	}
}

func TestTwoWindowsAreCombined(t *testing.T) {
	q := CVEQuery{Modified: Window{noon.AddDate(-1, 0, 0), noon}, Published: Window{noon.AddDate(0, 0, -200), noon}}
	all, err := q.requests(noon)
	if err != nil || len(all) != 4*2 {
		t.Errorf("%d requests, want 8; error %v", len(all), err)
	}
}

func TestTheNVDIsAskedAtItsRate(t *testing.T) {
	for _, tc := range []struct {
		o    Options
		host string
		want string
	}{
		{Options{}, "services.nvd.nist.gov", "5/30s"},
		{Options{}, "Services.NVD.nist.gov:443", "5/30s"},
		{Options{APIKey: "k"}, "services.nvd.nist.gov", "50/30s"},
		{Options{APIKey: "k", Rate: fetch.Rate{Requests: 1, Window: time.Minute}}, "services.nvd.nist.gov", "1/1m"},
		{Options{}, "mirror:8080", "unlimited"},
	} {
		if got := tc.o.rate(tc.host).String(); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.host, got, tc.want)
		}
	}
}
