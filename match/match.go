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
const chunk = 256

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
	err := spread(ctx, len(asked), func(ctx context.Context, i int) error {
		p, err := r.product(ctx, asked[i])
		if err != nil {
			return err
		}
		for _, j := range products[asked[i]] {
			l := &lookups[j]
			l.product = p
			if l.found, err = r.find(ctx, p, l.name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	results, err := decide(ctx, lookups)
	if err != nil || !r.options.Details {
		return results, err
	}
	return results, r.describe(ctx, results)
}

// alone decides what a name decides by itself and notes the rest: the records
// that wait, and what the inventory has.
func (r *run) alone(ctx context.Context, lookups []lookup) ([]Result, error) {
	for i := range lookups {
		lookups[i].found = r.relevant(lookups[i].found, lookups[i].name)
	}
	if err := r.learnUses(ctx, lookups); err != nil {
		return nil, err
	}
	results := make([][]Result, len(lookups))
	err := spread(ctx, len(lookups), func(_ context.Context, i int) error {
		results[i] = r.aloneOne(&lookups[i])
		return nil
	})
	return slices.Concat(results...), err
}

func (r *run) aloneOne(l *lookup) []Result {
	var marks []mark
	for _, f := range l.found {
		shared := r.options.Explain
		for _, u := range l.product.usesOf(f.criterion) {
			shared = shared || u.affects&^store.Alone != 0
			if c, waits := r.mark(f.truth, u.affects); waits || c != none {
				marks = append(marks, mark{u.id, c, waits})
			}
		}
		if shared {
			r.note(f, l.index)
		}
	}
	slices.SortFunc(marks, func(a, b mark) int { return compareCVE(a.id, b.id) })
	out := make([]Result, 0, len(marks))
	for len(marks) > 0 {
		of := marks[0]
		for len(marks) > 0 && marks[0].id == of.id {
			of.certainty, of.waits = max(of.certainty, marks[0].certainty), of.waits || marks[0].waits
			marks = marks[1:]
		}
		if of.waits && of.certainty != Certain {
			r.waiting[l.index] = append(r.waiting[l.index], of.id)
		} else {
			out = append(out, Result{CVE: of.id, CPE: l.name, Vulnerable: true, Certainty: of.certainty})
		}
	}
	return out
}

// mark is what one use of a criterion by a record says of a name.
type mark struct {
	id        string
	certainty Certainty // as far as the name decides
	waits     bool      // for the rest of the inventory
}

// mark tells what a criterion that says truth of a name means where a record
// uses it so.
func (r *run) mark(truth Truth, use store.Affects) (c Certainty, waits bool) {
	switch {
	case truth == Unknown && !r.options.All:
		return none, false
	case r.options.Explain:
		return none, true
	case use&store.Alone != 0:
		c = certainty(truth, True)
	}
	return c, use&store.Together != 0 || use&store.Context != 0 && r.options.All
}

// relevant leaves out what only may describe a name where that makes no
// difference.
func (r *run) relevant(found []finding, name cpe.Name) []finding {
	if r.options.All {
		return found
	}
	described := make([]finding, 0, len(found))
	for _, f := range found {
		if f.truth == True {
			described = append(described, f)
		}
	}
	if len(described) < len(found) && r.options.Passed != nil {
		r.options.Passed(name)
	}
	if r.options.Complete {
		return found
	}
	return described
}

// note notes that the inventory has, or may have, what a criterion describes.
func (r *run) note(f finding, name int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if held, ok := r.has[f.key]; !ok || f.truth > held.truth || f.truth == held.truth && name < held.name {
		r.has[f.key] = presence{f.truth, name}
	}
}

// inventory is the world the inventory makes.
func (r *run) inventory(k key) Truth {
	if held, ok := r.has[k]; ok {
		return held.truth
	}
	if r.options.Complete {
		return False
	}
	return Unknown
}

// together decides the records that wait for names, by all of the inventory.
func (r *run) together(ctx context.Context, lookups []lookup) ([]Result, error) {
	var ids []string
	for _, l := range lookups {
		ids = append(ids, r.waiting[l.index]...)
	}
	slices.Sort(ids)
	statements, err := r.statementsOf(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	var out []Result
	for i := range lookups {
		l := &lookups[i]
		own := make(map[key]finding, len(l.found))
		for _, f := range l.found {
			if f.truth == True || r.options.All {
				own[f.key] = f
			}
		}
		for _, id := range r.waiting[l.index] {
			if result := r.judge(statements[id], own, l.name); result.Certainty != none {
				result.CVE = id
				out = append(out, result)
			}
		}
	}
	return out, nil
}

// judge tells how a statement concerns a name for which own was found.
func (r *run) judge(s statement, own map[key]finding, name cpe.Name) Result {
	v := s.judge(func(k key) Truth { return own[k].truth }, r.inventory)
	result := Result{CPE: name, Vulnerable: true, Certainty: v.vulnerable}
	if v.vulnerable == none && r.options.All {
		result.Vulnerable, result.Certainty = false, v.context
	}
	if r.options.Explain && result.Certainty != none {
		result.Why = r.explain(s, own, name)
	}
	return result
}

// describe adds details to results.
func (r *run) describe(ctx context.Context, results []Result) error {
	ids := make([]string, len(results))
	for i := range results {
		ids[i] = results[i].CVE
	}
	slices.Sort(ids)
	details, err := r.details(ctx, slices.Compact(ids))
	if err != nil {
		return err
	}
	for i := range results {
		if d := details[results[i].CVE]; d != nil {
			results[i].Status, results[i].Score, results[i].KEV = d.status, d.best, d.kev
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
