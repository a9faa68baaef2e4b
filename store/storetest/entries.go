package storetest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/cpe"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// uuid is the n-th identifier of a family.
func uuid(family, n int) string {
	return vuln.UUID{byte(n >> 8), byte(n), 1, byte(family), 15: byte(n)}.String()
}

// entry makes a record of another kind than CVE.
func entry(kind vuln.Kind, id string, changes ...change) vuln.Record {
	r := vuln.Record{Kind: kind, ID: id, Source: "test-" + string(kind), Published: epoch, Modified: epoch, Status: "Active"}
	for _, c := range changes {
		c(&r)
	}
	if r.Body == nil {
		r.Body = entryBody(&r)
	}
	return r
}

// entryBody has the envelope and the texts, as titles.
func entryBody(r *vuln.Record) []byte {
	type title struct {
		Title string `json:"title"`
	}
	doc := struct {
		Name, Status string
		Modified     time.Time
		Titles       []title `json:"titles"`
		Links        []vuln.Link
	}{r.ID, r.Status, r.Modified, nil, r.Facts.Links}
	for _, t := range r.Text {
		doc.Titles = append(doc.Titles, title{t.Value})
	}
	b, err := json.Marshal(doc)
	if err != nil {
		panic(err) // nothing in it can fail
	}
	return b
}

// Entries makes records of the other kinds, the same for the same seed: n of
// NVD's, and some that are none of NVD's.
func Entries(n int, seed uint64) []vuln.Record {
	return append(nvdEntries(n, seed), Prose(n/4, seed)...)
}

func nvdEntries(n int, seed uint64) []vuln.Record {
	rnd := rand.New(rand.NewPCG(seed, 2))
	vendors := []string{"vendor1", "vendor2", `acme\&sons`, "*", "ven*"}
	out := make([]vuln.Record, 0, n)
	for i := range n {
		when := func(r *vuln.Record) {
			r.Published = epoch.Add(time.Duration(rnd.IntN(9)) * time.Hour)
			r.Modified = r.Published.Add(time.Duration(rnd.IntN(50)) * time.Hour)
			r.Text = []vuln.Text{{Lang: "en", Value: lexicon[rnd.IntN(len(lexicon))] + " " + lexicon[rnd.IntN(len(lexicon))]}}
		}
		name := fmt.Sprintf("cpe:2.3:%s:%s:product%d:%d.%d:*:*:*:*:*:*:*", []string{"a", "o", "h"}[rnd.IntN(3)], vendors[rnd.IntN(3)], i%7, i, rnd.IntN(3))
		switch i % 4 {
		case 0, 1:
			out = append(out, entry(vuln.KindCPE, name, when, func(r *vuln.Record) {
				r.Status = []string{"Active", "Deprecated"}[rnd.IntN(2)]
				r.Facts.Aliases = []string{uuid(1, i)}
				r.Facts.Platform = &vuln.MatchCriteria{Criteria: name}
				if i > 8 && rnd.IntN(3) == 0 {
					r.Facts.Links = []vuln.Link{{Kind: vuln.KindCPE, ID: out[0].ID, Rule: "deprecatedBy"}}
				}
			}))
		case 2:
			criteria := fmt.Sprintf("cpe:2.3:a:%s:product%d:*:*:*:*:*:*:*:*", vendors[rnd.IntN(len(vendors))], i%7)
			out = append(out, entry(vuln.KindMatchCriteria, uuid(2, i), when, func(r *vuln.Record) {
				r.Status = []string{"Active", "Inactive"}[rnd.IntN(2)]
				r.Facts.Platform = &vuln.MatchCriteria{ID: r.ID, Criteria: criteria, VersionEndExcluding: "9"}
			}))
		case 3:
			out = append(out, entry(vuln.KindCVEChange, uuid(3, i), when, func(r *vuln.Record) {
				r.Status, r.SourceIdentifier = "Initial Analysis", people[i%2]
				r.Facts.SourceIdentifiers = []string{r.SourceIdentifier}
				r.Facts.Links = []vuln.Link{{Kind: vuln.KindCVE, ID: fmt.Sprintf("CVE-2024-%04d", i%9), Rule: "cveId"}}
			}))
		}
	}
	return append(out,
		entry(vuln.KindNVDSource, "nvd@nist.gov", func(r *vuln.Record) { r.Facts.Aliases = []string{"NIST", uuid(4, 1)} }),
		entry(vuln.KindNVDSource, "cve@mitre.org", func(r *vuln.Record) { r.Facts.Aliases = []string{"MITRE"} }),
		entry("another", "nvd@nist.gov"))
}

// entryFilters are queries about them.
func entryFilters() []store.Query {
	platform := func(text string) *cpe.Name {
		name, err := cpe.ParseLenient(text)
		if err != nil {
			panic(err) // a constant
		}
		return &name
	}
	var out []store.Query
	for _, kind := range []vuln.Kind{vuln.KindCPE, vuln.KindMatchCriteria, vuln.KindNVDSource, vuln.KindCVEChange, "another", "none"} {
		for _, q := range []store.Query{
			{},
			{Order: store.ByID, Offset: 2, Limit: 3},
			{Order: store.ByModifiedDesc, Limit: 4},
			{Modified: store.Span{From: epoch.Add(3 * time.Hour), To: epoch.Add(20 * time.Hour)}},
			{Published: store.Span{To: epoch.Add(2 * time.Hour)}},
			{Statuses: []string{"Deprecated", "Inactive"}},
			{NotStatuses: []string{"Active"}},
			{Aliases: []string{uuid(1, 4), "nist"}},
			{Aliases: []string{strings.ToLower(uuid(1, 5))}},
			{Aliases: []string{uuid(2, 2)}}, // the name of a record, not an alias
			{Aliases: []string{uuid(4, 1), "none"}},
			{LinksTo: &vuln.Link{Kind: vuln.KindCVE, ID: "CVE-2024-0003"}},
			{LinksTo: &vuln.Link{Kind: vuln.KindCPE, ID: "CVE-2024-0003"}},
			{Vendor: "vendor1"},
			{Vendor: "Vendor2", Product: "product3"},
			{Product: "product5"},
			{Vendor: `acme\&sons`},
			{Platform: platform("cpe:2.3:*:vendor1")},
			{Platform: platform("cpe:2.3:a:vendor1:product2")},
			{Platform: platform("cpe:2.3:a:ven*:product?")},
			{Platform: platform(`cpe:2.3:*:acme\&sons:*:13.1`)},
			{Platform: platform("cpe:2.3:*:*:*:*:*:*:de")},
			{Platform: platform("cpe:2.3:o")},
			{SourceIdentifier: people[1]},
			{Words: []string{"over"}},
			{Phrase: "buffer overflow"},
			{CWE: "CWE-79"},
			{InKEV: true},
			{Criteria: []string{"1"}},
			{NoCriteria: true},
		} {
			q.Kind = kind
			out = append(out, q)
		}
	}
	return out
}

// checkEntries: records of every kind are kept apart and found by what they are.
func checkEntries(t trial, s store.Store) {
	records := append(Records(t.size(60, 20), 4), Entries(t.size(120, 60), 5)...)
	apply(t, s, 1, records[:len(records)/3]...)
	apply(t, s, 2, records[len(records)/3:]...)
	for _, q := range append(entryFilters(), filters()...) {
		compare(t, s, records, q)
	}
	for _, r := range records {
		if got := mustGet(t, s, r.Kind, r.ID); string(got.Body) != string(r.Body) || got.Source != r.Source || got.Status != r.Status || !got.Modified.Equal(r.Modified) {
			t.Errorf("Get(%s, %s) = %+v", r.Kind, r.ID, got)
		}
	}
	if o := apply(t, s, 3, records...); o.Unchanged != len(records) {
		t.Errorf("applied again: %+v", o)
	}
}

// checkEntryVersions: what hangs on a record goes with its version.
func checkEntryVersions(t trial, s store.Store) {
	alias := func(names ...string) change { return func(r *vuln.Record) { r.Facts.Aliases = names } }
	links := func(ids ...string) change {
		return func(r *vuln.Record) {
			for _, id := range ids {
				r.Facts.Links = append(r.Facts.Links, vuln.Link{Kind: vuln.KindCVE, ID: id, Rule: "names"})
			}
		}
	}
	for _, kind := range []vuln.Kind{vuln.KindNVDSource, vuln.KindCPE, vuln.KindMatchCriteria, vuln.KindCWE, vuln.KindEPSS} {
		older := entry(kind, "it", alias("one", "both"), links("CVE-2024-0001"), text("old words"))
		newer := entry(kind, "it", alias("two", "both"), links("CVE-2024-0002", "CVE-2024-0003"), text("new words"), modified(epoch.Add(time.Hour)))
		apply(t, s, 1, older)
		if o := apply(t, s, 2, newer); o.Changed != 1 {
			t.Errorf("%s: a newer version: %+v", kind, o)
		}
		if o := apply(t, s, 3, older); o.Older != 1 {
			t.Errorf("%s: an older version: %+v", kind, o)
		}
		for _, q := range []store.Query{
			{Aliases: []string{"one"}},
			{Aliases: []string{"TWO"}},
			{Aliases: []string{"both"}},
			{Words: []string{"old"}},
			{Words: []string{"new"}},
			{Phrase: "new words"},
			{LinksTo: &vuln.Link{Kind: vuln.KindCVE, ID: "CVE-2024-0001"}},
			{LinksTo: &vuln.Link{Kind: vuln.KindCVE, ID: "CVE-2024-0003"}},
		} {
			q.Kind = kind
			compare(t, s, []vuln.Record{newer}, q)
		}
		versions, err := s.Versions(t.Context(), kind, "it")
		if err != nil || len(versions) != 2 || string(versions[0].Record.Body) != string(older.Body) || string(versions[1].Record.Body) != string(newer.Body) {
			t.Errorf("%s: versions %+v, %v", kind, versions, err)
		}
	}
}

// checkEntryBulk loads each kind in bulk while others are held.
func checkEntryBulk(t trial, s store.Store) {
	loader, ok := s.(store.BulkLoader)
	if !ok {
		return
	}
	records := append(Records(t.size(40, 20), 8), Entries(t.size(200, 60), 9)...)
	first, again := len(records)*5/8, len(records)*2/5
	kinds := []vuln.Kind{vuln.KindCPE, vuln.KindCVE, vuln.KindMatchCriteria, vuln.KindNVDSource, vuln.KindCWE, vuln.KindEPSS, vuln.KindMSRC}
	for _, kind := range kinds {
		if err := loader.BeginBulk(t.Context(), kind); err != nil {
			t.Fatalf("BeginBulk of %s: %v", kind, err)
		}
	}
	apply(t, s, 1, records[:first]...)
	if o := apply(t, s, 2, records[again:]...); o.Unchanged != first-again || o.Added != len(records)-first {
		t.Errorf("what came twice: %+v", o)
	}
	if err := loader.EndBulk(t.Context(), vuln.KindCPE); err != nil {
		t.Fatalf("EndBulk: %v", err)
	}
	if o := apply(t, s, 3, records...); o.Unchanged != len(records) {
		t.Errorf("applied again: %+v", o)
	}
	for _, kind := range kinds {
		if err := loader.EndBulk(t.Context(), kind); err != nil {
			t.Fatalf("EndBulk of %s: %v", kind, err)
		}
	}
	for _, q := range slices.Concat(entryFilters(), filters(), proseFilters()) {
		compare(t, s, records, q)
	}
	if d := cmp.Diff(find(records, store.Query{Kind: vuln.KindCPE}), list(t, s, store.Query{Kind: vuln.KindCPE})); d != "" {
		t.Errorf("CPE names (-want +got):\n%s", d)
	}
}

func mustGet(t T, s store.Reader, kind vuln.Kind, id string) vuln.Record {
	t.Helper()
	r, err := s.Get(t.Context(), kind, id)
	if err != nil {
		t.Fatalf("Get(%s, %s): %v", kind, id, err)
	}
	return r
}
