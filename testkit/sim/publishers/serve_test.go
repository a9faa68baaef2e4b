package publishers_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/testkit/sim/publishers"
	"vulnmirror/vuln"
)

func TestValidators(t *testing.T) {
	u := publishers.New(publishers.Options{})
	type validators struct{ ETag, Modified bool }
	for address, want := range map[string]validators{
		addressCWE: {},
		"capec.mitre.org/data/xml/capec_latest.xml":                     {Modified: true},
		repoSTIX + "index.json":                                         {ETag: true},
		"d3fend.mitre.org/ontologies/d3fend.json":                       {ETag: true, Modified: true},
		"codeload.github.com/mitre-attack/car/tar.gz/refs/heads/master": {ETag: true},
		"api.github.com/repos/mitre-attack/car/commits/master":          {ETag: true},
		addressKEV:                     {ETag: true, Modified: true},
		addressEPSS + "current.csv.gz": {ETag: true, Modified: true},
		notes + "930724/":              {},
		notices + "avis/json/":         {},
		cvrf + "updates":               {},
	} {
		answer := ask(u, address)
		etag, modified := answer.Header.Get("ETag"), answer.Header.Get("Last-Modified")
		if got := (validators{etag != "", modified != ""}); got != want {
			t.Errorf("%s has %+v, want %+v", address, got, want)
		}
		if etag != "" && ask(u, address, "If-None-Match", etag).StatusCode != http.StatusNotModified {
			t.Errorf("%s was modified since it was %s", address, etag)
		}
		if etag != "" && ask(u, address, "If-None-Match", `W/"other"`).StatusCode != http.StatusOK {
			t.Errorf("%s is what it never was", address)
		}
		if etag == "" && modified != "" && ask(u, address, "If-Modified-Since", modified).StatusCode != http.StatusNotModified {
			t.Errorf("%s was modified since %s", address, modified)
		}
	}
}

func TestWhatChangesHasOtherValidators(t *testing.T) {
	u := publishers.New(publishers.Options{})
	for _, address := range []string{
		repoSTIX + "index.json", "d3fend.mitre.org/ontologies/d3fend.json", "codeload.github.com/mitre-attack/car/tar.gz/refs/heads/master",
		addressKEV, addressEPSS + "current.csv.gz", "raw.githubusercontent.com/mitre/engage/main/Data/json/activities.json",
		"api.github.com/repos/mitre/engage/commits/main",
	} {
		before := ask(u, address).Header.Get("ETag")
		u.Advance(24 * time.Hour)
		if ask(u, address, "If-None-Match", before).StatusCode != http.StatusOK {
			t.Errorf("%s is as it was", address)
		}
	}
}

func TestRequestsAreCounted(t *testing.T) {
	u := publishers.New(publishers.Options{Publishers: []string{"kev"}})
	ask(u, addressKEV)
	ask(u, addressKEV)
	ask(u, "example.org/nothing?page=2")
	want := map[string]int{addressKEV: 2, "example.org/nothing?page=2": 1}
	if diff := cmp.Diff(want, u.Requests()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	u := publishers.New(publishers.Options{})
	for _, address := range []string{"", "example.org/", "cwe.mitre.org/", "www." + notes + "930724/", notes + "930724", "kb.cert.org/vuls/byupdate/desc/?page=99", cvrf + "cvrf/2001-Jan"} {
		if got := ask(u, address).StatusCode; got != http.StatusNotFound {
			t.Errorf("%q answers %d", address, got)
		}
	}
	w := httptest.NewRecorder()
	u.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/"+addressKEV, nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST answers %d", w.Code)
	}
}

func TestHosts(t *testing.T) {
	u := publishers.New(publishers.Options{})
	want := []string{
		"api.github.com", "api.msrc.microsoft.com", "capec.mitre.org", "codeload.github.com", "cwe-api.mitre.org", "cwe.mitre.org",
		"d3fend.mitre.org", "epss.empiricalsecurity.com", "kb.cert.org", "raw.githubusercontent.com", "www.cert.ssi.gouv.fr", "www.cisa.gov",
	}
	if diff := cmp.Diff(want, u.Hosts()); diff != "" {
		t.Error(diff)
	}
	if !u.Knows("kb.cert.org") || u.Knows("nvd.nist.gov") {
		t.Error("hosts are mixed up")
	}
	names := []string{"cwe", "capec", "attack", "d3fend", "car", "shield", "engage", "kev", "epss", "certcc", "certfr", "msrc"}
	if diff := cmp.Diff(names, u.Names()); diff != "" {
		t.Error(diff)
	}
}

// ids are the identifiers of a kind that are, or are not, gone.
func ids(u *publishers.Upstream, kind vuln.Kind, gone bool) []string {
	var out []string
	for _, e := range u.Truth(kind) {
		if e.Gone == gone {
			out = append(out, e.ID)
		}
	}
	return out
}

func TestAdvance(t *testing.T) {
	cves := []string{"CVE-2024-0001", "CVE-2024-0002", "CVE-2024-0003", "CVE-2024-0004", "CVE-2024-0005", "CVE-2024-0006", "CVE-2024-0007"}
	u := publishers.New(publishers.Options{CVEs: func() []string { return cves }, Size: publishers.Size{Exploited: 4, Months: 1}})
	kinds := []vuln.Kind{
		vuln.KindCWE, vuln.KindCAPEC, vuln.KindATTACK, vuln.KindD3FEND, vuln.KindCAR, vuln.KindSHIELD, vuln.KindENGAGE,
		vuln.KindKEV, vuln.KindEPSS, vuln.KindCERTCC, vuln.KindCERTFR, vuln.KindMSRC, vuln.KindMSKB,
	}
	before := map[vuln.Kind][]publishers.Entry{}
	for _, kind := range kinds {
		before[kind] = u.Truth(kind)
		if gone := ids(u, kind, true); gone != nil {
			t.Errorf("%s: gone in the beginning: %v", kind, gone)
		}
	}
	cves = append(cves, "CVE-2026-12345")
	u.Advance(24 * time.Hour)
	for _, kind := range kinds {
		after := u.Truth(kind)
		switch final := kind == vuln.KindCAPEC || kind == vuln.KindSHIELD; {
		case final && !cmp.Equal(before[kind], after):
			t.Errorf("%s has changed", kind)
		case !final && cmp.Equal(before[kind], after):
			t.Errorf("%s has not changed", kind)
		}
	}
	for _, kind := range []vuln.Kind{vuln.KindATTACK, vuln.KindD3FEND, vuln.KindCAR, vuln.KindENGAGE, vuln.KindKEV, vuln.KindEPSS, vuln.KindMSRC} {
		if ids(u, kind, true) == nil {
			t.Errorf("of %s nothing is gone", kind)
		}
	}
	if !slices.Contains(ids(u, vuln.KindEPSS, false), "CVE-2026-12345") {
		t.Error("a new CVE has no score")
	}
	for _, kind := range []vuln.Kind{vuln.KindKEV, vuln.KindEPSS, vuln.KindMSRC} {
		if !slices.Contains(ids(u, kind, false), "CVE-2021-44228") {
			t.Errorf("%s lacks CVE-2021-44228", kind)
		}
	}
	if u.Truth("nothing") != nil {
		t.Error("there is truth about nothing")
	}
	if want := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC); !u.Now().Equal(want) {
		t.Errorf("it is %s, want %s", u.Now(), want)
	}
}

// The clock is everybody's, also of those who publish nothing new.
func TestTimePassesForThoseWhoSaidNothing(t *testing.T) {
	u := publishers.New(publishers.Options{Publishers: []string{"kev", "certcc"}})
	u.Advance(100*24*time.Hour, "kev")
	if said := string(get(t, u, notes+"2027/summary/")); said != `{"count":0,"notes":[]}` {
		t.Errorf("notes of this year: %s", said)
	}
}

func FuzzServe(f *testing.F) {
	f.Add("/"+addressKEV, "")
	f.Add("/kb.cert.org/vuls/byupdate/desc/", "page=2")
	f.Add("/"+notes, "%")
	u := publishers.New(publishers.Options{Publishers: []string{"kev", "certcc"}})
	f.Fuzz(func(t *testing.T, path, query string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path, r.URL.RawQuery = path, query
		w := httptest.NewRecorder()
		u.ServeHTTP(w, r)
		if w.Code != http.StatusOK && w.Code != http.StatusNotFound {
			t.Errorf("%q %q: %d", path, query, w.Code)
		}
	})
}
