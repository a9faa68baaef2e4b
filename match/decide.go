package match

import (
	"context"
	"slices"

	"vulnmirror/cpe"
	"vulnmirror/store"
)

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
