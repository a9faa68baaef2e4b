package postgres_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// linked is a record with a title and links.
func linked(kind vuln.Kind, id, title string, links ...vuln.Link) vuln.Record {
	return vuln.Record{
		Kind: kind, ID: id, Source: string(kind), Title: title, Modified: time.UnixMilli(1).UTC(),
		Facts: vuln.Facts{Links: links},
		Text:  []vuln.Text{{Lang: "en", Value: "What " + title + " is about"}},
		Body:  fmt.Appendf(nil, `{"id":%q,"title":%q,"links":%d}`, id, title, len(links)),
	}
}

func applied(t *testing.T, s store.Writer, o store.Origin, records ...vuln.Record) store.Outcome {
	t.Helper()
	o.Source, o.Filename = "test", "f"
	out, err := s.Apply(t.Context(), &store.Batch{Origin: o, Records: records})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// edges are what follows from q, as "from > to (rule, source)".
func edges(t *testing.T, l store.Linker, q store.LinkQuery) (out []string) {
	t.Helper()
	for link, err := range l.Links(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s %s > %s %s (%s, %s)", link.From.Kind, link.From.ID, link.To.Kind, link.To.ID, link.Rule, link.Source))
	}
	return out
}

func wantEdges(t *testing.T, l store.Linker, q store.LinkQuery, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, edges(t, l, q)); d != "" {
		t.Errorf("%v (-want +got):\n%s", q, d)
	}
}

func TestLinks(t *testing.T) {
	s := empty(t)
	defer closed(t, s)
	to := func(kind vuln.Kind, id, rule string) vuln.Link { return vuln.Link{Kind: kind, ID: id, Rule: rule} }
	weakness := linked(vuln.KindCWE, "CWE-79", "XSS", to(vuln.KindCWE, "CWE-74", "ChildOf"), to(vuln.KindCAPEC, "CAPEC-63", "pattern"), to(vuln.KindCWE, "CWE-74", "PeerOf"))
	pattern := linked(vuln.KindCAPEC, "CAPEC-63", "Cross-Site Scripting", to(vuln.KindCWE, "CWE-79", "weakness"))
	applied(t, s, store.Origin{}, weakness, pattern,
		linked(vuln.KindCVE, "CVE-2024-0001", "", to(vuln.KindCWE, "CWE-79", "of CVE")),
		linked(vuln.KindKEV, "CVE-2024-0001", "Exploited", to(vuln.KindCVE, "CVE-2024-0001", "cveID"), to(vuln.KindCWE, "CWE-79", "cwes")))
	ref := func(kind vuln.Kind, id string) store.Ref { return store.Ref{Kind: kind, ID: id} }
	from79 := []string{"cwe CWE-79 > cwe CWE-74 (ChildOf, cwe)", "cwe CWE-79 > capec CAPEC-63 (pattern, cwe)", "cwe CWE-79 > cwe CWE-74 (PeerOf, cwe)"}
	frozen, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, frozen)
	for _, l := range []store.Linker{s, frozen.(store.Linker)} {
		wantEdges(t, l, store.LinkQuery{})
		wantEdges(t, l, store.LinkQuery{From: []store.Ref{ref(vuln.KindCWE, "CWE-79"), ref(vuln.KindCWE, "CWE-79"), ref(vuln.KindCWE, "a\x00b")}}, from79...)
		wantEdges(t, l, store.LinkQuery{From: []store.Ref{ref(vuln.KindCWE, "CWE-79")}, Kinds: []vuln.Kind{vuln.KindCAPEC, "none"}}, from79[1])
		wantEdges(t, l, store.LinkQuery{To: []store.Ref{ref(vuln.KindCWE, "CWE-79"), ref(vuln.KindCVE, "CVE-2024-0001")}},
			"capec CAPEC-63 > cwe CWE-79 (weakness, capec)", "kev CVE-2024-0001 > cve CVE-2024-0001 (cveID, kev)", "kev CVE-2024-0001 > cwe CWE-79 (cwes, kev)")
		wantEdges(t, l, store.LinkQuery{To: []store.Ref{ref(vuln.KindCWE, "CWE-79")}, Kinds: []vuln.Kind{vuln.KindKEV}}, "kev CVE-2024-0001 > cwe CWE-79 (cwes, kev)")
		wantEdges(t, l, store.LinkQuery{From: []store.Ref{ref(vuln.KindCVE, "CVE-2024-0001")}})
		titles, err := l.Titles(t.Context(), []store.Ref{ref(vuln.KindCWE, "CWE-79"), ref(vuln.KindCVE, "CVE-2024-0001"), ref(vuln.KindKEV, "CVE-2024-0001"), ref(vuln.KindCWE, "CWE-74")})
		if d := cmp.Diff(map[store.Ref]string{ref(vuln.KindCWE, "CWE-79"): "XSS", ref(vuln.KindKEV, "CVE-2024-0001"): "Exploited"}, titles); d != "" || err != nil {
			t.Errorf("titles: %v (-want +got):\n%s", err, d)
		}
	}
	// Links go with the version, and with the record.
	weakness.Facts.Links, weakness.Modified, weakness.Body = weakness.Facts.Links[1:2], weakness.Modified.Add(time.Hour), []byte(`{"newer":1}`)
	if o := applied(t, s, store.Origin{}, weakness); o.Changed != 1 {
		t.Errorf("%+v", o)
	}
	wantEdges(t, s, store.LinkQuery{From: []store.Ref{ref(vuln.KindCWE, "CWE-79")}}, from79[1])
	if _, err := s.Withdraw(t.Context(), store.Withdrawal{Kind: vuln.KindCWE, Source: "cwe", At: time.Now(), UpTo: time.Now(), Keep: func(string) bool { return false }}); err != nil {
		t.Fatal(err)
	}
	wantEdges(t, s, store.LinkQuery{From: []store.Ref{ref(vuln.KindCWE, "CWE-79")}})
	wantEdges(t, frozen.(store.Linker), store.LinkQuery{From: []store.Ref{ref(vuln.KindCWE, "CWE-79")}}, from79...)
	if d := cmp.Diff([][]any{{"capec", "CAPEC-63", "cwe", "CWE-79", "weakness", "capec"}}, asked(t, s, "SELECT * FROM links WHERE from_kind = 'capec'")); d != "" {
		t.Errorf("links of people's (-want +got):\n%s", d)
	}
	want := [][]any{{"CWE-79", "XSS", `{"newer": 1}`}}
	if d := cmp.Diff(want, asked(t, s, "SELECT id, title, body FROM records WHERE kind = 'cwe' AND withdrawn IS NOT NULL")); d != "" {
		t.Errorf("records of people's (-want +got):\n%s", d)
	}
}

// TestReadAgain: what a later program reads in a body that did not change is
// taken over, whether or not the same batch has a version after it.
func TestReadAgain(t *testing.T) {
	s := empty(t)
	defer closed(t, s)
	link := vuln.Link{Kind: vuln.KindCVE, ID: "CVE-2024-0001", Rule: "cve"}
	was := linked(vuln.KindCWE, "CWE-1", "")
	read := was
	read.Title, read.Facts.Links = "Title", []vuln.Link{link}
	next := read
	next.Body, next.Modified, next.Title = []byte(`{"next":true}`), read.Modified.Add(1e9), "Next"
	from := store.LinkQuery{From: []store.Ref{{Kind: vuln.KindCWE, ID: "CWE-1"}}}
	applied(t, s, store.Origin{}, was)
	if o := applied(t, s, store.Origin{}, read, read); o.Unchanged != 2 {
		t.Errorf("%+v", o)
	}
	wantEdges(t, s, from, "cwe CWE-1 > cve CVE-2024-0001 (cve, cwe)")
	if got, err := s.Get(t.Context(), vuln.KindCWE, "CWE-1"); err != nil || got.Title != "Title" {
		t.Errorf("%q, %v", got.Title, err)
	}
	applied(t, s, store.Origin{}, was)
	wantEdges(t, s, from)
	applied(t, s, store.Origin{}, read, next)
	wantEdges(t, s, from, "cwe CWE-1 > cve CVE-2024-0001 (cve, cwe)")
	if got, err := s.Get(t.Context(), vuln.KindCWE, "CWE-1"); err != nil || got.Title != "Next" {
		t.Errorf("%q, %v", got.Title, err)
	}
}

// TestForgets: what was said yesterday is left to the archive, in whatever order
// it comes.
func TestForgets(t *testing.T) {
	s := empty(t)
	defer closed(t, s)
	daily := store.Origin{Replaces: true, Forgets: true}
	day := func(n int) vuln.Record {
		r := linked(vuln.KindEPSS, "CVE-2024-0001", fmt.Sprint("EPSS ", n), vuln.Link{Kind: vuln.KindCVE, ID: "CVE-2024-0001", Rule: "cve"})
		r.Modified = r.Modified.AddDate(0, 0, n)
		return r
	}
	applied(t, s, daily, day(1))
	for _, n := range []int{3, 2} {
		if o := applied(t, s, daily, day(9), day(n)); o.Changed != 2 {
			t.Errorf("%+v", o)
		}
		got, err := s.Versions(t.Context(), vuln.KindEPSS, "CVE-2024-0001")
		if err != nil || len(got) != 1 || string(got[0].Record.Body) != string(day(n).Body) {
			t.Errorf("versions %v, %v", got, err)
		}
	}
	applied(t, s, store.Origin{}, day(4))
	if got, err := s.Versions(t.Context(), vuln.KindEPSS, "CVE-2024-0001"); err != nil || len(got) != 2 {
		t.Errorf("versions %v, %v", got, err)
	}
}

// TestPhrasesOfOtherKinds: what the body of a weakness looks like is not known
// here, and phrases are found all the same.
func TestPhrasesOfOtherKinds(t *testing.T) {
	s := empty(t)
	defer closed(t, s)
	applied(t, s, store.Origin{}, linked(vuln.KindCWE, "CWE-1", "path traversal"), linked(vuln.KindCWE, "CWE-2", "traversal path"))
	find := func(q store.Query) (out []string) {
		q.Kind = vuln.KindCWE
		for r, err := range s.List(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, r.ID+" "+r.Title)
		}
		return out
	}
	for _, c := range []struct {
		q    store.Query
		want []string
	}{
		{store.Query{Phrase: "Path traversal"}, []string{"CWE-1 path traversal"}},
		{store.Query{Words: []string{"trav", "path"}}, []string{"CWE-1 path traversal", "CWE-2 traversal path"}},
		{store.Query{Phrase: "path about"}, nil},
	} {
		if d := cmp.Diff(c.want, find(c.q)); d != "" {
			t.Errorf("%+v (-want +got):\n%s", c.q, d)
		}
	}
	applied(t, s, store.Origin{}, linked(vuln.Kind(`it's \ odd`), "1", "traversal"), linked(vuln.KindCAPEC, "CAPEC-1", "path traversal"))
	for kind, want := range map[vuln.Kind]int{`it's \ odd`: 1, vuln.KindCAPEC: 1, vuln.KindCWE: 2, vuln.KindCVE: 0, vuln.Kind(strings.Repeat("'", 3000)): 0} {
		for _, word := range []string{"traversal", "a", "cap", "odd"} {
			d, err := s.Digest(t.Context(), store.Query{Kind: kind, Words: []string{word}})
			if word == "cap" || word == "odd" { // kinds are no words
				want = 0
			}
			if err != nil || d.Count != want {
				t.Errorf("%.20s, %s: %d records, want %d, %v", kind, word, d.Count, want, err)
			}
		}
	}
	// The same words in another order are another text.
	r := linked(vuln.KindCWE, "CWE-2", "traversal path")
	r.Text[0].Value, r.Modified, r.Body = "What path is traversal about", r.Modified.Add(1e9), []byte(`{}`)
	applied(t, s, store.Origin{}, r)
	if d := cmp.Diff([]string{"CWE-2 traversal path"}, find(store.Query{Phrase: "traversal about"})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
