package chain

import (
	"context"
	"slices"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// walk is one answer in the making.
type walk struct {
	reader   store.Reader
	links    store.Linker
	start    store.Ref
	o        Options
	limit    int               // no limit when negative
	releases map[string]string // by source
	edges    map[pair]*Edge
	order    []pair        // of edges, as they were met
	unseen   map[group]int // records that a step leads to beyond those followed
	aliases  map[store.Ref][]store.Ref
	read     map[string]vuln.Record // CVE records whose bodies were read
	titles   map[store.Ref]string   // of what is known without asking for it
	criteria map[string]string      // the store's names of match criteria, by id
	asked    map[vuln.Kind]bool     // kinds that were looked for
	cves     int                    // CVE records that were come to
	notes    []Warning              // of what was met on the way
}

// pair is an edge: where it leaves from and where it arrives.
type pair struct{ near, far store.Ref }

// group is what one step leads to from one record.
type group struct {
	near store.Ref
	step string
	out  bool
}

// place is a record arrived at. A lane is all that goes on from there; "" is
// everything.
type place struct {
	ref  store.Ref
	lane string
}

// hit is one record that says that a step leads from one to another.
type hit struct {
	turn
	near, far store.Ref
	Statement
}

func newWalk(r store.Reader, links store.Linker, start store.Ref, o Options, releases map[string]string) *walk {
	w := &walk{
		reader: r, links: links, start: start, o: o, limit: o.Limit, releases: releases,
		edges: make(map[pair]*Edge), unseen: make(map[group]int), aliases: make(map[store.Ref][]store.Ref),
		read: make(map[string]vuln.Record), titles: make(map[store.Ref]string),
		criteria: make(map[string]string),
		asked:    map[vuln.Kind]bool{start.Kind: true},
	}
	if o.Limit == 0 {
		w.limit = DefaultLimit
	}
	return w
}

// walk goes one way from the start, breadth first: what all records of one
// distance lead to is asked for at once.
func (w *walk) walk(ctx context.Context, way Way) error {
	all := turns(way, w.o)
	seen := map[place]bool{{ref: w.start}: true}
	frontier := []place{{ref: w.start}}
	for distance := 0; len(frontier) > 0 && (w.o.Depth <= 0 || distance < w.o.Depth); distance++ {
		var going []leg
		for _, p := range frontier {
			for _, t := range all {
				if w.goes(way, p, t) {
					going = append(going, leg{p, t})
					w.asked[t.far()] = true
				}
			}
		}
		hits, err := w.stated(ctx, going)
		if err != nil {
			return err
		}
		if hits, err = w.found(ctx, going, hits); err != nil {
			return err
		}
		if hits, err = w.resolve(ctx, hits); err != nil {
			return err
		}
		frontier = w.take(hits, seen)
	}
	return nil
}

// leg is a step about to be taken.
type leg struct {
	place
	turn
}

// goes tells whether a step is taken from a place. CVE records that were come to
// on the way back are the end of it, unless what is beyond is asked for: all that
// is known of each would bury them.
func (w *walk) goes(way Way, p place, t turn) bool {
	if t.near() != p.ref.Kind || p.lane != "" && p.lane != t.lane() {
		return false
	}
	return way != Back || p.ref.Kind != vuln.KindCVE || p.ref == w.start || len(w.o.To) > 0
}

// take enters what was found into the answer and returns the places to go on
// from.
func (w *walk) take(hits []hit, seen map[place]bool) []place {
	var groups []group
	members := make(map[group][]hit)
	for _, h := range hits {
		g := group{h.near, h.Step.Name, h.out}
		if members[g] == nil {
			groups = append(groups, g)
		}
		members[g] = append(members[g], h)
	}
	// A record that several steps lead to is the first one's.
	slices.SortStableFunc(groups, func(a, b group) int { return rank(a.step, !a.out) - rank(b.step, !b.out) })
	var next []place
	for _, g := range groups {
		next = append(next, w.arrive(g, members[g], seen)...)
	}
	return next
}

// arrive enters what one step leads to from one record.
func (w *walk) arrive(g group, hits []hit, seen map[place]bool) (next []place) {
	slices.SortStableFunc(hits, func(a, b hit) int { return byID(a.far, b.far) })
	n, last, full := 0, store.Ref{}, false
	for _, h := range hits {
		if h.far != last {
			last, full = h.far, w.enough(h.turn, n)
			n++
			switch {
			case full:
				w.unseen[g]++
			case h.far.Kind == vuln.KindCVE:
				w.cves++
			}
		}
		if full {
			continue
		}
		w.enter(h)
		if p := (place{h.far, h.lane()}); !seen[p] && !seen[place{ref: h.far}] {
			seen[p] = true
			next = append(next, p)
		}
	}
	return next
}

// enough tells whether a step leads to no more than the n records it has led to
// before. Catalogues are followed to their ends, so that the limit can prefer what
// leads on; of CVE records and their criteria there may be very many.
func (w *walk) enough(t turn, n int) bool {
	switch t.far() {
	case vuln.KindCVE, vuln.KindMatchCriteria:
		return len(w.o.To) == 0 && w.limit >= 0 && n >= w.limit || t.far() == vuln.KindCVE && w.cves >= most
	}
	return false
}

// enter adds a statement to the edge it is about. What an edge the other way has
// already is not said twice.
func (w *walk) enter(h hit) {
	at := pair{h.near, h.far}
	if e := w.edges[pair{h.far, h.near}]; e != nil && slices.Contains(e.Statements, h.Statement) {
		return
	}
	e := w.edges[at]
	if e == nil {
		e = &Edge{From: Ref(h.near), To: Ref(h.far), Step: h.Step.Name, Reversed: !h.out}
		w.edges[at] = e
		w.order = append(w.order, at)
	}
	if !slices.Contains(e.Statements, h.Statement) {
		e.Statements = append(e.Statements, h.Statement)
	}
}
