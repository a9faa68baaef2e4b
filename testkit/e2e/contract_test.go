package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"vulnmirror/testkit/sim"
)

// TestContract asks a server over TCP for each pair of request and response
// that section H of the NVD contract gives.
func TestContract(t *testing.T) {
	t.Parallel()
	const records = 90
	u := newUpstream(t, sim.Options{Seed: 12, Records: records})
	d := newData(t, u.URL)
	d.sync(t)
	s := d.serve(t)

	at := func(d time.Duration) string {
		return time.Now().UTC().Truncate(time.Second).Add(d).Format("2006-01-02T15:04:05Z")
	}
	const day = 24 * time.Hour
	window := func(length time.Duration) string {
		// Its end lies in the future, as DependencyCheck sends it.
		return "?lastModStartDate=" + at(10*day-length) + "&lastModEndDate=" + at(10*day)
	}
	var ids []string
	for i := range 101 {
		ids = append(ids, fmt.Sprintf("CVE-2020-%04d", i+1))
	}
	for _, row := range []struct {
		query   string
		status  int
		message string // of a 404; "": any
		total   int    // of a 200; -1: any
	}{
		{"?cveId=CVE-2021-44228", 200, "", 1},
		{"?cveId=CVE-2099-999999", 200, "", 0},
		{"?cveId=log4j", 404, "Invalid cveId parameter.", 0},
		{"?resultsPerPage=2001", 404, "resultsPerPage parameter cannot exceed 2000.", 0},
		{"?lastModStartDate=2025-01-01T00:00:00Z", 404, "", 0},
		{window(120 * day), 200, "", -1},
		{window(120*day + time.Second), 404, "", 0},
		{"?isVulnerable", 404, "", 0},
		{"?keywordExactMatch", 404, "", 0},
		{"?versionEnd=1.0&virtualMatchString=cpe:2.3:a:b:c", 404, "", 0},
		{"?cvssV2Severity=HIGH&cvssV3Severity=HIGH", 404, "", 0},
		{"?startIndex=999999999", 200, "", records},
		{"?cveIds=" + strings.Join(ids[:100], ","), 200, "", -1},
		{"?cveIds=" + strings.Join(ids, ","), 404, "", 0},
		{"?nosuch=1", 404, "", 0},
	} {
		for _, path := range []string{"/rest/json/cves/2.0", "/rest/json/cves/2.0/", "/services.nvd.nist.gov/rest/json/cves/2.0"} {
			resp, body := s.get(t, path+row.query)
			if resp.StatusCode != row.status {
				t.Errorf("%s%.80s: %s, want %d (message %q)", path, row.query, resp.Status, row.status, resp.Header.Get("message"))
				continue
			}
			if row.status == http.StatusNotFound {
				message := resp.Header.Get("message")
				if len(body) > 0 || message == "" || row.message != "" && message != row.message {
					t.Errorf("%s%.80s: message %q, %d bytes of body; want %q and none", path, row.query, message, len(body), row.message)
				}
				continue
			}
			a := decode[answer](t, string(body))
			if row.total >= 0 && a.TotalResults != row.total || a.ResultsPerPage != len(a.Vulnerabilities) || a.Vulnerabilities == nil {
				t.Errorf("%s%.80s: total %d, resultsPerPage %d, %d records; want total %d", path, row.query, a.TotalResults, a.ResultsPerPage, len(a.Vulnerabilities), row.total)
			}
			if strings.Contains(row.query, "startIndex=9") && a.ResultsPerPage != 0 {
				t.Errorf("beyond the end: resultsPerPage %d, want 0", a.ResultsPerPage)
			}
		}
	}

	t.Run("flags", func(t *testing.T) {
		want := decode[answer](t, string(s.file(t, "/rest/json/cves/2.0?noRejected")))
		if want.TotalResults == 0 || want.TotalResults == records {
			t.Errorf("without the rejected ones there are %d of %d records", want.TotalResults, records)
		}
		for _, q := range []string{"?noRejected=", "?startIndex=0&noRejected", "?noRejected&startIndex=0", "?noRejected=true"} {
			if got := decode[answer](t, string(s.file(t, "/rest/json/cves/2.0"+q))); got.TotalResults != want.TotalResults {
				t.Errorf("%s: %d records, want %d", q, got.TotalResults, want.TotalResults)
			}
		}
	})

	t.Run("plus sign", func(t *testing.T) {
		total := func(plus string) int {
			q := "?lastModStartDate=2025-01-01T00:00:00.000" + plus + "01:00&lastModEndDate=2025-04-20T00:00:00.000" + plus + "01:00"
			return decode[answer](t, string(s.file(t, "/rest/json/cves/2.0"+q))).TotalResults
		}
		if raw, escaped := total("+"), total("%2B"); raw != escaped || raw == 0 {
			t.Errorf("%d records with a raw plus sign, %d with an escaped one", raw, escaped)
		}
	})

	t.Run("raw bytes", func(t *testing.T) {
		base, err := url.Parse(s.url)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("tcp", base.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "GET /rest/json/cves/2.0?cveId=log4j HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", base.Host)
		raw, err := io.ReadAll(bufio.NewReader(conn))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"HTTP/1.1 404 ", "\r\nmessage: Invalid cveId parameter.\r\n", "\r\nContent-Length: 0\r\n"} {
			if !strings.Contains(string(raw), want) {
				t.Errorf("the answer lacks %q:\n%s", want, raw)
			}
		}
	})
}

// answer is the frame of the API's answers.
type answer struct {
	ResultsPerPage, StartIndex, TotalResults int
	Vulnerabilities                          []struct{ CVE struct{ ID string } }
}
