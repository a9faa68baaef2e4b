package match_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// fake is a store that answers by looking at everything, as slowly and plainly
// as can be.
type fake struct {
	records []vuln.Record       // CVE records with their Facts
	lists   map[string][]string // names by matchCriteriaId, of criteria that are held
	known   []string            // further names the dictionary has
	asked   map[string]int      // calls by method
}

func (f *fake) count(method string) {
	if f.asked != nil {
		f.asked[method]++
	}
}

// ref names a criterion by all that makes it.
func ref(m vuln.MatchCriteria) string {
	return strings.Join([]string{m.ID, m.Criteria, m.VersionStartIncluding, m.VersionStartExcluding, m.VersionEndIncluding, m.VersionEndExcluding}, "|")
}

func (f *fake) Criteria(_ context.Context, products ...store.Product) ([]store.Criterion, error) {
	f.count("Criteria")
	seen := make(map[string]bool)
	var out []store.Criterion
	for _, r := range f.records {
		for _, m := range r.Facts.Criteria {
			parts := strings.Split(strings.ReplaceAll(strings.ToLower(m.Criteria), `\:`, "\x00"), ":")
			if len(parts) < 5 || seen[ref(m)] {
				continue
			}
			some := false
			for _, p := range products {
				fits, open := true, false
				for i, want := range []string{p.Part, p.Vendor, p.Product} {
					got := strings.ReplaceAll(parts[i+2], "\x00", `\:`)
					bare := strings.NewReplacer(`\*`, "", `\?`, "").Replace(got)
					open = open || strings.ContainsAny(bare, "*?")
					fits = fits && (want == "" || got == want)
				}
				some = some || fits || open
			}
			if !some {
				continue
			}
			seen[ref(m)] = true
			_, expanded := f.lists[m.ID]
			m.Configuration, m.ConfigurationOperator, m.ConfigurationNegate = 0, "", false
			m.Node, m.Operator, m.Negate, m.Vulnerable = 0, "", false, false
			out = append(out, store.Criterion{Ref: ref(m), MatchCriteria: m, Expanded: expanded})
		}
	}
	return out, nil
}

func (f *fake) Uses(_ context.Context, refs []string) ([]store.Use, error) {
	f.count("Uses")
	var out []store.Use
	for _, r := range f.records {
		affects := make(map[string]store.Affects)
		nodes := make(map[int]map[int]bool)
		for _, m := range r.Facts.Criteria {
			if nodes[m.Configuration] == nil {
				nodes[m.Configuration] = make(map[int]bool)
			}
			nodes[m.Configuration][m.Node] = true
		}
		for _, m := range r.Facts.Criteria {
			switch {
			case !slices.Contains(refs, ref(m)):
			case !m.Vulnerable:
				affects[ref(m)] |= store.Context
			case len(nodes[m.Configuration]) == 1 && m.Operator == "OR" && !m.Negate && !m.ConfigurationNegate:
				affects[ref(m)] |= store.Alone
			default:
				affects[ref(m)] |= store.Together
			}
		}
		for ref, a := range affects {
			out = append(out, store.Use{Ref: ref, ID: r.ID, Affects: a})
		}
	}
	return out, nil
}

func (f *fake) Listed(_ context.Context, names ...string) ([]store.Listing, error) {
	f.count("Listed")
	listings := make([]store.Listing, len(names))
	for i, name := range names {
		listings[i].Known = slices.Contains(f.known, name)
		for id, list := range f.lists {
			if slices.Contains(list, name) {
				listings[i].Known = true
				listings[i].Criteria = append(listings[i].Criteria, id)
			}
		}
	}
	return listings, nil
}

func (f *fake) List(_ context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	f.count("List")
	return func(yield func(vuln.Record, error) bool) {
		for _, r := range f.records {
			switch {
			case r.Kind != q.Kind || q.IDs != nil && !slices.Contains(q.IDs, r.ID):
			case q.InKEV && r.Facts.KEV == nil, slices.Contains(q.NotStatuses, r.Status):
			default:
				r.Facts, r.Text = vuln.Facts{Best: r.Facts.Best}, nil
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// using returns a fake with one record that uses the given criteria in one OR
// node; a criterion is written as its match string and bounds: [ ] include,
// ( ) exclude, as in "cpe:2.3:a:v:p [1.0,2.0)".
func using(criteria ...string) *fake {
	r := vuln.Record{Kind: vuln.KindCVE, ID: "CVE-2024-0001", Status: "Analyzed"}
	for i, text := range criteria {
		m := criterionOf(text)
		m.ID, m.Operator, m.Vulnerable = fmt.Sprintf("00000000-0000-4000-8000-%012X", i+1), "OR", true
		r.Facts.Criteria = append(r.Facts.Criteria, m)
	}
	return &fake{records: []vuln.Record{r}}
}

// criterionOf reads the notation of using. Missing components are ANY.
func criterionOf(text string) vuln.MatchCriteria {
	name, within, _ := strings.Cut(text, " ")
	m := vuln.MatchCriteria{Criteria: padded(name)}
	if within == "" {
		return m
	}
	start, end, _ := strings.Cut(within[1:len(within)-1], ",")
	if within[0] == '[' {
		m.VersionStartIncluding = start
	} else {
		m.VersionStartExcluding = start
	}
	if within[len(within)-1] == ']' {
		m.VersionEndIncluding = end
	} else {
		m.VersionEndExcluding = end
	}
	return m
}

func padded(name string) string {
	for strings.Count(strings.ReplaceAll(name, `\:`, ""), ":") < 12 {
		name += ":*"
	}
	return name
}

// counted is a fake for many goroutines, of which one method fails.
type counted struct {
	*fake
	mu     sync.Mutex
	breaks string
	err    error
}

func (c *counted) Criteria(ctx context.Context, products ...store.Product) ([]store.Criterion, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.breaks == "Criteria" {
		return nil, c.err
	}
	return c.fake.Criteria(ctx, products...)
}

func (c *counted) Uses(ctx context.Context, refs []string) ([]store.Use, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.breaks == "Uses" {
		return nil, c.err
	}
	return c.fake.Uses(ctx, refs)
}
