package msrc_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/source"
	"vulnmirror/source/msrc"
)

// kitchen has documents of every kind of identifier.
func kitchen(t *testing.T) *microsoft {
	t.Helper()
	m := newMicrosoft(t, msrc.Settings{})
	m.lists("2018-FEB", "2019-12-10T08:00:00Z", "2017-May-B", "2017-05-08T07:00:00", "Oct-OOB", "2016-10-27T07:00:00", "2023-Nov", "2023-11-22T08:00:00", "2024-Feb", "2024-02-10T00:00:00")
	m.documents = map[string]string{
		"2018-FEB":   document("2018-FEB", "2019-12-10T08:00:00", "CVE-2018-10001 2018-02-13T08:00:00"),
		"2017-May-B": document("2017-May-B", "2017-05-08T07:00:00"),
		"Oct-OOB":    document("Oct-OOB", "2016-10-27T07:00:00Z", "CVE-2016-10001 2016-10-27T08:00:00"),
		"2023-Nov":   document("2023-Nov", "2023-11-22T08:00:00", many(100)...),
		"2024-Feb":   document("2024-Feb", "2024-02-10T00:00:00", "CVE-2024-10001 2024-02-13T08:00:00"),
	}
	return m
}

// filled is a kitchen that is mirrored.
func filled(t *testing.T) *microsoft {
	t.Helper()
	m := kitchen(t)
	if err := m.sync(t); err != nil {
		t.Fatal(err)
	}
	return m
}

// isAsked compares what was asked for; of months that upstream never had, only
// the last count.
func (m *microsoft) isAsked(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(slices.DeleteFunc(m.asked, func(s string) bool {
		return strings.HasSuffix(s, "404") && s < "cvrf/2024"
	})))); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestEverythingAtFirst(t *testing.T) {
	m := filled(t)
	m.isAsked(t, "updates 200", "cvrf/2018-FEB 200", "cvrf/2017-May-B 200", "cvrf/Oct-OOB 200", "cvrf/2023-Nov 200", "cvrf/2024-Feb 200",
		"cvrf/2024-Mar 404", "cvrf/2024-Jan 404")
	got := m.current(t)
	slices.Sort(got)
	if diff := cmp.Diff([]string{"cvrf/2017-May-B", "cvrf/2018-FEB", "cvrf/2023-Nov", "cvrf/2024-Feb", "cvrf/Oct-OOB", "updates.json"}, got); diff != "" {
		t.Error(diff)
	}
	if c := m.cursor; !c.Complete || c.Release != "2024-Feb" || !c.Watermark.Equal(time.Date(2024, 2, 10, 0, 0, 0, 0, time.UTC)) || c.Notes != nil {
		t.Errorf("%+v", c)
	}
}

func TestNothingNew(t *testing.T) {
	m := filled(t)
	before := m.current(t)
	if err := m.sync(t); !errors.Is(err, source.ErrUnchanged) {
		t.Errorf("%v", err)
	}
	m.isAsked(t, "updates 200", "cvrf/2024-Feb 304", "cvrf/2024-Mar 404", "cvrf/2024-Jan 404")
	if diff := cmp.Diff(before, m.current(t)); diff != "" {
		t.Error(diff)
	}
}

func TestDatesGoBackwards(t *testing.T) {
	m := filled(t)
	for _, step := range []struct {
		date string
		n    int
	}{{"2023-11-10T08:00:00", 102}, {"2023-11-29T08:00:00", 106}} {
		m.index = strings.ReplaceAll(m.index, "2023-11-22T08:00:00", step.date)
		m.index = strings.ReplaceAll(m.index, "2023-11-10T08:00:00", step.date)
		m.documents["2023-Nov"] = document("2023-Nov", step.date, many(step.n)...)
		if err := m.sync(t); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(m.asked, "cvrf/2023-Nov 200") {
			t.Errorf("%s: asked %q", step.date, m.asked)
		}
	}
	if err := m.sync(t); !errors.Is(err, source.ErrUnchanged) {
		t.Errorf("%v", err)
	}
}

// TestOnlySpelling: a date that gains a Z is the same, and a document under
// another date with the same content is no new revision; that it is not of the
// date announced is not asked about for ever.
func TestOnlySpelling(t *testing.T) {
	m := filled(t)
	m.index = strings.ReplaceAll(m.index, "2023-11-22T08:00:00", "2023-11-22T08:00:00Z")
	if err := m.sync(t); err != nil || slices.Contains(m.asked, "cvrf/2023-Nov 200") {
		t.Errorf("%v, asked %q", err, m.asked) // the index is new
	}
	before := len(m.current(t))
	m.index = strings.ReplaceAll(m.index, "2019-12-10T08:00:00Z", "2019-12-11T08:00:00Z")
	for _, want := range []string{"cvrf/2018-FEB 200", "cvrf/2018-FEB 304", "cvrf/2018-FEB 304"} {
		if err := m.sync(t); err != nil || !slices.Contains(m.asked, want) {
			t.Errorf("%v, asked %q, want %s", err, m.asked, want)
		}
	}
	if n := len(m.current(t)); n != before {
		t.Errorf("%d files, want %d", n, before)
	}
	if err := m.sync(t); !errors.Is(err, source.ErrUnchanged) {
		t.Errorf("%v", err)
	}
	m.isAsked(t, "updates 200", "cvrf/2024-Feb 304", "cvrf/2024-Mar 404", "cvrf/2024-Jan 404")
}

func TestIndexDropsMonths(t *testing.T) {
	m := filled(t)
	before := m.current(t)
	m.lists("2017-May-B", "2017-05-08T07:00:00", "Oct-OOB", "2016-10-27T07:00:00", "2018-FEB", "2019-12-10T08:00:00Z")
	m.documents["2024-Mar"] = document("2024-Mar", "2024-03-12T08:00:00", "CVE-2024-10002 2024-03-12T08:00:00")
	if err := m.sync(t); err != nil {
		t.Fatal(err)
	}
	m.isAsked(t, "updates 200", "cvrf/2024-Feb 304", "cvrf/2024-Mar 200", "cvrf/2024-Jan 404")
	for _, path := range append(before, "cvrf/2024-Mar") {
		if !slices.Contains(m.current(t), path) {
			t.Errorf("%s is held no more", path)
		}
	}
	if diff := cmp.Diff([]string{"upstream's index does not name 2023-Nov, 2024-Feb, 2024-Mar; what is held of them stays"}, m.cursor.Notes); diff != "" {
		t.Error(diff)
	}
}

// TestOtherCase: an identifier that is spelled in another way one day is the same
// document.
func TestOtherCase(t *testing.T) {
	m := filled(t)
	m.index = strings.ReplaceAll(m.index, "2018-FEB", "2018-Feb")
	m.index = strings.ReplaceAll(m.index, "2019-12-10T08:00:00Z", "2019-12-11T08:00:00Z")
	m.documents["2018-Feb"] = document("2018-Feb", "2019-12-11T08:00:00", "CVE-2018-10001 2019-12-11T08:00:00")
	if err := m.sync(t); err != nil || !slices.Contains(m.asked, "cvrf/2018-Feb 200") {
		t.Errorf("%v, asked %q", err, m.asked)
	}
	if slices.Contains(m.current(t), "cvrf/2018-Feb") || m.cursor.Notes != nil {
		t.Errorf("%q, %q", m.current(t), m.cursor.Notes)
	}
}

func TestIndexIsRefused(t *testing.T) {
	for name, body := range map[string]string{
		"error with status 200": `{"error":{"code":"500","message":"An error has occurred."}}`,
		"page":                  "<!DOCTYPE html><html><body>Not here</body></html>",
		"no documents":          `{"value":[]}`,
		"cut short":             `{"value":[{"ID":"2024-Feb","Curr`,
		"another host":          `{"value":[{"ID":"2024-Feb"}],"@odata.nextLink":"https://elsewhere.example.org/updates"}`,
		"itself":                `{"value":[{"ID":"2024-Feb"}],"@odata.nextLink":"HOST/cvrf/v3.0/updates"}`,
	} {
		t.Run(name, func(t *testing.T) {
			m := filled(t)
			before, cursor, good := m.current(t), m.cursor, m.index
			m.index = body
			if err := m.sync(t); !errors.Is(err, source.ErrRefused) {
				t.Errorf("%v", err)
			}
			m.isAsked(t, "updates 200")
			if diff := cmp.Diff(before, m.current(t)) + cmp.Diff(cursor, m.cursor); diff != "" {
				t.Error(diff)
			}
			m.index = good
			if err := m.sync(t); !errors.Is(err, source.ErrUnchanged) {
				t.Errorf("the next run: %v", err)
			}
		})
	}
}

func TestIndexOfSeveralPages(t *testing.T) {
	m := kitchen(t)
	m.index = `{"value":[` + line("2018-FEB", "2019-12-10T08:00:00Z") + `,{"Alias":"x"},` + line("../../etc", "") + `],"@odata.nextLink":"HOST/cvrf/v3.0/updates?$skip=1"}`
	m.documents["updates?$skip=1"] = `{"value":[` + line("Oct-OOB", "2016-10-27T07:00:00") + `]}`
	err := m.sync(t)
	var incomplete *source.Incomplete
	if !errors.As(err, &incomplete) || len(incomplete.Missing) != 2 || !strings.Contains(err.Error(), "../../etc") {
		t.Errorf("%v", err)
	}
	for _, path := range []string{"updates.json", "updates-2.json", "cvrf/2018-FEB", "cvrf/Oct-OOB"} {
		if !slices.Contains(m.current(t), path) {
			t.Errorf("%s is not held: %q", path, m.current(t))
		}
	}
}

func TestDocumentIsRefused(t *testing.T) {
	whole := document("2023-Nov", "2023-11-29T08:00:00", many(106)...)
	for name, body := range map[string]string{
		"error with status 200": `{"error":{"code":"404","message":"Document not found"}}`,
		"page":                  "<!DOCTYPE html><html><body>Not here</body></html>",
		"another month":         strings.ReplaceAll(whole, "2023-Nov", "2023-Dec"),
		"cut short":             whole[:len(whole)/2],
		"much smaller":          document("2023-Nov", "2023-11-29T08:00:00", many(89)...),
		"nothing readable":      document("2023-Nov", "2023-11-29T08:00:00", "spoon", "fork"),
	} {
		t.Run(name, func(t *testing.T) {
			m := filled(t)
			m.lists("2023-Nov", "2023-11-29T08:00:00", "2024-Feb", "2024-02-14T00:00:00")
			m.documents["2023-Nov"] = body
			m.documents["2024-Feb"] = document("2024-Feb", "2024-02-14T00:00:00", "CVE-2024-10001 2024-02-14T08:00:00")
			err := m.sync(t)
			var incomplete *source.Incomplete
			if !errors.As(err, &incomplete) || !errors.Is(err, source.ErrRefused) || len(incomplete.Missing) != 1 || !strings.Contains(err.Error(), "2023-Nov") {
				t.Errorf("%v", err)
			}
			quarantined, err := filepath.Glob(filepath.Join(m.tree.Dir(), "quarantine", "*cvrf_2023-Nov*.reason.json"))
			if len(quarantined) != 1 || err != nil {
				t.Errorf("quarantined %q, %v", quarantined, err)
			}
			m.isAsked(t, "updates 200", "cvrf/2023-Nov 200", "cvrf/2024-Feb 200", "cvrf/2024-Mar 404", "cvrf/2024-Jan 404")
			m.documents["2023-Nov"] = whole
			if err := m.sync(t); err != nil || !slices.Contains(m.asked, "cvrf/2023-Nov 200") {
				t.Errorf("the next run: %v, asked %q", err, m.asked)
			}
		})
	}
}

// TestShrunkenDocument: upstream must insist on what looks like a loss, unless it
// says itself that a document is not ready.
func TestShrunkenDocument(t *testing.T) {
	m := filled(t)
	m.index = strings.ReplaceAll(m.index, "2023-11-22T08:00:00", "2023-11-10T08:00:00")
	m.documents["2023-Nov"] = document("2023-Nov", "2023-11-10T08:00:00", many(50)...)
	for i := range 4 {
		if err := m.sync(t); !errors.Is(err, source.ErrRefused) {
			t.Fatalf("run %d: %v", i, err)
		}
	}
	if err := m.sync(t); err != nil {
		t.Errorf("%v", err)
	}
	m.index = strings.ReplaceAll(m.index, "2023-11-10T08:00:00", "2023-11-11T08:00:00")
	m.documents["2023-Nov"] = strings.Replace(document("2023-Nov", "2023-11-11T08:00:00", many(9)...), ">Final<", ">Draft<", 1)
	if err := m.sync(t); err != nil {
		t.Errorf("a draft: %v", err)
	}
}

func TestListedDocumentIsNotThere(t *testing.T) {
	m := kitchen(t)
	delete(m.documents, "2017-May-B")
	var incomplete *source.Incomplete
	if err := m.sync(t); !errors.As(err, &incomplete) || !strings.Contains(err.Error(), "2017-May-B") || m.cursor.Complete {
		t.Errorf("%v, %+v", err, m.cursor)
	}
	for month := time.Date(2016, 4, 1, 0, 0, 0, 0, time.UTC); month.Before(now); month = month.AddDate(0, 1, 0) {
		name := "cvrf/" + month.Format("2006-Jan")
		if !slices.ContainsFunc(m.asked, func(s string) bool { return strings.HasPrefix(strings.ToLower(s), strings.ToLower(name)+" ") }) {
			t.Errorf("%s was not asked for", name)
		}
	}
	if n := len(m.current(t)); n != 5 {
		t.Errorf("%d files", n)
	}
}

// TestInterrupted: whatever a run received before it was cut off is not fetched
// again.
func TestInterrupted(t *testing.T) {
	whole := filled(t)
	for _, at := range []string{"cvrf/2018-FEB", "cvrf/Oct-OOB", "cvrf/2024-Feb", "cvrf/2024-Jan"} {
		m := kitchen(t)
		ctx, cut := context.WithCancel(t.Context())
		m.stop = func(name string) {
			if name == at {
				cut()
			}
		}
		if err := m.syncUnder(ctx, t); !errors.Is(err, context.Canceled) {
			t.Fatalf("%s: %v", at, err)
		}
		m.stop = nil
		journal, err := os.ReadFile(filepath.Join(m.tree.Dir(), "incoming", "journal.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.sync(t); err != nil {
			t.Fatalf("%s: %v", at, err)
		}
		for _, asked := range m.asked {
			name, _, _ := strings.Cut(asked, " ")
			if strings.Contains(string(journal), `"path":"`+name+`"`) {
				t.Errorf("%s: %s was fetched again", at, name)
			}
		}
		if diff := cmp.Diff(whole.cursor, m.cursor); diff != "" {
			t.Errorf("%s: %s", at, diff)
		}
	}
}

func TestUpstreamGoesSilent(t *testing.T) {
	m := kitchen(t)
	m.silent = make(map[string]bool)
	for id := range maps.Keys(m.documents) {
		m.silent[id] = true
	}
	m.silent["2024-Mar"], m.silent["2024-Jan"] = true, true
	err := m.sync(t)
	if err == nil || !strings.Contains(err.Error(), "not asked for") || len(m.asked) > 1+3+2 {
		t.Errorf("%v, asked %q", err, m.asked)
	}
	clear(m.silent)
	if err := m.sync(t); err != nil || !m.cursor.Complete {
		t.Errorf("%v, %+v", err, m.cursor)
	}
}

func TestYears(t *testing.T) {
	m := kitchen(t)
	m.index = strings.ReplaceAll(m.index, `"Alias":"Oct-OOB"`, `"Alias":"2016-Oct-27"`)
	m.documents["2016-Oct-27"] = m.documents["Oct-OOB"]
	m.source = msrc.New(msrc.Settings{Years: []int{2016, 2018}, Now: func() time.Time { return now }})
	if err := m.sync(t); err != nil {
		t.Fatal(err)
	}
	m.isAsked(t, "updates 200", "cvrf/2018-FEB 200", "cvrf/Oct-OOB 200")
}

func TestFloor(t *testing.T) {
	for _, tc := range []struct {
		settings msrc.Settings
		want     int
	}{{msrc.Settings{}, 500}, {msrc.Settings{Floor: 1}, 1}, {msrc.Settings{Years: []int{2024}}, 0}} {
		if got := msrc.New(tc.settings).Info().Floor; got != tc.want {
			t.Errorf("%+v: %d, want %d", tc.settings, got, tc.want)
		}
	}
}

func TestChanged(t *testing.T) {
	m := kitchen(t)
	changed := func() bool {
		t.Helper()
		is, err := m.source.Changed(t.Context(), m.client, m.cursor)
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	if !changed() {
		t.Error("nothing is held")
	}
	if err := m.sync(t); err != nil {
		t.Fatal(err)
	}
	if changed() {
		t.Error("everything is held")
	}
	m.index = strings.ReplaceAll(m.index, "2023-11-22", "2023-11-10")
	if !changed() {
		t.Error("a document has another date")
	}
	m.index = `{"error":{}}`
	if is, err := m.source.Changed(t.Context(), m.client, m.cursor); err == nil {
		t.Errorf("%v without an index", is)
	}
}

func TestPreview(t *testing.T) {
	m := filled(t)
	for _, tc := range []struct {
		last     source.Cursor
		years    []int
		requests int
	}{{source.Cursor{}, nil, 1 + 96}, {source.Cursor{}, []int{2016, 2024}, 1 + 12}, {m.cursor, nil, 4}} {
		got, err := msrc.New(msrc.Settings{Years: tc.years, Now: func() time.Time { return now }}).Preview(tc.last)
		if err != nil || got.Requests != tc.requests || len(got.URLs) != 4 || got.URLs[1] != "https://api.msrc.microsoft.com/cvrf/v3.0/cvrf/2024-Mar" {
			t.Errorf("%v: %+v, %v", tc.years, got, err)
		}
	}
}

func TestLocationsCanBeReplaced(t *testing.T) {
	m := kitchen(t)
	m.client = m.client.Relocated(map[string]string{
		"updates": "https://api.msrc.microsoft.com/cvrf/v3.0/updates?mine", "document": "https://api.msrc.microsoft.com/cvrf/v3.0/cvrf/{id}",
	})
	m.documents["updates?mine"] = `{"value":[` + line("Oct-OOB", "2016-10-27T07:00:00") + `]}`
	if err := m.sync(t); err != nil || !slices.Contains(m.asked, "updates?mine 200") {
		t.Errorf("%v, asked %q", err, m.asked)
	}
}
