package match

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"sync"

	"vulnmirror/cpe"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// Options say what Match reports.
type Options struct {
	// All reports uses that do not mark a CPE as vulnerable, and possible ones.
	All bool
	// Complete takes the inventory to lack nothing: what it does not list is not
	// there. Otherwise that is unknown, and results are conditional on it.
	Complete bool
	// Details fills Score, KEV and Status.
	Details bool
	// Explain fills Why.
	Explain bool
	// Passed, unless nil, is told of each CPE that All would report more of as
	// possible.
	Passed func(cpe.Name)
}

// Result says that a CVE record concerns a CPE.
type Result struct {
	CVE        string
	CPE        cpe.Name
	Vulnerable bool // false: only the environment in which something else is
	Certainty  Certainty

	Status string
	Score  *vuln.Score // the best; nil when unscored
	KEV    bool        // in CISA's catalogue of known exploited vulnerabilities

	Why []Explanation
}

// Match yields which records concern the CPEs of an inventory, a result for each
// pair. Results that need one CPE alone come first, by CPE in the order of the
// inventory; those that depend on the rest of it follow, likewise. Those of one
// CPE are in the order of CVE numbers. An error ends it.
//
// The work is spread over all processors. Memory is taken for the inventory and
// for the results that depend on more than one CPE.
func (m *Matcher) Match(ctx context.Context, inventory []cpe.Name, o Options) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		names := distinct(inventory)
		r := run{Matcher: m, options: o, names: names, waiting: make([][]string, len(names)), has: make(map[key]presence)}
		if r.each(ctx, r.indexes(func(int) bool { return true }), r.alone, yield) {
			r.each(ctx, r.indexes(func(i int) bool { return len(r.waiting[i]) > 0 }), r.together, yield)
		}
	}
}

// indexes returns those of the names that are wanted.
func (r *run) indexes(wanted func(int) bool) []int {
	var out []int
	for i := range r.names {
		if wanted(i) {
			out = append(out, i)
		}
	}
	return out
}

// each yields the results of the names with these indexes, chunk by chunk, and
// reports whether to go on.
func (r *run) each(ctx context.Context, indexes []int, decide decision, yield func(Result, error) bool) bool {
	for part := range slices.Chunk(indexes, chunk) {
		results, err := r.chunk(ctx, part, decide)
		if err != nil {
			yield(Result{}, err)
			return false
		}
		for _, result := range results {
			if !yield(result, nil) {
				return false
			}
		}
	}
	return true
}

// decision makes results of what was found for some names.
type decision func(context.Context, []lookup) ([]Result, error)

func distinct(names []cpe.Name) []cpe.Name {
	seen := make(map[cpe.Name]bool, len(names))
	var out []cpe.Name
	for _, n := range names {
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

// run is one Match.
type run struct {
	*Matcher
	options Options
	names   []cpe.Name
	waiting [][]string // by name, records whose configurations need more than the name

	mu  sync.Mutex
	has map[key]presence // of criteria that stand together with others
}

// presence is what the inventory has of what a criterion describes.
type presence struct {
	truth Truth
	name  int // the first that made it so
}

// lookup is the work on one name.
type lookup struct {
	index   int // of the name
	name    cpe.Name
	product *product
	found   []finding
}

// chunk is how many names are worked on at once: the store is asked for what
// they need together, and their results are yielded.
const chunk = 512

// chunk looks up a few names, lets decide make results of them, and adds
// details.
func (r *run) chunk(ctx context.Context, indexes []int, decide decision) ([]Result, error) {
	lookups := make([]lookup, len(indexes))
	products := make(map[store.Product][]int)
	var asked []store.Product
	for i := range lookups {
		lookups[i] = lookup{index: indexes[i], name: r.names[indexes[i]]}
		a := about(lookups[i].name)
		if products[a] == nil {
			asked = append(asked, a)
		}
		products[a] = append(products[a], i)
	}
	known, err := r.products(ctx, asked)
	if err != nil {
		return nil, err
	}
	if err := spread(ctx, len(asked), func(_ context.Context, i int) error {
		p := known[asked[i]]
		for _, j := range products[asked[i]] {
			lookups[j].product, lookups[j].found = p, p.findings(lookups[j].name)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	if err := r.hear(ctx, lookups); err != nil {
		return nil, err
	}
	results, err := decide(ctx, lookups)
	if err != nil || !r.options.Details {
		return results, err
	}
	return results, r.describe(ctx, results)
}

// hear lets the dictionary decide where lists of names are held.
func (r *run) hear(ctx context.Context, lookups []lookup) error {
	var names []cpe.Name
	for i := range lookups {
		if len(lookups[i].product.listed) > 0 {
			names = append(names, lookups[i].name)
		}
	}
	if names == nil {
		return nil
	}
	listings, err := r.listingsOf(ctx, names)
	if err != nil {
		return err
	}
	for i := range lookups {
		if l := &lookups[i]; len(l.product.listed) > 0 {
			l.found = l.product.decided(l.found, listings[l.name])
		}
	}
	return nil
}

// compareCVE compares by year, then number: numbers of a year have four digits
// or more.
func compareCVE(a, b string) int {
	const year = len("CVE-2024")
	if len(a) < year || len(b) < year || a[:year] != b[:year] {
		return cmp.Compare(a, b)
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}
