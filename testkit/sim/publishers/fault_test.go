package publishers_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/attack"
	"vulnmirror/format/certcc"
	"vulnmirror/format/certfr"
	"vulnmirror/format/cwe"
	"vulnmirror/format/d3fend"
	"vulnmirror/format/epss"
	"vulnmirror/format/kev"
	"vulnmirror/format/msrc"
	"vulnmirror/testkit/sim/publishers"
)

const addressCWE = "cwe.mitre.org/data/xml/cwec_latest.xml.zip"

// count tells how many records a reader has, and how reading ended.
func count(next func() ([]byte, error)) (int, error) {
	for n := 0; ; n++ {
		if _, err := next(); errors.Is(err, io.EOF) {
			return n, nil
		} else if err != nil {
			return n, err
		}
	}
}

// lines tells how many lines an index has.
func lines[T any](next func() (T, error)) (int, error) {
	return count(func() ([]byte, error) { _, err := next(); return nil, err })
}

func TestFaults(t *testing.T) {
	catalogue := func(t *testing.T, body []byte) int {
		xml, err := onlyXML(body)
		if err != nil {
			t.Fatal(err)
		}
		n, err := count(cwe.NewReader(bytes.NewReader(xml)).Next)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	exploited := func(t *testing.T, body []byte) int {
		n, err := count(kev.NewReader(bytes.NewReader(body)).Next)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	notesOf := func(t *testing.T, body []byte) int {
		listed, err := certcc.ParseSummary(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		return len(listed)
	}
	noticesOf := func(t *testing.T, body []byte) int {
		n, err := lines(certfr.NewIndex(bytes.NewReader(body)).Next)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	months := func(t *testing.T, body []byte) int {
		n, err := lines(msrc.NewIndex(bytes.NewReader(body)).Next)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	domains := func(t *testing.T, body []byte) int {
		collections, err := attack.ReadIndex(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		return len(collections)
	}
	versions := func(t *testing.T, body []byte) int {
		collections, err := attack.ReadIndex(bytes.NewReader(body))
		if err != nil || len(collections) == 0 {
			t.Fatalf("%d collections, %v", len(collections), err)
		}
		return len(collections[0].Versions)
	}
	scores := func(t *testing.T, body []byte) int {
		n, err := count(epss.NewReader(bytes.NewReader(unzip(t, body))).Next)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	summary := notes + "2026/summary/"
	for _, tc := range []struct {
		fault   publishers.Fault
		of      string
		address string
		count   func(*testing.T, []byte) int
		want    func(before, after int) bool
	}{
		{publishers.Empty, "cwe", addressCWE, catalogue, none},
		{publishers.Empty, "kev", addressKEV, exploited, none},
		{publishers.Empty, "certcc", summary, notesOf, none},
		{publishers.Empty, "certfr", notices + "avis/json/", noticesOf, none},
		{publishers.Empty, "msrc", cvrf + "updates", months, none},
		{publishers.Empty, "epss", addressEPSS + "current.csv.gz", scores, none},
		{publishers.Shrunk, "cwe", addressCWE, catalogue, few},
		{publishers.Shrunk, "kev", addressKEV, exploited, few},
		{publishers.Shrunk, "certcc", summary, notesOf, few},
		{publishers.Shrunk, "certfr", notices + "avis/json/", noticesOf, few},
		{publishers.Shrunk, "msrc", cvrf + "updates", months, few},
		{publishers.Shrunk, "epss", addressEPSS + "current.csv.gz", scores, few},
		{publishers.Shrunk, "attack", repoSTIX + "index.json", domains, few},
		{publishers.Dropped, "attack", repoSTIX + "index.json", versions, fewer},
		{publishers.Dropped, "certcc", summary, notesOf, fewer},
		{publishers.Dropped, "certfr", notices + "avis/json/", noticesOf, fewer},
		{publishers.Dropped, "msrc", cvrf + "updates", months, fewer},
	} {
		t.Run(string(tc.fault)+" "+tc.address, func(t *testing.T) {
			u := publishers.New(publishers.Options{Publishers: []string{tc.of}})
			before := tc.count(t, get(t, u, tc.address))
			u.SetTroubles(publishers.Trouble{Fault: tc.fault, Share: 1})
			after := tc.count(t, get(t, u, tc.address))
			if before == 0 || !tc.want(before, after) {
				t.Errorf("%d entries, %d before", after, before)
			}
			u.SetTroubles()
			if again := tc.count(t, get(t, u, tc.address)); again != before {
				t.Errorf("%d entries when all is well again, %d before", again, before)
			}
		})
	}
}

func none(_, after int) bool       { return after == 0 }
func few(before, after int) bool   { return after > 0 && after < before/2+1 }
func fewer(before, after int) bool { return after >= before/2 && after < before }

func TestFaultsThatReadersRefuse(t *testing.T) {
	u := publishers.New(publishers.Options{})
	for _, tc := range []struct {
		fault   publishers.Fault
		address string
		read    func([]byte) error
	}{
		{publishers.TwoXML, addressCWE, func(b []byte) error { _, err := onlyXML(b); return err }},
		{publishers.NoXML, addressCWE, func(b []byte) error { _, err := onlyXML(b); return err }},
		{publishers.Page, addressKEV, func(b []byte) error { _, err := count(kev.NewReader(bytes.NewReader(b)).Next); return err }},
		{publishers.Disguised, addressKEV, func(b []byte) error { _, err := count(kev.NewReader(bytes.NewReader(b)).Next); return err }},
		{publishers.NoBody, addressKEV, func(b []byte) error { _, err := count(kev.NewReader(bytes.NewReader(b)).Next); return err }},
		{publishers.Page, notices + "tar/2021.tar", func(b []byte) error {
			_, err := count(certfr.NewArchiveReader(bytes.NewReader(b)).Next)
			return err
		}},
		{publishers.ErrorAnswer, notes + "930724/", func(b []byte) error { _, err := count(certcc.NewReader(bytes.NewReader(b)).Next); return err }},
		{publishers.OtherLayout, "kb.cert.org/vuls/byupdate/desc/", func(b []byte) error { _, err := certcc.ParseUpdates(bytes.NewReader(b)); return err }},
		{publishers.Empty, "kb.cert.org/vuls/byupdate/desc/", func(b []byte) error { _, err := certcc.ParseUpdates(bytes.NewReader(b)); return err }},
		{publishers.Empty, "d3fend.mitre.org/ontologies/d3fend/1.6.1/d3fend-full-mappings.csv", func(b []byte) error {
			_, err := d3fend.ReadMappings(bytes.NewReader(b), d3fend.CSV)
			return err
		}},
	} {
		u.SetTroubles()
		if err := tc.read(get(t, u, tc.address)); err != nil {
			t.Errorf("%s when all is well: %v", tc.address, err)
		}
		u.SetTroubles(publishers.Trouble{Fault: tc.fault, Share: 1})
		if err := tc.read(get(t, u, tc.address)); err == nil {
			t.Errorf("%s can be read when %s", tc.address, tc.fault)
		}
	}
}

func TestFaultsOfStatus(t *testing.T) {
	u := publishers.New(publishers.Options{})
	const mappings = "d3fend.mitre.org/ontologies/d3fend/1.6.1/d3fend-full-mappings.csv"
	for fault, want := range map[publishers.Fault]int{
		publishers.Status403: 403, publishers.Status404: 404, publishers.Status503: 503, publishers.MappingsGone: 404, publishers.TwoXML: 200,
	} {
		u.SetTroubles(publishers.Trouble{Fault: fault, Share: 1})
		if got := ask(u, mappings).StatusCode; got != want {
			t.Errorf("%s: %d, want %d", fault, got, want)
		}
	}
	u.SetTroubles(publishers.Trouble{Publisher: "kev", Fault: publishers.Status503, Share: 1})
	if want := map[publishers.Fault]int{
		publishers.Status403: 1, publishers.Status404: 1, publishers.Status503: 1, publishers.MappingsGone: 1,
	}; !cmp.Equal(want, u.Failures()) {
		t.Errorf("%v failed, want %v", u.Failures(), want)
	}
	if kev, other := ask(u, addressKEV).StatusCode, ask(u, addressCWE).StatusCode; kev != 503 || other != 200 {
		t.Errorf("%d and %d when one publisher is down", kev, other)
	}
	u.SetTroubles(publishers.Trouble{Address: "www.cisa.gov/", Fault: publishers.Status403, Share: 1})
	if first, twin := ask(u, addressKEV).StatusCode, ask(u, addressTwin).StatusCode; first != 403 || twin != 200 {
		t.Errorf("%d and %d when one host is down", first, twin)
	}
}

func TestSmallFaults(t *testing.T) {
	u := publishers.New(publishers.Options{})
	was := get(t, u, addressKEV)
	u.SetTroubles(publishers.Trouble{Fault: publishers.BOM, Share: 1})
	if body := get(t, u, addressKEV); !bytes.Equal(body, append([]byte("\ufeff"), was...)) {
		t.Errorf("%.20q", body)
	}
	if body := get(t, u, cvrf+"cvrf/2021-Dec"); bytes.HasPrefix(body, []byte("\ufeff\ufeff")) {
		t.Error("two byte order marks")
	}
	u.SetTroubles(publishers.Trouble{Fault: publishers.Hyphens, Share: 1})
	for _, address := range []string{notes + "930724/", notices + "alerte/CERTFR-2021-ALE-022/json/", cvrf + "cvrf/2021-Dec"} {
		if body := get(t, u, address); !bytes.Contains(body, []byte("CVE\u20112021\u201144228")) {
			t.Errorf("%s has ordinary hyphens", address)
		}
	}
	before := func(body []byte) time.Time {
		r := kev.NewReader(bytes.NewReader(body))
		if _, err := count(r.Next); err != nil {
			t.Fatal(err)
		}
		return r.Release().Date
	}
	u.SetTroubles(publishers.Trouble{Fault: publishers.Backwards, Share: 1})
	if back := before(get(t, u, addressKEV)); !back.Before(before(was)) {
		t.Errorf("released %s, not before", back)
	}
	u.Advance(24 * time.Hour)
	u.SetTroubles(publishers.Trouble{Address: addressTwin, Fault: publishers.Stale, Share: 1})
	if body := get(t, u, addressTwin); !bytes.Equal(body, was) {
		t.Error("what is stale is not what was there before")
	}
	if body := get(t, u, addressKEV); bytes.Equal(body, was) {
		t.Error("the other address is stale too")
	}
}

func TestTruncated(t *testing.T) {
	u := publishers.New(publishers.Options{Troubles: []publishers.Trouble{{Fault: publishers.Truncated, Share: 1}}})
	server := httptest.NewServer(u)
	defer server.Close()
	answer, err := server.Client().Get(server.URL + "/" + addressKEV)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); err == nil || len(body) == 0 || answer.StatusCode != http.StatusOK {
		t.Errorf("%s, %d bytes, %v", answer.Status, len(body), err)
	}
}

// What fails depends on the seed and on how often an address was asked for.
func TestShareOfFaults(t *testing.T) {
	sequence := func(seed uint64, others bool) string {
		u := publishers.New(publishers.Options{
			Seed: seed, Publishers: []string{"kev", "epss"}, Troubles: []publishers.Trouble{{Publisher: "kev", Fault: publishers.Status503, Share: 0.6}},
		})
		var out strings.Builder
		for range 60 {
			if others {
				ask(u, addressTwin)
			}
			fmt.Fprintf(&out, "%d ", ask(u, addressKEV).StatusCode)
		}
		return out.String()
	}
	got := sequence(1, false)
	if n := strings.Count(got, "503"); n < 20 || n > 50 {
		t.Errorf("%d of 60 fail", n)
	}
	if strings.Contains(got, "503 503 503 503") {
		t.Errorf("four in a row: %s", got)
	}
	if diff := cmp.Diff(got, sequence(1, true)); diff != "" {
		t.Errorf("requests for others change what fails:\n%s", diff)
	}
	if got == sequence(2, false) {
		t.Error("another seed fails the same way")
	}
}
