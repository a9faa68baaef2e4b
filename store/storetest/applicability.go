package storetest

import (
	"cmp"
	"slices"

	gocmp "github.com/google/go-cmp/cmp"

	"vulnmirror/cpe"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// unplaced is a criterion without its place.
func unplaced(m vuln.MatchCriteria) vuln.MatchCriteria {
	return vuln.MatchCriteria{
		ID: m.ID, Criteria: m.Criteria, VersionStartIncluding: m.VersionStartIncluding, VersionStartExcluding: m.VersionStartExcluding,
		VersionEndIncluding: m.VersionEndIncluding, VersionEndExcluding: m.VersionEndExcluding,
	}
}

// affects is how a record uses a criterion, by the words of store.Affects.
func affects(r *vuln.Record, c vuln.MatchCriteria) (how store.Affects) {
	for _, m := range r.Facts.Criteria {
		if unplaced(m) != c {
			continue
		}
		alone := m.Operator == "OR" && !m.Negate && !m.ConfigurationNegate && !slices.ContainsFunc(r.Facts.Criteria, func(o vuln.MatchCriteria) bool {
			return o.Configuration == m.Configuration && o.Node != m.Node
		})
		switch {
		case !m.Vulnerable:
			how |= store.Context
		case alone:
			how |= store.Alone
		default:
			how |= store.Together
		}
	}
	return how
}

// about tells whether a criterion is one of a product, or open.
func about(m vuln.MatchCriteria, p store.Product) bool {
	name, err := cpe.ParseLenient(m.Criteria)
	if err != nil {
		return false
	}
	values := []cpe.Value{name.Part(), name.Vendor(), name.Product()}
	if slices.ContainsFunc(values, func(v cpe.Value) bool { return v == cpe.Any || v.Wild() }) {
		return true
	}
	for i, want := range []string{p.Part, p.Vendor, p.Product} {
		if want != "" && string(values[i]) != want {
			return false
		}
	}
	return true
}

// checkApplicability compares criteria and their uses with the records.
func checkApplicability(t trial, s store.Store) {
	records := Records(t.size(150, 60), 12)
	open := vuln.MatchCriteria{Operator: "OR", Vulnerable: true, ID: uuid(5, 1), Criteria: "cpe:2.3:a:*:product:1:*:*:*:*:*:*:*"}
	negated := vuln.MatchCriteria{Operator: "OR", Vulnerable: true, ConfigurationNegate: true, ID: uuid(5, 2), Criteria: `cpe:2.3:a:vendor3:pro\:duct3:1:*:*:*:*:*:*:*`}
	records = append(records,
		record(2020, 1, func(r *vuln.Record) { r.Facts.Criteria = []vuln.MatchCriteria{open} }),
		record(2020, 2, func(r *vuln.Record) { r.Facts.Criteria = []vuln.MatchCriteria{negated} }))
	apply(t, s, 1, records...)
	apply(t, s, 1, entry(vuln.KindMatchCriteria, uuid(5, 1), func(r *vuln.Record) { r.Facts.Platform = &vuln.MatchCriteria{Criteria: open.Criteria} }))
	for _, p := range []store.Product{
		{Part: "a", Vendor: "vendor3", Product: `pro\:duct3`},
		{Vendor: "vendor3", Product: `pro\:duct3`},
		{Vendor: "vendor7"},
		{Product: `pro\:duct100`},
		{Part: "o"},
		{Part: "a", Vendor: "none", Product: "none"},
		{},
	} {
		compareUses(t, s, records, p)
	}
	compareUses(t, s, records, store.Product{Part: "a", Vendor: "vendor3", Product: `pro\:duct3`}, store.Product{Vendor: "vendor7"}, store.Product{Part: "a", Vendor: "vendor0", Product: `pro\:duct100`})
	// A record that changes takes its criteria along.
	changed := record(2020, 1, modified(epoch.AddDate(0, 1, 0)), func(r *vuln.Record) { r.Facts.Criteria = []vuln.MatchCriteria{negated} })
	apply(t, s, 2, changed)
	records[len(records)-2] = changed
	compareUses(t, s, records, store.Product{Part: "a", Vendor: "vendor3", Product: `pro\:duct3`})
	compareUses(t, s, records, store.Product{})
}

func compareUses(t T, s store.Reader, records []vuln.Record, products ...store.Product) {
	t.Helper()
	records = slices.DeleteFunc(slices.Clone(records), func(r vuln.Record) bool { return !r.Withdrawn.IsZero() })
	found, err := s.Criteria(t.Context(), products...)
	if err != nil {
		t.Fatalf("Criteria(%+v): %v", products, err)
	}
	var got, want []vuln.MatchCriteria
	byRef := map[string]vuln.MatchCriteria{}
	var refs []string
	for _, c := range found {
		got = append(got, c.MatchCriteria)
		byRef[c.Ref] = c.MatchCriteria
		refs = append(refs, c.Ref)
		if c.Expanded != (c.ID == uuid(5, 1)) {
			t.Errorf("criterion %s: expanded is %v", c.ID, c.Expanded)
		}
	}
	for _, r := range records {
		for _, m := range r.Facts.Criteria {
			if slices.ContainsFunc(products, func(p store.Product) bool { return about(m, p) }) && !slices.Contains(want, unplaced(m)) {
				want = append(want, unplaced(m))
			}
		}
	}
	order := func(a, b vuln.MatchCriteria) int {
		return cmp.Or(cmp.Compare(a.Criteria, b.Criteria), cmp.Compare(a.ID, b.ID), cmp.Compare(a.VersionEndExcluding, b.VersionEndExcluding))
	}
	// Those of earlier versions may still be there; their uses would show.
	got = slices.DeleteFunc(got, func(c vuln.MatchCriteria) bool { return !slices.Contains(want, c) })
	slices.SortFunc(got, order)
	slices.SortFunc(want, order)
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("Criteria(%+v) (-want +got):\n%s", products, d)
		return
	}
	type pair struct {
		criterion vuln.MatchCriteria
		id        string
	}
	wanted, have := map[pair]store.Affects{}, map[pair]store.Affects{}
	for i := range records {
		for _, c := range want {
			if how := affects(&records[i], c); how != 0 {
				wanted[pair{c, records[i].ID}] = how
			}
		}
	}
	used, err := s.Uses(t.Context(), refs)
	if err != nil {
		t.Fatalf("Uses: %v", err)
	}
	for _, u := range used {
		have[pair{byRef[u.Ref], u.ID}] = u.Affects
	}
	if len(used) != len(have) || len(have) != len(wanted) {
		t.Errorf("Uses of %+v: %d, %d of them different, want %d", products, len(used), len(have), len(wanted))
		return
	}
	for k, how := range wanted {
		if have[k] != how {
			t.Errorf("%s uses %+v as %d, want %d", k.id, k.criterion, have[k], how)
		}
	}
	compareCriteria(t, s, records, refs, byRef)
}

// compareCriteria asks for records by their criteria.
func compareCriteria(t T, s store.Reader, records []vuln.Record, refs []string, byRef map[string]vuln.MatchCriteria) {
	t.Helper()
	for _, some := range [][]string{refs, refs[:len(refs)/2], {}} {
		for _, vulnerable := range []bool{false, true} {
			var hits []vuln.Record
			for _, r := range records {
				if slices.ContainsFunc(some, func(ref string) bool {
					how := affects(&r, byRef[ref])
					return how != 0 && (!vulnerable || how&(store.Alone|store.Together) != 0)
				}) {
					hits = append(hits, r)
				}
			}
			q := store.Query{Kind: vuln.KindCVE, Criteria: some, Vulnerable: vulnerable}
			if d := gocmp.Diff(find(hits, store.Query{Kind: vuln.KindCVE}), list(t, s, q)); d != "" {
				t.Errorf("records with %d criteria, vulnerable %v (-want +got):\n%s", len(some), vulnerable, d)
			}
		}
	}
}

// checkListed: the dictionary's own word on which criteria describe a name.
func checkListed(t trial, s store.Store) {
	name := func(n int, product string) vuln.Record {
		id := "cpe:2.3:a:vendor:" + product + ":" + string(rune('0'+n)) + ":*:*:*:*:*:*:*"
		return entry(vuln.KindCPE, id, func(r *vuln.Record) {
			r.Facts.Platform, r.Facts.Aliases = &vuln.MatchCriteria{Criteria: id}, []string{uuid(6, n)}
		})
	}
	criterion := func(n int, criteria string, members ...int) vuln.Record {
		return entry(vuln.KindMatchCriteria, uuid(7, n), func(r *vuln.Record) {
			r.Facts.Platform = &vuln.MatchCriteria{ID: r.ID, Criteria: criteria}
			for _, m := range members {
				id, err := vuln.ParseUUID(uuid(6, m))
				if err != nil {
					panic(err) // the test's own
				}
				r.Facts.Members = append(r.Facts.Members, id)
			}
		})
	}
	one, two, three := name(1, "p"), name(2, "p"), name(3, "q")
	apply(t, s, 1, one, two, three,
		criterion(1, "cpe:2.3:a:vendor:p:*:*:*:*:*:*:*:*", 5, 2, 1),
		criterion(2, "cpe:2.3:a:vendor:p:1:*:*:*:*:*:*:*", 1),
		criterion(3, "cpe:2.3:a:vendor:p:0:*:*:*:*:*:*:*"),
		criterion(4, "cpe:2.3:a:vendor:*:*:*:*:*:*:*:*:*", 3, 1))
	names := []string{three.ID, one.ID, "cpe:2.3:a:vendor:p:9:*:*:*:*:*:*:*", two.ID}
	want := []store.Listing{
		{Known: true, Criteria: []string{uuid(7, 4)}},
		{Known: true, Criteria: []string{uuid(7, 1), uuid(7, 2), uuid(7, 4)}},
		{},
		{Known: true, Criteria: []string{uuid(7, 1)}},
	}
	compareListed := func(names []string, want []store.Listing) {
		t.Helper()
		got, err := s.Listed(t.Context(), names...)
		for i := range got {
			slices.Sort(got[i].Criteria)
		}
		if d := gocmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("Listed(%s): %v (-want +got):\n%s", names, err, d)
		}
	}
	compareListed(names, want)
	for i := range names {
		compareListed(names[i:i+1], want[i:i+1])
	}
	if got, err := s.Listed(t.Context()); len(got) != 0 || err != nil {
		t.Errorf("Listed of nothing: %v, %v", got, err)
	}
}
