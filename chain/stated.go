package chain

import (
	"context"
	"slices"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// ask is a question for links: of records of a kind, those they state or those
// that others state.
type ask struct {
	kind   vuln.Kind
	states bool
}

// stated finds the hits that are links. Records of ATT&CK are asked for by the
// ids they replaced too, as catalogues that are not edited any more know only
// those.
func (w *walk) stated(ctx context.Context, going []leg) ([]hit, error) {
	legs := make(map[store.Ref][]leg) // by what a link may name the place
	var pending []store.Ref
	for _, l := range going {
		if legs[l.ref] == nil {
			pending = append(pending, l.ref)
		}
		legs[l.ref] = append(legs[l.ref], l)
	}
	known := func(old store.Ref, l []leg) {
		if legs[old] == nil {
			pending, legs[old] = append(pending, old), l
		}
	}
	for _, ref := range slices.Clone(pending) {
		for _, old := range w.aliases[ref] {
			known(old, legs[ref])
		}
	}
	var hits []hit
	for len(pending) > 0 {
		queries := w.queries(pending, legs)
		pending = nil // what was replaced by these, which the links tell
		for _, q := range queries {
			states := len(q.From) > 0
			for link, err := range w.links.Links(ctx, q) {
				if err != nil {
					return nil, err
				}
				near, far := link.From, link.To
				if !states {
					near, far = far, near
				}
				if replaced := !states && link.Rule == ruleRevoked; replaced && legs[far] == nil {
					ref := legs[near][0].ref
					w.aliases[ref] = append(w.aliases[ref], far)
					known(far, legs[near])
				}
				for _, l := range legs[near] {
					if l.states(link, far.Kind, states) && far != l.ref {
						hits = append(hits, w.hit(l, near, far, link))
					}
				}
			}
		}
	}
	return hits, nil
}

// states tells whether a link from or to the near end makes the step.
func (t turn) states(link store.Link, far vuln.Kind, states bool) bool {
	return far == t.far() && slices.ContainsFunc(t.stated, func(s stating) bool {
		return (s.by == byFrom) == (t.out == states) && s.says(link.Rule)
	})
}

func (w *walk) hit(l leg, near, far store.Ref, link store.Link) hit {
	s := Statement{By: Ref(link.From), Source: link.Source, Version: w.releases[link.Source], Rule: link.Rule, Mark: l.Mark}
	if near != l.ref { // the place is named by an id it replaced
		s.Names = near.ID
	}
	return hit{turn: l.turn, near: l.ref, far: far, Statement: s}
}

// queries puts what is asked of many records together.
func (w *walk) queries(pending []store.Ref, legs map[store.Ref][]leg) []store.LinkQuery {
	var order []ask
	refs := make(map[ask][]store.Ref)
	kinds := make(map[ask][]vuln.Kind)
	note := func(a ask, ref store.Ref, far vuln.Kind) {
		if kinds[a] == nil {
			order = append(order, a)
		}
		if !slices.Contains(kinds[a], far) {
			kinds[a] = append(kinds[a], far)
		}
		if n := len(refs[a]); n == 0 || refs[a][n-1] != ref {
			refs[a] = append(refs[a], ref)
		}
	}
	for _, ref := range pending {
		for _, states := range []bool{true, false} {
			for _, l := range legs[ref] {
				for _, s := range l.stated {
					if (s.by == byFrom) == (l.out == states) {
						note(ask{ref.Kind, states}, ref, l.far())
					}
				}
			}
			if ref == w.start && ref.Kind == vuln.KindATTACK && !states {
				note(ask{ref.Kind, states}, ref, vuln.KindATTACK) // what it replaced
			}
		}
	}
	out := make([]store.LinkQuery, len(order))
	for i, a := range order {
		out[i].Kinds = kinds[a]
		if a.states {
			out[i].From = refs[a]
		} else {
			out[i].To = refs[a]
		}
	}
	return out
}

// resolve leads to what ATT&CK has in the place of records it revoked. The
// statement keeps the id that it names.
func (w *walk) resolve(ctx context.Context, hits []hit) ([]hit, error) {
	for range 5 { // what replaced a record was revoked itself at times
		var old []store.Ref
		for _, h := range hits {
			if h.far.Kind == vuln.KindATTACK && !h.onward && !slices.Contains(old, h.far) {
				old = append(old, h.far)
			}
		}
		if len(old) == 0 {
			return hits, nil
		}
		instead := make(map[store.Ref]store.Ref)
		for link, err := range w.links.Links(ctx, store.LinkQuery{From: old, Kinds: []vuln.Kind{vuln.KindATTACK}}) {
			if err != nil {
				return nil, err
			}
			if link.Rule == ruleRevoked && link.To != link.From {
				instead[link.From] = link.To
			}
		}
		if len(instead) == 0 {
			return hits, nil
		}
		hits = slices.DeleteFunc(hits, func(h hit) bool { return instead[h.far] == h.near })
		for i := range hits {
			h := &hits[i]
			now, replaced := instead[h.far]
			if !replaced || h.onward {
				continue
			}
			if !slices.Contains(w.aliases[now], h.far) {
				w.aliases[now] = append(w.aliases[now], h.far)
			}
			if h.Names == "" {
				h.Names = h.far.ID
			}
			h.far = now
		}
	}
	return hits, nil
}
