package match

import (
	"cmp"
	"context"
	"iter"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

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
	// possible. It is called from many goroutines.
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
		run := run{Matcher: m, options: o, names: unique(inventory), has: make(map[key]presence)}
		run.waiting = make([][]string, len(run.names))
		for _, decide := range []func(context.Context, int) ([]Result, error){run.alone, run.together} {
			for results, err := range run.each(ctx, decide) {
				if err != nil {
					yield(Result{}, err)
					return
				}
				for _, r := range results {
					if !yield(r, nil) {
						return
					}
				}
			}
		}
	}
}

func unique(names []cpe.Name) []cpe.Name {
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

// chunk is how many names are worked on before their results are yielded.
const chunk = 256

// each calls decide for every name, on all processors, and yields what it
// returned in the order of names.
func (r *run) each(ctx context.Context, decide func(context.Context, int) ([]Result, error)) iter.Seq2[[]Result, error] {
	return func(yield func([]Result, error) bool) {
		for start := 0; start < len(r.names); start += chunk {
			results := make([][]Result, min(chunk, len(r.names)-start))
			group, gctx := errgroup.WithContext(ctx)
			group.SetLimit(runtime.GOMAXPROCS(0))
			for i := range results {
				group.Go(func() (err error) {
					results[i], err = decide(gctx, start+i)
					return err
				})
			}
			if err := group.Wait(); err != nil {
				yield(nil, err)
				return
			}
			for _, out := range results {
				if len(out) > 0 && !yield(out, nil) {
					return
				}
			}
		}
	}
}

// alone decides what a name decides by itself and notes the rest: the records
// that wait, and what the inventory has.
func (r *run) alone(ctx context.Context, i int) ([]Result, error) {
	name := r.names[i]
	p, asked, err := r.product(ctx, name)
	if err != nil {
		return nil, err
	}
	found, err := r.find(ctx, p, name)
	if err != nil {
		return nil, err
	}
	found = r.relevant(found, name)
	if len(found) == 0 {
		return nil, nil
	}
	uses, err := r.uses(ctx, p, asked, found)
	if err != nil {
		return nil, err
	}
	verdicts := make(map[string]Certainty)
	waiting := make(map[string]bool)
	for j, f := range found {
		shared := r.options.Explain
		for _, u := range uses[j] {
			shared = shared || u.affects&^store.Alone != 0
			switch {
			case f.truth == Unknown && !r.options.All:
			case f.truth == True && u.affects&store.Alone != 0 && !r.options.Explain:
				verdicts[u.id] = Certain
			case r.options.Explain, u.affects&store.Together != 0, u.affects&store.Context != 0 && r.options.All:
				waiting[u.id] = true
			case u.affects&store.Alone != 0:
				verdicts[u.id] = max(verdicts[u.id], Possible)
			}
		}
		if shared {
			r.note(f, i)
		}
	}
	for id := range waiting {
		if verdicts[id] != Certain {
			delete(verdicts, id)
			r.waiting[i] = append(r.waiting[i], id)
		}
	}
	var out []Result
	for id, c := range verdicts {
		out = append(out, Result{CVE: id, CPE: name, Vulnerable: true, Certainty: c})
	}
	return r.finish(ctx, out)
}

// relevant leaves out what only may describe a name where that makes no
// difference.
func (r *run) relevant(found []finding, name cpe.Name) []finding {
	if r.options.All {
		return found
	}
	all := len(found)
	described := slices.DeleteFunc(slices.Clone(found), func(f finding) bool { return f.truth == Unknown })
	if len(described) < all && r.options.Passed != nil {
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
	k := keyOf(&f.MatchCriteria)
	held, ok := r.has[k]
	if !ok || f.truth > held.truth || f.truth == held.truth && name < held.name {
		r.has[k] = presence{f.truth, name}
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

// together decides the records that wait for a name, by all of the inventory.
func (r *run) together(ctx context.Context, i int) ([]Result, error) {
	if len(r.waiting[i]) == 0 {
		return nil, nil
	}
	name := r.names[i]
	p, _, err := r.product(ctx, name)
	if err != nil {
		return nil, err
	}
	found, err := r.find(ctx, p, name)
	if err != nil {
		return nil, err
	}
	own := make(map[key]finding, len(found))
	truths := make(map[key]Truth, len(found))
	for _, f := range found {
		if f.truth == True || r.options.All {
			own[keyOf(&f.MatchCriteria)], truths[keyOf(&f.MatchCriteria)] = f, f.truth
		}
	}
	records, err := r.recall(ctx, r.waiting[i])
	if err != nil {
		return nil, err
	}
	var out []Result
	for _, id := range r.waiting[i] {
		record, ok := records[id]
		if !ok {
			continue
		}
		result := Result{CVE: id, CPE: name, Vulnerable: true}
		v := record.statement.judge(truths, r.inventory)
		if result.Certainty = v.vulnerable; v.vulnerable == none && r.options.All {
			result.Vulnerable, result.Certainty = false, v.context
		}
		if result.Certainty == none {
			continue
		}
		if r.options.Explain {
			result.Why = r.explain(record.statement, own, name)
		}
		out = append(out, result)
	}
	return r.finish(ctx, out)
}

// finish puts the results of a name in order and adds details.
func (r *run) finish(ctx context.Context, results []Result) ([]Result, error) {
	slices.SortFunc(results, func(a, b Result) int { return compareCVE(a.CVE, b.CVE) })
	if !r.options.Details {
		return results, nil
	}
	ids := make([]string, len(results))
	for i := range results {
		ids[i] = results[i].CVE
	}
	records, err := r.recall(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i := range results {
		if record, ok := records[results[i].CVE]; ok {
			results[i].Status, results[i].Score, results[i].KEV = record.status, record.best, record.kev
		}
	}
	return results, nil
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
