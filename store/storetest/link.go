package storetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// linker is the store as one that follows links; the check ends without.
func linker(t trial, s store.Store) store.Linker {
	t.Helper()
	l, ok := s.(store.Linker)
	if !ok {
		t.Skipf("the store follows no links: it is no store.Linker")
	}
	return l
}

// linksAmong gives the links that q should yield. It is the meaning of
// store.LinkQuery, written for clearness alone.
func linksAmong(records []vuln.Record, q store.LinkQuery) []store.Link {
	var out []store.Link
	from, to, kinds := set(q.From), set(q.To), set(q.Kinds)
	sorted := slices.SortedFunc(slices.Values(records), func(a, b vuln.Record) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	for _, r := range sorted {
		if r.Kind == vuln.KindCVE || !r.Withdrawn.IsZero() {
			continue
		}
		for _, l := range r.Facts.Links {
			link := store.Link{From: refOf(&r), To: store.Ref{Kind: l.Kind, ID: l.ID}, Rule: l.Rule, Source: r.Source}
			wanted, other := from[link.From], link.To.Kind
			if len(q.From) == 0 {
				wanted, other = to[link.To], link.From.Kind
			}
			if wanted && (len(q.Kinds) == 0 || kinds[other]) {
				out = append(out, link)
			}
		}
	}
	return out
}

func refOf(r *vuln.Record) store.Ref { return store.Ref{Kind: r.Kind, ID: r.ID} }

func set[T comparable](list []T) map[T]bool {
	out := make(map[T]bool, len(list))
	for _, x := range list {
		out[x] = true
	}
	return out
}

func compareLinks(t T, l store.Linker, records []vuln.Record, q store.LinkQuery) {
	t.Helper()
	var got []store.Link
	for link, err := range l.Links(t.Context(), q) {
		if err != nil {
			t.Fatalf("Links: %v", err)
		}
		got = append(got, link)
	}
	want := linksAmong(records, q)
	if !slices.Equal(want, got) {
		t.Errorf("links from %s to %s of kinds %v (-want +got):\n%.3000s", few(q.From), few(q.To), q.Kinds, gocmp.Diff(want, got))
	}
}

// few spells some references.
func few(refs []store.Ref) string {
	if len(refs) <= 6 {
		return fmt.Sprint(refs)
	}
	return fmt.Sprintf("%v and %d more", refs[:6], len(refs)-6)
}

// endsOf has both ends of all links, each once, and those that have none.
func endsOf(records []vuln.Record) []store.Ref {
	var refs []store.Ref
	for _, r := range records {
		refs = append(refs, refOf(&r))
		for _, l := range r.Facts.Links {
			refs = append(refs, store.Ref{Kind: l.Kind, ID: l.ID})
		}
	}
	slices.SortFunc(refs, func(a, b store.Ref) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Kind, b.Kind)) })
	return slices.Compact(refs)
}

// oddLinks are records whose identifiers have all that may go wrong in one.
func oddLinks() []vuln.Record {
	ids := []string{`it's`, `a"b\c`, "100%_", "VU#1", "vu#1", "d3f:Ä", "任意", "a,b", "[1]", "{}", " ", "$1", "CWE-7", "CWE-79", "a b"}
	out := make([]vuln.Record, len(ids))
	for i, id := range ids {
		out[i] = entry(vuln.KindCERTCC, id, func(r *vuln.Record) {
			r.Title = "of " + id
			r.Facts.Links = []vuln.Link{
				{Kind: vuln.KindCERTCC, ID: ids[(i+1)%len(ids)], Rule: id},
				{Kind: "another", ID: ids[(i+1)%len(ids)], Rule: "zz"},
				{Kind: vuln.KindCERTCC, ID: ids[(i+1)%len(ids)], Rule: "again"},
				{Kind: vuln.KindCERTCC, ID: ids[(i+1)%len(ids)], Rule: "again"},
			}
		})
	}
	return out
}

// checkLinks: links are followed in both directions, from and to many at once.
func checkLinks(t trial, s store.Store) {
	l := linker(t, s)
	compareLinks(t, l, nil, store.LinkQuery{From: []store.Ref{{Kind: vuln.KindCWE, ID: "CWE-79"}}})
	compareLinks(t, l, nil, store.LinkQuery{To: []store.Ref{{Kind: vuln.KindCWE, ID: "CWE-79"}}})
	records := slices.Concat(Records(20, 30), nvdEntries(t.size(120, 40), 31), Prose(t.size(900, 90), 32), oddLinks(),
		[]vuln.Record{record(2024, 9000, func(r *vuln.Record) { // links of CVE records are other facts
			r.Facts.Links = []vuln.Link{{Kind: vuln.KindCWE, ID: "CWE-0", Rule: "no"}}
		})})
	apply(t, s, 1, records[:len(records)/2]...)
	apply(t, s, 2, records[len(records)/2:]...)
	refs := endsOf(records)
	twice := append(append([]store.Ref{{Kind: "none", ID: "none"}, {Kind: vuln.KindCWE, ID: "cwe-0"}}, refs...), refs...)
	for _, kinds := range [][]vuln.Kind{nil, {vuln.KindCWE}, {vuln.KindCVE, vuln.KindEPSS, "none"}, {vuln.KindCERTCC, vuln.KindCPE, "another"}, {"none"}} {
		compareLinks(t, l, records, store.LinkQuery{From: twice, Kinds: kinds})
		compareLinks(t, l, records, store.LinkQuery{To: twice, Kinds: kinds})
		for i := 0; i < len(refs); i += t.size(41, 29) {
			some := refs[i:min(i+1+i%4, len(refs))]
			compareLinks(t, l, records, store.LinkQuery{From: some, Kinds: kinds})
			compareLinks(t, l, records, store.LinkQuery{To: some, Kinds: kinds})
		}
	}
	for range l.Links(t.Context(), store.LinkQuery{From: refs}) {
		break // leaves nothing open
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	failed := false
	for _, err := range l.Links(ctx, store.LinkQuery{From: refs}) {
		failed = failed || err != nil
	}
	if !failed {
		t.Errorf("Links with a cancelled context gave no error")
	}
}

// checkLinkVersions: links are those of current versions, of records that
// upstream still has, under the source the records belong to.
func checkLinkVersions(t trial, s store.Store) {
	l := linker(t, s)
	leads := func(ids ...string) change {
		return func(r *vuln.Record) {
			for _, id := range ids {
				r.Facts.Links = append(r.Facts.Links, vuln.Link{Kind: vuln.KindATTACK, ID: id, Rule: "leads"})
			}
		}
	}
	refs := []store.Ref{{Kind: vuln.KindCWE, ID: "it"}, {Kind: vuln.KindEPSS, ID: "it"}, {Kind: vuln.KindCWE, ID: "other"}}
	ends := []store.Ref{{Kind: vuln.KindATTACK, ID: "T1"}, {Kind: vuln.KindATTACK, ID: "T2"}, {Kind: vuln.KindATTACK, ID: "T3"}}
	check := func(what string, records ...vuln.Record) {
		t.Helper()
		for _, q := range []store.LinkQuery{{From: refs}, {To: ends}, {To: ends[:1]}, {To: ends[2:], Kinds: []vuln.Kind{vuln.KindCWE}}} {
			compareLinks(t, l, records, q)
		}
		if got := linksAmong(records, store.LinkQuery{From: refs}); len(got) == 0 && len(records) > 1 {
			t.Fatalf("%s: nothing was compared", what)
		}
	}
	other := entry(vuln.KindCWE, "other", leads("T1", "T3"))
	apply(t, s, 1, other)
	for _, kind := range []vuln.Kind{vuln.KindCWE, vuln.KindEPSS} {
		hour := func(n int) change { return modified(epoch.Add(time.Duration(n) * time.Hour)) }
		first := entry(kind, "it", leads("T1", "T2"))
		first.Source = "one"
		second := entry(kind, "it", leads("T2", "T3"), hour(1))
		second.Source = "one"
		apply(t, s, 2, first)
		check("a first version", other, first)
		apply(t, s, 3, second)
		check("a second version", other, second)
		apply(t, s, 4, first)
		check("an older version", other, second)
		rescored := second // nothing but its date and body changed
		rescored.Modified, rescored.Title, rescored.Body = epoch.Add(90*time.Minute), "rescored", []byte(`{"rescored":1}`)
		apply(t, s, 5, rescored)
		check("another body", other, rescored)
		moved := rescored
		moved.Source = "two"
		apply(t, s, 6, moved)
		check("the same of another source", other, moved)
		w := store.Withdrawal{Kind: kind, Source: "two", At: epoch.AddDate(0, 0, 1), UpTo: epoch.AddDate(1, 0, 0), Keep: func(id string) bool { return id != "it" }}
		if n, err := s.Withdraw(t.Context(), w); n != 1 || err != nil {
			t.Fatalf("Withdraw: %d, %v", n, err)
		}
		check("upstream has it no longer", other)
		apply(t, s, 7, moved)
		check("upstream has it again", other, moved)
		if n, err := s.Withdraw(t.Context(), w); n != 1 || err != nil {
			t.Fatalf("Withdraw: %d, %v", n, err)
		}
		newer := entry(kind, "it", leads("T1"), hour(2))
		newer.Source = "two"
		apply(t, s, 8, newer)
		check("upstream has another", other, newer)
		bare := entry(kind, "it", hour(3))
		bare.Source = "two"
		apply(t, s, 9, bare)
		check("it leads nowhere", other, bare)
	}
}

// checkLinkSnapshot: a snapshot follows links as they were.
func checkLinkSnapshot(t trial, s store.Store) {
	l := linker(t, s)
	leads := func(id string) change {
		return func(r *vuln.Record) {
			r.Title = "leads to " + id
			r.Facts.Links = []vuln.Link{{Kind: vuln.KindATTACK, ID: id, Rule: "leads"}}
		}
	}
	before := entry(vuln.KindCWE, "it", leads("T1"))
	after := entry(vuln.KindCWE, "it", leads("T2"), modified(epoch.Add(time.Hour)))
	later := entry(vuln.KindCWE, "later", leads("T1"))
	apply(t, s, 1, before)
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatalf("Snapshot: %v", err)
	}
	defer snap.Close()
	frozen, ok := snap.(store.Linker)
	if !ok {
		t.Fatalf("the store follows links, but its snapshots do not")
	}
	apply(t, s, 2, after, later)
	to := store.LinkQuery{To: []store.Ref{{Kind: vuln.KindATTACK, ID: "T1"}, {Kind: vuln.KindATTACK, ID: "T2"}}}
	from := store.LinkQuery{From: []store.Ref{{Kind: vuln.KindCWE, ID: "it"}, {Kind: vuln.KindCWE, ID: "later"}}}
	for _, q := range []store.LinkQuery{to, from} {
		compareLinks(t, frozen, []vuln.Record{before}, q)
		compareLinks(t, l, []vuln.Record{after, later}, q)
	}
	compareTitles(t, frozen, []vuln.Record{before}, from.From)
	compareTitles(t, l, []vuln.Record{after, later}, from.From)
}

func compareTitles(t T, l store.Linker, records []vuln.Record, refs []store.Ref) {
	t.Helper()
	want, wanted := map[store.Ref]string{}, set(refs)
	for _, r := range records {
		if ref := refOf(&r); r.Title != "" && wanted[ref] {
			want[ref] = r.Title
		}
	}
	got, err := l.Titles(t.Context(), refs)
	if err != nil {
		t.Fatalf("Titles: %v", err)
	}
	if d := gocmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("titles of %d records (-want +got):\n%.3000s", len(refs), d)
	}
}

// checkTitles: titles are kept with the current version, also of what is
// withdrawn.
func checkTitles(t trial, s store.Store) {
	records := slices.Concat(Records(5, 33), nvdEntries(40, 34), Prose(t.size(700, 80), 35), oddLinks())
	apply(t, s, 1, records...)
	for i := range records {
		r := &records[i]
		if r.Title == "" || i%5 > 0 {
			continue
		}
		r.Modified, r.Title = r.Modified.Add(time.Hour), strings.ToUpper(r.Title)
		if i%2 == 0 {
			r.Title = ""
		}
		r.Body = append(slices.Clone(r.Body), ' ')
	}
	apply(t, s, 2, records...)
	w := store.Withdrawal{Kind: vuln.KindCWE, Source: "test-cwe", At: epoch.AddDate(1, 0, 0), UpTo: epoch.AddDate(1, 0, 0), Keep: func(id string) bool { return odd(id) }}
	if n, err := s.Withdraw(t.Context(), w); n == 0 || err != nil {
		t.Fatalf("Withdraw: %d, %v", n, err)
	}
	for _, r := range records {
		if got := mustGet(t, s, r.Kind, r.ID); got.Title != r.Title {
			t.Errorf("Get: title of %s %s is %q, want %q", r.Kind, r.ID, got.Title, r.Title)
		}
	}
	versions, err := s.Versions(t.Context(), vuln.KindD3FEND, "d3f:Thing4")
	if err != nil {
		t.Fatalf("Versions: %v", err)
	}
	for _, v := range versions {
		if v.Record.Title != "" {
			t.Errorf("a version has the title %q", v.Record.Title)
		}
	}
	l := linker(t, s)
	refs := append(endsOf(records), store.Ref{Kind: vuln.KindCWE, ID: "cwe-0"}, store.Ref{Kind: "none", ID: "CWE-0"})
	compareTitles(t, l, records, nil)
	compareTitles(t, l, records, append(refs, refs...))
	for i := 0; i < len(refs); i += t.size(41, 29) {
		compareTitles(t, l, records, refs[i:min(i+1+i%4, len(refs))])
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Titles(ctx, refs); err == nil {
		t.Errorf("Titles with a cancelled context gave no error")
	}
}
