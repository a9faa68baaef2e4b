package storetest

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// content is everything that a store says it holds, a line for each thing.
type content []string

func (c *content) add(format string, args ...any) { *c = append(*c, fmt.Sprintf(format, args...)) }

func (c *content) record(r *vuln.Record) {
	c.add("record %v, title %q, withdrawn %s, best %v", described(r), r.Title, vuln.FormatTime(r.Withdrawn), r.Facts.Best)
}

func (c *content) version(i int, v *store.Version) {
	c.add("version %d %v, seen %s in %v", i, described(&v.Record), vuln.FormatTime(v.Seen), v.Origin)
}

func described(r *vuln.Record) string {
	return fmt.Sprintf("%s %q of %s: published %s, modified %s, %q by %s, converted %v, body %x", r.Kind, r.ID, r.Source,
		vuln.FormatTime(r.Published), vuln.FormatTime(r.Modified), r.Status, r.SourceIdentifier, r.Converted, sha256.Sum256(r.Body))
}

// diff says what one has and the other has not, or "".
func (c content) diff(got content) string {
	var out strings.Builder
	lines := map[string]int{}
	for _, l := range c {
		lines[l]++
	}
	for _, l := range got {
		lines[l]--
	}
	for _, l := range slices.Sorted(maps.Keys(lines)) {
		if n := lines[l]; n != 0 && out.Len() < 4000 {
			fmt.Fprintf(&out, "%+d %s\n", -n, l)
		}
	}
	return out.String()
}

type name struct {
	Kind vuln.Kind
	ID   string
}

func nameOf(r *vuln.Record) name { return name{r.Kind, r.ID} }

// everyKind is the kinds that Records and Entries are of.
var everyKind = []vuln.Kind{
	vuln.KindCVE, vuln.KindCPE, vuln.KindMatchCriteria, vuln.KindNVDSource, vuln.KindCVEChange, "another",
	vuln.KindCWE, vuln.KindATTACK, vuln.KindEPSS, vuln.KindMSRC, vuln.KindD3FEND, vuln.KindCERTCC,
}

// contentOf reads all of a store, as of one moment.
func contentOf(t T, s store.Store) content {
	t.Helper()
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatalf("Snapshot: %v", err)
	}
	defer snap.Close()
	return contentSeen(t, snap)
}

func contentSeen(t T, r store.Reader) (c content) {
	t.Helper()
	for _, kind := range everyKind {
		for rec, err := range r.List(t.Context(), store.Query{Kind: kind, Order: store.ByID, Withdrawn: true}) {
			if err != nil {
				t.Fatalf("List: %v", err)
			}
			c.record(&rec)
			versions, err := r.Versions(t.Context(), kind, rec.ID)
			if err != nil {
				t.Fatalf("Versions of %s: %v", rec.ID, err)
			}
			for i := range versions {
				c.version(i, &versions[i])
			}
		}
	}
	origins, err := r.Origins(t.Context())
	if err != nil {
		t.Fatalf("Origins: %v", err)
	}
	for _, o := range origins {
		c.add("file %v", o)
	}
	sources, err := r.Sources(t.Context())
	if err != nil {
		t.Fatalf("Sources: %v", err)
	}
	for _, s := range sources {
		c.add("source %v", s)
	}
	return c
}

// ledger is what a store should hold that was given batches, worked out in the
// plainest way, for native records of upstream's.
type ledger struct {
	held    map[name][]version // oldest first
	origins map[store.Origin]bool
}

type version struct {
	vuln.Record
	origin store.Origin
}

func newLedger() *ledger {
	return &ledger{map[name][]version{}, map[store.Origin]bool{}}
}

func (l *ledger) apply(b *store.Batch) {
	for _, r := range b.Records {
		all := l.held[nameOf(&r)]
		if len(all) == 0 {
			l.held[nameOf(&r)] = []version{{r, b.Origin}}
			continue
		}
		last := &all[len(all)-1]
		switch {
		case r.Modified.Before(last.Modified):
		case r.Modified.Equal(last.Modified) && string(r.Body) == string(last.Body):
			last.Withdrawn = time.Time{}
		default:
			last.Withdrawn = time.Time{}
			l.held[nameOf(&r)] = append(all, version{r, b.Origin})
		}
	}
	if b.Last {
		l.origins[b.Origin] = true
	}
}

func (l *ledger) withdraw(w store.Withdrawal) {
	for n, all := range l.held {
		last := &all[len(all)-1]
		if n.Kind == w.Kind && last.Source == w.Source && last.Withdrawn.IsZero() && !last.Modified.After(w.UpTo) && !w.Keep(n.ID) {
			last.Withdrawn = w.At
		}
	}
}

// current has the records held now, with their facts.
func (l *ledger) current() []vuln.Record {
	var out []vuln.Record
	for _, n := range slices.SortedFunc(maps.Keys(l.held), func(a, b name) int {
		return cmp.Or(slices.Index(everyKind, a.Kind)-slices.Index(everyKind, b.Kind), cmp.Compare(a.ID, b.ID))
	}) {
		all := l.held[n]
		out = append(out, all[len(all)-1].Record)
	}
	return out
}

// content is what contentOf should read.
func (l *ledger) content() (c content) {
	for _, all := range l.held {
		c.record(&all[len(all)-1].Record)
		for i := range all {
			c.version(i, &store.Version{Record: all[i].Record, Seen: all[i].origin.Fetched, Origin: all[i].origin})
		}
	}
	for o := range l.origins {
		c.add("file %v", o)
	}
	return c
}

// compareLedger checks everything a store holds against a ledger, and that it is
// found by what it is.
func compareLedger(t T, s store.Store, l *ledger) {
	t.Helper()
	if d := l.content().diff(contentOf(t, s)); d != "" {
		t.Errorf("content (-want +got):\n%s", d)
	}
	asked(t, s, l.current())
}

// asked compares the answers to a few queries that are found in different ways.
func asked(t T, r store.Reader, records []vuln.Record) {
	t.Helper()
	for _, q := range []store.Query{
		{Year: 2003},
		{Published: store.Span{From: epoch.AddDate(0, 0, 50)}},
		{CWE: "CWE-7"},
		{Tag: "disputed"},
		{InKEV: true},
		{Vendor: "vendor7"},
		{MinScore: 8.7},
		{SourceIdentifier: people[3]},
		{CVSS: &store.CVSSFilter{Metrics: []string{"AV:N"}}},
		{Words: []string{"sql", "widg"}},
		{Phrase: "SQL injection"},
		{NoCriteria: true},
	} {
		q.Kind = vuln.KindCVE
		compare(t, r, records, q)
	}
	for _, kind := range everyKind {
		compare(t, r, records, store.Query{Kind: kind, Order: store.ByModifiedDesc})
	}
	compare(t, r, records, store.Query{Kind: vuln.KindCPE, Vendor: "vendor1", Words: []string{"over"}})
	compare(t, r, records, store.Query{Kind: vuln.KindCWE, Phrase: "remote code"})
	if l, ok := r.(store.Linker); ok {
		refs := endsOf(records)
		compareLinks(t, l, records, store.LinkQuery{From: refs})
		compareLinks(t, l, records, store.LinkQuery{To: refs})
		compareTitles(t, l, records, refs)
	}
	compare(t, r, records, store.Query{Kind: vuln.KindNVDSource, Aliases: []string{"nist", uuid(4, 1)}})
}
