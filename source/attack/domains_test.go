package attack_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"vulnmirror/source"
	"vulnmirror/source/sourcetest"
)

// TestMain fails the run when a fetch leaves work behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	stixData = "raw.githubusercontent.com/mitre-attack/attack-stix-data/master/"
	cti      = "raw.githubusercontent.com/mitre/cti/master/"
)

// world is the one of these tests without the files whose addresses have one of
// some texts in them.
func world(t *testing.T, without ...string) fstest.MapFS {
	t.Helper()
	all := sourcetest.Open(t, "testdata/world.txt")
	for name := range all {
		if slices.ContainsFunc(without, func(part string) bool { return strings.Contains(name, part) }) {
			delete(all, name)
		}
	}
	return all
}

// TestDomainsFallBackByThemselves follows one domain from place to place.
func TestDomainsFallBackByThemselves(t *testing.T) {
	const byVersion, byName = stixData + "enterprise-attack/enterprise-attack-9.1.json", stixData + "enterprise-attack/enterprise-attack.json"
	for name, tc := range map[string]struct {
		without []string
		served  string
		release string
	}{
		"version":      {nil, byVersion, "9.1"},
		"name":         {[]string{byVersion}, byName, "9.1"},
		"STIX 2.0":     {[]string{byVersion, byName}, cti + "enterprise-attack/enterprise-attack.json", "enterprise ?, mobile 9.1, ics 9.1"},
		"no index":     {[]string{stixData + "index.json"}, byName, "9.1"},
		"all STIX 2.0": {[]string{stixData}, cti + "enterprise-attack/enterprise-attack.json", "enterprise ?, mobile ?, ics ?"},
	} {
		t.Run(name, func(t *testing.T) {
			m := sourcetest.NewMirror(t, small())
			m.Must(sourcetest.Files(world(t, tc.without...)))
			if sent := m.Sent(); !slices.Contains(sent, "https://"+tc.served) {
				t.Errorf("sent were %v, want %s", sent, tc.served)
			}
			if got := m.Cursor(); got.Release != tc.release || !got.Complete {
				t.Errorf("the release is %q, complete %v; want %q", got.Release, got.Complete, tc.release)
			}
			notes := strings.Join(m.Cursor().Notes, "\n")
			for _, without := range tc.without {
				if !strings.Contains(notes, without) {
					t.Errorf("the notes do not name %s: %q", without, notes)
				}
			}
		})
	}
}

// TestMissingDomain: one that cannot be had anywhere is reported by name, the others
// are taken in, and it is added when it can be had.
func TestMissingDomain(t *testing.T) {
	m := sourcetest.NewMirror(t, small())
	err := m.Fetch(sourcetest.Files(world(t, "enterprise-attack.json", "enterprise-attack-9.1.json")), nil)
	var incomplete *source.Incomplete
	if !errors.As(err, &incomplete) || len(incomplete.Missing) != 1 ||
		!strings.HasPrefix(err.Error(), "the domain enterprise cannot be had: GET https://"+stixData) {
		t.Fatalf("Fetch: %v", err)
	}
	if got := m.Cursor(); got.Complete || got.Release != "mobile 9.1, ics 9.1" {
		t.Errorf("complete %v, release %q", got.Complete, got.Release)
	}
	if got := m.IDs(); slices.Contains(got, "T9001") || !slices.Contains(got, "T9101") || !slices.Contains(got, "T9201") {
		t.Errorf("held are %v", got)
	}
	m.Must(sourcetest.Files(world(t)))
	if got := m.IDs(); !slices.Contains(got, "T9001") || !m.Cursor().Complete || m.Cursor().Release != "9.1" {
		t.Errorf("held are %v of %q, complete %v", got, m.Cursor().Release, m.Cursor().Complete)
	}
	// Gone again, it stays as it is held.
	if err := m.Fetch(sourcetest.Files(world(t, "enterprise-attack.json", "enterprise-attack-9.1.json")), nil); !errors.As(err, &incomplete) {
		t.Errorf("Fetch: %v", err)
	}
	if got := m.IDs(); !slices.Contains(got, "T9001") || !m.Cursor().Complete {
		t.Errorf("held are %v, complete %v", got, m.Cursor().Complete)
	}
}

func TestNoDomain(t *testing.T) {
	m := sourcetest.NewMirror(t, small())
	err := m.Fetch(sourcetest.Files(world(t, "-attack.json", "-9.1.json")), nil)
	var incomplete *source.Incomplete
	if err == nil || errors.As(err, &incomplete) || strings.Count(err.Error(), "cannot be had") != 3 {
		t.Errorf("Fetch: %v", err)
	}
}

// TestBundlesElsewhere: who has the bundles elsewhere is asked there, whatever the
// index says.
func TestBundlesElsewhere(t *testing.T) {
	all := world(t)
	for name, f := range world(t) {
		if domain, ok := strings.CutPrefix(name, stixData); ok && !strings.Contains(domain, "9.1") {
			all["mirror.example/"+domain] = f
		}
	}
	m := sourcetest.NewMirror(t, small())
	if err := m.Fetch(sourcetest.Files(all), map[string]string{"bundle": "https://mirror.example/{domain}/{domain}.json"}); err != nil {
		t.Fatal(err)
	}
	for _, asked := range m.Asked() {
		if !strings.HasSuffix(asked, "/index.json") && !strings.HasPrefix(asked, "https://mirror.example/") {
			t.Errorf("asked was %s", asked)
		}
	}
	if m.Cursor().Release != "9.1" {
		t.Errorf("the release is %q", m.Cursor().Release)
	}
}

// TestNotModifiedIsNotBelieved of a domain whose version the index says is another,
// as a server may compare times by the second.
func TestNotModifiedIsNotBelieved(t *testing.T) {
	m := sourcetest.NewMirror(t, small())
	m.Must(sourcetest.Files(world(t, "-9.1.json")))
	newest := world(t, "-9.1.json")
	newest[stixData+"ics-attack/ics-attack.json"] = world(t)["later/"+stixData+"ics-attack/ics-attack-9.2.json"]
	newest[stixData+"index.json"] = world(t)["later/"+stixData+"index.json"]
	m.Must(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "-attack.json") && r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		sourcetest.Files(newest).ServeHTTP(w, r)
	}))
	if got := m.Cursor().Release; got != "enterprise 9.1, mobile 9.1, ics 9.2" {
		t.Errorf("the release is %q", got)
	}
}
