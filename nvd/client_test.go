package nvd_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"vulnmirror/fetch"
	"vulnmirror/nvd"
)

// collect returns the identifiers of all records, and the error that ended them.
func collect(t *testing.T, c *nvd.Client, q nvd.CVEQuery) ([]string, error) {
	t.Helper()
	var ids []string
	for cve, err := range c.CVEs(t.Context(), q) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, strings.TrimPrefix(cve.ID(), "CVE-2026-"))
	}
	return ids, nil
}

func TestPagesAreStridedByWhatWasAsked(t *testing.T) {
	for _, tc := range []struct {
		records int
		starts  []string
	}{
		{0, []string{"0"}},
		{3, []string{"0"}},
		{4, []string{"0", "3"}},
		{6, []string{"0", "3"}},
		{7, []string{"0", "3", "6"}},
	} {
		s := cveServer(tc.records)
		ids, err := collect(t, client(t, s), nvd.CVEQuery{Paging: nvd.Paging{PageSize: 3}})
		same(t, "error", err, nil)
		same(t, fmt.Sprintf("records of %d", tc.records), len(ids), tc.records)
		same(t, fmt.Sprintf("starts for %d", tc.records), s.asked("startIndex"), tc.starts)
	}
}

func TestEveryEndpointIsAskedForFullPages(t *testing.T) {
	for _, tc := range []struct {
		array, format, inner, body, path, size string
		first                                  func(context.Context, *nvd.Client) (string, error)
	}{
		{"vulnerabilities", "NVD_CVE", "cve", fullCVE, "/rest/json/cves/2.0", "2000", func(ctx context.Context, c *nvd.Client) (string, error) {
			for v, err := range c.CVEs(ctx, nvd.CVEQuery{}) {
				return v.String(), err
			}
			return "", nil
		}},
		{"products", "NVD_CPE", "cpe", fullCPE, "/rest/json/cpes/2.0", "10000", func(ctx context.Context, c *nvd.Client) (string, error) {
			for v, err := range c.CPEs(ctx, nvd.CPEQuery{}) {
				return v.String(), err
			}
			return "", nil
		}},
		{"matchStrings", "NVD_CPEMatchString", "matchString", fullCriteria, "/rest/json/cpematch/2.0", "500", func(ctx context.Context, c *nvd.Client) (string, error) {
			for v, err := range c.MatchCriteria(ctx, nvd.MatchCriteriaQuery{}) {
				return v.String(), err
			}
			return "", nil
		}},
		{"sources", "NVD_Source", "", fullSource, "/rest/json/source/2.0", "1000", func(ctx context.Context, c *nvd.Client) (string, error) {
			for v, err := range c.Sources(ctx, nvd.SourceQuery{}) {
				return v.String(), err
			}
			return "", nil
		}},
		{"cveChanges", "NVD_CVEHistory", "change", fullChange, "/rest/json/cvehistory/2.0", "5000", func(ctx context.Context, c *nvd.Client) (string, error) {
			for v, err := range c.Changes(ctx, nvd.ChangeQuery{}) {
				return v.String(), err
			}
			return "", nil
		}},
	} {
		s := &server{array: tc.array, format: tc.format, records: []string{wrap(tc.inner, tc.body)}}
		got, err := tc.first(t.Context(), client(t, s))
		same(t, tc.path+" error", err, nil)
		// wrap escapes what encoding/json escapes; nothing else may differ.
		same(t, tc.path+" body", strings.ReplaceAll(got, `\u0026`, "&"), tc.body)
		same(t, "path", s.requests[0].URL.Path, tc.path)
		same(t, "size", s.asked("resultsPerPage"), []string{tc.size})
	}
}

func TestRecordsThatComeWhilePagingAreSeen(t *testing.T) {
	s := cveServer(5)
	s.before = func(s *server, n int, _ url.Values) {
		if n == 2 { // a new record in front moves all others
			s.records = slices.Insert(s.records, 0, simpleCVE(99, "2026-06-30T00:00:00.000"))
		}
	}
	ids, err := collect(t, client(t, s), nvd.CVEQuery{Paging: nvd.Paging{PageSize: 2}})
	same(t, "error", err, nil)
	same(t, "each record once", sorted(ids), []string{"0001", "0002", "0003", "0004", "0005", "0099"})
}

func TestRecordsThatLeaveWhilePagingHideNone(t *testing.T) {
	s := cveServer(5)
	s.before = func(s *server, n int, _ url.Values) {
		if n == 2 { // record 3 moves up into the page already read
			s.records = slices.Delete(s.records, 0, 1)
		}
	}
	ids, err := collect(t, client(t, s), nvd.CVEQuery{HasKEV: true, Paging: nvd.Paging{PageSize: 2}})
	same(t, "error", err, nil)
	same(t, "each record once", sorted(ids), []string{"0001", "0002", "0003", "0004", "0005"})
}

func TestRecordsThatChangeWhilePagingComeAgain(t *testing.T) {
	s := cveServer(4)
	s.before = func(s *server, n int, _ url.Values) {
		if n == 2 {
			s.records = append(s.records[1:], simpleCVE(1, "2026-06-30T00:00:00.000"), simpleCVE(5, "2026-06-30T00:00:00.000"))
		}
	}
	ids, err := collect(t, client(t, s), nvd.CVEQuery{NoRejected: true, Paging: nvd.Paging{PageSize: 2}})
	same(t, "error", err, nil)
	same(t, "the changed one twice", sorted(ids), []string{"0001", "0001", "0002", "0003", "0004", "0005"})
}

func TestAnswersThatNeverStandStillFail(t *testing.T) {
	s := cveServer(4)
	s.before = func(s *server, n int, _ url.Values) {
		s.records = append(s.records, simpleCVE(100+n, "2026-06-30T00:00:00.000"))
	}
	_, err := collect(t, client(t, s), nvd.CVEQuery{HasKEV: true, Paging: nvd.Paging{PageSize: 4}})
	if !errors.Is(err, nvd.ErrMoving) {
		t.Errorf("error %v, want ErrMoving", err)
	}
}

func TestShortPagesAreNotBelieved(t *testing.T) {
	s := cveServer(0)
	s.answer = func(w http.ResponseWriter) bool {
		fmt.Fprint(w, document("NVD_CVE", "vulnerabilities", 0, 10, []string{simpleCVE(1, "2026-01-01T00:00:00.000")}))
		return true
	}
	ids, err := collect(t, client(t, s), nvd.CVEQuery{})
	if bad, ok := errors.AsType[*fetch.ContentError](err); !ok || !strings.Contains(bad.Error(), "1 records, 10 of 10 are due at 0") {
		t.Errorf("error %v", err)
	}
	same(t, "records", ids, []string(nil))
	same(t, "attempts", len(s.requests), 2)
}

func TestAnswersOfAnotherEndpointAreNotBelieved(t *testing.T) {
	s := &server{array: "products", format: "NVD_CPE"}
	_, err := collect(t, client(t, s), nvd.CVEQuery{})
	if err == nil || !strings.Contains(err.Error(), "NVD_CPE") {
		t.Errorf("error %v", err)
	}
}

func TestRefusalsCarryTheServersReason(t *testing.T) {
	s := cveServer(0)
	s.answer = func(w http.ResponseWriter) bool {
		w.Header().Set("Message", "Invalid cweId parameter.")
		w.WriteHeader(http.StatusNotFound)
		return true
	}
	_, err := collect(t, client(t, s), nvd.CVEQuery{CWE: "x"})
	refused, ok := errors.AsType[*nvd.Error](err)
	if !ok {
		t.Fatalf("error %v is no *nvd.Error", err)
	}
	same(t, "Message", refused.Message, "Invalid cweId parameter.")
	same(t, "Status", refused.Status, 404)
	if !strings.Contains(refused.URL, "cweId=x") || !strings.Contains(err.Error(), refused.Message) || fetch.Explain(err) == "" {
		t.Errorf("URL %q, text %q, advice %q", refused.URL, err, fetch.Explain(err))
	}
	same(t, "attempts", len(s.requests), 1)
}

func TestOneCVE(t *testing.T) {
	s := cveServer(1)
	c := client(t, s)
	got, err := c.CVE(t.Context(), "cve-2026-0001")
	same(t, "error", err, nil)
	same(t, "id", got.ID(), "CVE-2026-0001")
	same(t, "asked", s.asked("cveId"), []string{"CVE-2026-0001"})

	s.records = nil
	if _, err = c.CVE(t.Context(), "CVE-2026-0002"); !errors.Is(err, nvd.ErrNotFound) {
		t.Errorf("error %v, want ErrNotFound", err)
	}
	if _, err = c.CVE(t.Context(), "log4j"); err == nil || errors.Is(err, nvd.ErrNotFound) {
		t.Errorf("error %v for what is no identifier", err)
	}
}

func TestManyIDsAreAskedForByTheHundred(t *testing.T) {
	s := cveServer(0)
	var ids []string
	for i := range 201 {
		ids = append(ids, fmt.Sprintf("CVE-2026-%04d", i))
	}
	_, err := collect(t, client(t, s), nvd.CVEQuery{IDs: ids})
	same(t, "error", err, nil)
	var counts []int
	for _, list := range s.asked("cveIds") {
		if list != "" {
			counts = append(counts, strings.Count(list, ",")+1)
		}
	}
	same(t, "identifiers a request", counts, []int{100, 100, 1})
}

func TestStoppingStopsAsking(t *testing.T) {
	s := cveServer(9)
	for range client(t, s).CVEs(t.Context(), nvd.CVEQuery{Paging: nvd.Paging{PageSize: 2}}) {
		break
	}
	same(t, "requests", len(s.requests), 1)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range client(t, s).CVEs(ctx, nvd.CVEQuery{}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want that the context ended", err)
		}
	}
}

func TestKeysGoToTheServerAndNowhereElse(t *testing.T) {
	var keys []string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("apiKey"))
		fmt.Fprint(w, document("NVD_CVE", "vulnerabilities", 0, 0, nil))
	}))
	defer api.Close()
	c, err := nvd.New(nvd.Options{BaseURL: api.URL, APIKey: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = collect(t, c, nvd.CVEQuery{})
	same(t, "error", err, nil)
	same(t, "keys", keys, []string{"secret"})
}

func TestOptionsThatCannotWork(t *testing.T) {
	for _, o := range []nvd.Options{{BaseURL: "mirror:8080"}, {BaseURL: "ftp://mirror"}, {BaseURL: "http://mirror?x=1"}, {APIKey: "with\nbreak"}} {
		if _, err := nvd.New(o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}
