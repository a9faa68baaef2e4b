package nvdapi

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

// parseCVEs parses a query string of the CVE API.
func parseCVEs(raw string, lenient bool) (request, error) {
	return endpoints()[PathCVEs].parse(raw, lenient)
}

func ids(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("CVE-2024-%04d", i+1)
	}
	return strings.Join(all, ",")
}

func TestParseRequest(t *testing.T) {
	span := func(from, to string) store.Span { return store.Span{From: at(from), To: at(to)} }
	january := span("2025-01-01T00:00:00Z", "2025-01-31T00:00:00Z")
	for raw, want := range map[string]store.Query{
		"":                                     {},
		"&&":                                   {},
		"cveId=CVE-2021-44228":                 {},
		"cveId=CVE-2021-44228&noRejected":      {IDs: []string{"CVE-2021-44228"}, NotStatuses: []string{"Rejected"}},
		"cveIds=CVE-2021-44228":                {IDs: []string{"CVE-2021-44228"}},
		"cveIds=CVE-1999-0001,cve-2021-44228,": {IDs: []string{"CVE-1999-0001", "CVE-2021-44228"}},

		"noRejected":              {NotStatuses: []string{"Rejected"}},
		"noRejected=":             {NotStatuses: []string{"Rejected"}},
		"noRejected=true":         {NotStatuses: []string{"Rejected"}},
		"noRejected=True":         {NotStatuses: []string{"Rejected"}},
		"noRejected=false":        {},
		"noRejected=0":            {},
		"startIndex=0&noRejected": {NotStatuses: []string{"Rejected"}},
		"noRejected&noRejected":   {NotStatuses: []string{"Rejected"}},
		"hasKev":                  {InKEV: true},
		"hasCertAlerts":           {CertAlert: true},
		"hasCertNotes=":           {CertNote: true},
		"hasOval=True":            {OVAL: true},
		"HASKEV&StartIndex=7":     {InKEV: true},

		"vulnStatuses=Received,AwaitingAnalysis": {Statuses: []string{"Received", "Awaiting Analysis"}},
		"vulnStatuses=Undergoing%20Analysis":     {Statuses: []string{"Undergoing Analysis"}},
		"vulnStatus=rejected":                    {Statuses: []string{"Rejected"}},
		"vulnStatuses=NotScheduled":              {Statuses: []string{"Not Scheduled"}},

		"cweId=CWE-79":                      {CWE: "CWE-79"},
		"cweId=cwe-79":                      {CWE: "CWE-79"},
		"cweId=NVD-CWE-Other":               {CWE: "NVD-CWE-Other"},
		"cweId=NVD-CWE-noinfo":              {CWE: "NVD-CWE-noinfo"},
		"cveTag=disputed":                   {Tag: "disputed"},
		"cveTag=unsupported-when-assigned":  {Tag: "unsupported-when-assigned"},
		"cveTag=exclusively-hosted-service": {Tag: "exclusively-hosted-service"},
		"sourceIdentifier=cve%40mitre.org":  {SourceIdentifier: "cve@mitre.org"},

		"cvssV2Severity=high":         {CVSS: &store.CVSSFilter{Versions: []string{"2.0"}, Severity: "HIGH"}},
		"cvssV3Severity=LOW":          {CVSS: &store.CVSSFilter{Versions: []string{"3.0", "3.1"}, Severity: "LOW"}},
		"cvssV4Severity=CRITICAL":     {CVSS: &store.CVSSFilter{Versions: []string{"4.0"}, Severity: "CRITICAL"}},
		"cvssV2Metrics=AV:N/Au:S":     {CVSS: &store.CVSSFilter{Versions: []string{"2.0"}, Metrics: []string{"AV:N", "Au:S"}}},
		"cvssV2Metrics=(AV:N/AC:L)":   {CVSS: &store.CVSSFilter{Versions: []string{"2.0"}, Metrics: []string{"AV:N", "AC:L"}}},
		"cvssV3Metrics=AV%3AL%2FPR:H": {CVSS: &store.CVSSFilter{Versions: []string{"3.0", "3.1"}, Metrics: []string{"AV:L", "PR:H"}}},
		"cvssV3Metrics=CVSS:3.1/S:C":  {CVSS: &store.CVSSFilter{Versions: []string{"3.1"}, Metrics: []string{"S:C"}}},
		"cvssV4Metrics=MSI:S/U:Amber": {CVSS: &store.CVSSFilter{Versions: []string{"4.0"}, Metrics: []string{"MSI:S", "U:Amber"}}},
		"cvssV3Severity=HIGH&cvssV3Metrics=AV:N": {CVSS: &store.CVSSFilter{
			Versions: []string{"3.0", "3.1"}, Severity: "HIGH", Metrics: []string{"AV:N"},
		}},

		"keywordSearch=buffer%20overflow":                        {Words: []string{"buffer", "overflow"}},
		"keywordSearch=AT+%26+T":                                 {Words: []string{"AT", "T"}},
		"keywordSearch=log4j-core":                               {Words: []string{"log4j-core"}},
		"keywordExactMatch&keywordSearch=Microsoft++Outlook":     {Phrase: "Microsoft Outlook"},
		"keywordSearch=Microsoft+Outlook&keywordExactMatch=True": {Phrase: "Microsoft Outlook"},
		"keywordSearch=xml&keywordExactMatch=false":              {Words: []string{"xml"}},

		"lastModStartDate=2025-01-01T00:00:00Z&lastModEndDate=2025-01-31T00:00:00Z":              {Modified: january},
		"pubStartDate=2025-01-01T00:00:00&pubEndDate=2025-01-31T00:00:00.000":                    {Published: january},
		"kevStartDate=2025-01-01T00:00:00.000000&kevEndDate=2025-01-31T00%3A00%3A00.000%2B00:00": {KEVAdded: january},
		"lastModStartDate=2025-01-01T00:00:00Z&lastModEndDate=2025-05-01T00:00:00Z": {
			Modified: span("2025-01-01T00:00:00Z", "2025-05-01T00:00:00Z"),
		}, // 120 days
	} {
		want.Kind = vuln.KindCVE
		got, err := parseCVEs(raw, false)
		if err != nil {
			t.Errorf("%q: refused: %v", raw, err)
			continue
		}
		if diff := cmp.Diff(want, got.query); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", raw, diff)
		}
	}
}

func TestParseRequestRefuses(t *testing.T) {
	for raw, want := range map[string]string{
		"cveId=log4j":                    "Invalid cveId parameter.",
		"cveId=":                         "Invalid cveId parameter.",
		"cveId":                          "Invalid cveId parameter.",
		"cveId=CVE-2021-1":               "Invalid cveId parameter.",
		"cveId=2021-44228":               "Invalid cveId parameter.",
		"cveId=CVE-2021-44228%00":        "Invalid cveId parameter.",
		"cveIds=" + ids(101):             "cveIds parameter cannot exceed 100 CVE IDs.",
		"cveIds=,":                       "Invalid cveIds parameter.",
		"cveIds=CVE-2021-44228,nonsense": "Invalid cveIds parameter.",
		"cveId=CVE-2021-44228&cveIds=CVE-2021-44228": "cveId and cveIds cannot be combined.",
		"cveId=CVE-2021-44228&cveId=CVE-2021-44229":  "cveId is given twice with different values.",
		"resultsPerPage=2001":                        "resultsPerPage parameter cannot exceed 2000.",
		"resultsPerPage=0":                           "Invalid resultsPerPage parameter.",
		"resultsPerPage=-1":                          "Invalid resultsPerPage parameter.",
		"resultsPerPage=ten":                         "Invalid resultsPerPage parameter.",
		"startIndex=-1":                              "Invalid startIndex parameter.",
		"startIndex=99999999999999999999":            "Invalid startIndex parameter.",
		"startIndex=":                                "Invalid startIndex parameter.",
		"includeDeprecated":                          `Unknown parameter "includeDeprecated".`,
		"a%0d%0ab=1":                                 `Unknown parameter "a\r\nb".`,
		"%zz":                                        "The query string is not percent-encoded correctly.",
		"hasKev=maybe":                               "Invalid hasKev parameter.",
		"vulnStatuses=":                              "Invalid vulnStatuses parameter.",
		"vulnStatuses=An4lyzed":                      "Invalid vulnStatuses parameter.",
		"vulnStatus=Analyzed&vulnStatuses=Received":  "Invalid vulnStatuses parameter.",
		"cveTag=famous":                              "Invalid cveTag parameter.",
		"cweId=79":                                   "Invalid cweId parameter.",
		"cweId=CWE-":                                 "Invalid cweId parameter.",
		"sourceIdentifier=":                          "Invalid sourceIdentifier parameter.",
		"sourceIdentifier=%ff":                       "Invalid sourceIdentifier parameter.",

		"cvssV2Severity=CRITICAL":                 "Invalid cvssV2Severity parameter.",
		"cvssV3Severity=NONE":                     "Invalid cvssV3Severity parameter.",
		"cvssV2Severity=HIGH&cvssV3Severity=HIGH": "Only one CVSS version can be asked for: cvssV2 and cvssV3 cannot be combined.",
		"cvssV4Metrics=AV:N&cvssV3Severity=HIGH":  "Only one CVSS version can be asked for: cvssV4 and cvssV3 cannot be combined.",
		"cvssV3Metrics=":                          "Invalid cvssV3Metrics parameter.",
		"cvssV3Metrics=AV:Q":                      "Invalid cvssV3Metrics parameter.",
		"cvssV3Metrics=AV:N/":                     "Invalid cvssV3Metrics parameter.",
		"cvssV3Metrics=AV:N/AV:L":                 "Invalid cvssV3Metrics parameter.",
		"cvssV3Metrics=CVSS:2.0/AV:N":             "Invalid cvssV3Metrics parameter.",
		"cvssV2Metrics=PR:N":                      "Invalid cvssV2Metrics parameter.",

		"keywordExactMatch":                         "keywordExactMatch requires keywordSearch.",
		"keywordSearch=":                            "Invalid keywordSearch parameter.",
		"keywordSearch=*":                           "Invalid keywordSearch parameter.",
		"keywordSearch=" + strings.Repeat("a-", 51): "Invalid keywordSearch parameter.",

		"lastModStartDate=2025-01-01T00:00:00Z":                                     "Both lastModStartDate and lastModEndDate are required.",
		"pubEndDate=2025-01-01T00:00:00Z":                                           "Both pubStartDate and pubEndDate are required.",
		"kevStartDate=2025-01-01T00:00:00Z":                                         "Both kevStartDate and kevEndDate are required.",
		"lastModStartDate=yesterday&lastModEndDate=2025-05-01T00:00:00Z":            "Invalid lastModStartDate parameter.",
		"lastModStartDate=2025-01-02T00:00:00Z&lastModEndDate=2025-01-01T00:00:00Z": "lastModStartDate is after lastModEndDate.",
		"lastModStartDate=2025-01-01T00:00:00Z&lastModEndDate=2025-05-01T00:00:01Z": "The range of lastModStartDate and lastModEndDate cannot exceed 120 consecutive days.",

		"cpeName=":                                           "Invalid cpeName parameter, see documentation.",
		"cpeName=windows":                                    "Invalid cpeName parameter, see documentation.",
		"cpeName=cpe:/a:v:p:1.0":                             "Invalid cpeName parameter, see documentation.",
		"cpeName=cpe:2.3:a:v:p":                              "Invalid cpeName parameter, see documentation.",
		"cpeName=cpe:2.3:*:v:p:1.0:*:*:*:*:*:*:*":            "Invalid cpeName parameter, see documentation.",
		"cpeName=cpe:2.3:a:*:p:1.0:*:*:*:*:*:*:*":            "Invalid cpeName parameter, see documentation.",
		"cpeName=cpe:2.3:a:v:*:1.0:*:*:*:*:*:*:*":            "Invalid cpeName parameter, see documentation.",
		"cpeName=cpe:2.3:a:v:p:*:*:*:*:*:*:*:*":              "Invalid cpeName parameter, see documentation.",
		"cpeName=cpe:2.3:a:v:p:1.0:*:*:*:*:*:*:*:*":          "Invalid cpeName parameter, see documentation.",
		"virtualMatchString=cpe:2.3:a:v:p:1:*:*:*:*:*:*:*:*": "Invalid virtualMatchString parameter.",
		"virtualMatchString=":                                "Invalid virtualMatchString parameter.",
		"virtualMatchString=cpe:2.3:x:v":                     "Invalid virtualMatchString parameter.",

		"isVulnerable": "isVulnerable requires cpeName.",
		"isVulnerable&virtualMatchString=cpe:2.3:a:v:p":                            "isVulnerable and virtualMatchString cannot be combined.",
		"isVulnerable&cpeName=cpe:2.3:a:v:p:1&virtualMatchString=cpe:2.3:a:v:p":    "isVulnerable and virtualMatchString cannot be combined.",
		"versionStart=1&virtualMatchString=cpe:2.3:a:v:p":                          "Both versionStart and versionStartType are required.",
		"versionStartType=including&virtualMatchString=cpe:2.3:a:v:p":              "Both versionStart and versionStartType are required.",
		"versionEnd=1&virtualMatchString=cpe:2.3:a:v:p":                            "Both versionEnd and versionEndType are required.",
		"versionEndType=excluding&virtualMatchString=cpe:2.3:a:v:p":                "Both versionEnd and versionEndType are required.",
		"versionEnd=1&versionEndType=excluding":                                    "versionEnd requires virtualMatchString.",
		"versionStart=1&versionStartType=excluding&cpeName=cpe:2.3:a:v:p:1":        "versionStart requires virtualMatchString.",
		"versionEnd=1&versionEndType=until&virtualMatchString=cpe:2.3:a:v:p":       "Invalid versionEndType parameter.",
		"versionEnd=1&versionEndType=including&virtualMatchString=cpe:2.3:a:v:p:2": "versionEnd requires a virtualMatchString without a version.",
	} {
		_, err := parseCVEs(raw, false)
		if err == nil {
			t.Errorf("%q: accepted, want %q", raw, want)
		} else if err.Error() != want {
			t.Errorf("%q:\n got %q\nwant %q", raw, err, want)
		}
	}
}

func TestParseRequestPaging(t *testing.T) {
	for raw, want := range map[string]request{
		"":                                    {size: 2000},
		"resultsPerPage=1&startIndex=3":       {size: 1, start: 3},
		"resultsPerPage=2000":                 {size: 2000},
		"startIndex=999999999":                {size: 2000, start: 999999999},
		"cveId=cve-2021-44228&startIndex=1":   {size: 2000, start: 1, id: "CVE-2021-44228"},
		"cveId=CVE-2021-44228&hasKev":         {size: 2000},
		"startIndex=2&StartIndex=2":           {size: 2000, start: 2},
		"resultsPerPage=00000000000000000007": {size: 7},
	} {
		got, err := parseCVEs(raw, false)
		if err != nil {
			t.Errorf("%q: refused: %v", raw, err)
		} else if got.size != want.size || got.start != want.start || got.id != want.id {
			t.Errorf("%q: got size %d, start %d, id %q; want %d, %d, %q",
				raw, got.size, got.start, got.id, want.size, want.start, want.id)
		}
	}
}

func TestLenientIgnoresUnknownParameters(t *testing.T) {
	got, err := parseCVEs("pretty=1&hasKev&format=json", true)
	if err != nil || !got.query.InKEV {
		t.Errorf("got %+v, %v", got.query, err)
	}
	if _, err := parseCVEs("cpeName=x", true); err == nil {
		t.Error("a filter that cannot be read was ignored")
	}
}

// The CVE API has 34 parameters; vulnStatus is a second spelling of one.
func TestParameterTables(t *testing.T) {
	all := endpoints()
	for path, want := range map[string]struct{ parameters, most int }{
		PathCVEs:       {34 + 1, 2000},
		PathCVEHistory: {6, 5000},
		PathCPEs:       {9, 10000},
		PathCPEMatch:   {7, 500},
		PathSource:     {5, 1000},
	} {
		e := all[path]
		if len(e.parameters) != want.parameters || len(e.byName) != len(e.parameters) || len(e.parameters) > maxParameters || e.most != want.most {
			t.Errorf("%s: %d parameters under %d names, pages of %d", path, len(e.parameters), len(e.byName), e.most)
		}
	}
	if len(all) != 5 {
		t.Errorf("%d endpoints", len(all))
	}
}

func TestParseDate(t *testing.T) {
	for in, want := range map[string]string{
		"2025-01-01T00:00:00":                 "2025-01-01T00:00:00Z",
		"2025-01-01T00:00:00Z":                "2025-01-01T00:00:00Z",
		"2025-01-01T00:00:00.123":             "2025-01-01T00:00:00.123Z",
		"2025-01-01T00:00:00.123456Z":         "2025-01-01T00:00:00.123456Z",
		"2025-01-01T00:00:00.000+01:00":       "2024-12-31T23:00:00Z",
		"2025-01-01T00:00:00.000 01:00":       "2024-12-31T23:00:00Z",
		"2025-01-01T00:00:00-05:00":           "2025-01-01T05:00:00Z",
		"2025-01-01T00:00:00-0530":            "2025-01-01T05:30:00Z",
		"2025-01-01T00:00:00+02":              "2024-12-31T22:00:00Z",
		"2025-01-01T00:00:00.123456789+00:00": "2025-01-01T00:00:00.123456789Z",
		"2024-02-29T23:59:59.999Z":            "2024-02-29T23:59:59.999Z",
	} {
		got, err := parseDate(in)
		if err != nil || !got.Equal(at(want)) || got.Location() != time.UTC {
			t.Errorf("%q: got %v, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "2025", "2025-01-01", "2025-01-01 00:00:00", "2025-02-29T00:00:00", "2025-01-01T24:00:00",
		"2025-01-01T00:00:00.", "2025-01-01T00:00:00.1234567890", "2025-01-01T00:00:00X", "2025-01-01T00:00:00+1",
		"2025-01-01T00:00:00+24:00", "2025-01-01T00:00:00+01:60", "2025-01-01T00:00:00+ab:cd", "2025-01-01T00:00:00ZZ",
		"0000-01-01T00:00:00", "9999-12-31T23:59:59-01:00",
	} {
		if got, err := parseDate(in); err == nil {
			t.Errorf("%q: accepted as %v", in, got)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	for _, seed := range []string{
		"cveId=CVE-2021-44228", "cveIds=CVE-2021-44228,CVE-1999-0001", "noRejected&startIndex=0",
		"lastModStartDate=2025-01-01T00:00:00.000+01:00&lastModEndDate=2025-01-31T00%3A00%3A00Z",
		"keywordSearch=a%20b&keywordExactMatch", "cvssV3Metrics=CVSS:3.1/AV:N&cvssV3Severity=HIGH",
		"vulnStatuses=AwaitingAnalysis,Über", "cweId=CWE-79&cveTag=disputed", "%", "a;b", "resultsPerPage=1&x",
		"cpeName=cpe:2.3:a:v:p:1&isVulnerable", "virtualMatchString=cpe:2.3:a:v:p&versionStart=1&versionStartType=including",
	} {
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, raw string, lenient bool) {
		r, err := parseCVEs(raw, lenient)
		if err != nil {
			message := err.Error()
			for _, c := range []byte(message) {
				if c < ' ' || c > '~' {
					t.Fatalf("%q: message %q does not fit a header", raw, message)
				}
			}
			return
		}
		q := r.query
		if r.size < 1 || r.size > 2000 || r.start < 0 || r.platform.vulnerable && r.platform.name == nil {
			t.Fatalf("%q: page of %d from %d", raw, r.size, r.start)
		}
		if len(q.IDs) > maxIDs || len(q.Words) > maxTerms || q.Offset != 0 || q.Limit != 0 {
			t.Fatalf("%q: query %+v", raw, q)
		}
		for _, span := range []store.Span{q.Published, q.Modified, q.KEVAdded} {
			if !span.IsZero() && (span.To.Before(span.From) || span.To.Sub(span.From) > maxWindow) {
				t.Fatalf("%q: span %v", raw, span)
			}
		}
		if r.id != "" && !vuln.ValidCVE(r.id) {
			t.Fatalf("%q: id %q", raw, r.id)
		}
	})
}
