package chain

import (
	"context"
	"slices"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// retired are the statuses by which upstream gives a record up, by kind.
var retired = map[vuln.Kind][]string{
	vuln.KindCVE:    {"Rejected"},
	vuln.KindCWE:    {"Deprecated", "Obsolete"},
	vuln.KindCAPEC:  {"Deprecated", "Obsolete"},
	vuln.KindATTACK: {"revoked", "deprecated"},
	vuln.KindD3FEND: {"deprecated"},
	vuln.KindCAR:    {"deprecated"},
}

// label tells of all nodes what they are called and whether they are held, kind by
// kind. Bodies are read only of records that were given up.
func (w *walk) label(ctx context.Context, a *Answer) error {
	nodes := make(map[vuln.Kind][]*Node)
	var order []vuln.Kind
	var untold []store.Ref
	for i := range a.Nodes {
		n := &a.Nodes[i]
		if n.Title = w.titles[store.Ref(n.Ref)]; n.Title == "" {
			untold = append(untold, store.Ref(n.Ref))
		}
		if n.Kind == vuln.KindMatchCriteria && n.Title != "" {
			continue // it is complete as a CVE record states it
		}
		if nodes[n.Kind] == nil {
			order = append(order, n.Kind)
		}
		nodes[n.Kind] = append(nodes[n.Kind], n)
	}
	titles := make(map[store.Ref]string)
	if len(untold) > 0 {
		var err error
		if titles, err = w.links.Titles(ctx, untold); err != nil {
			return err
		}
	}
	for _, kind := range order {
		for _, n := range nodes[kind] {
			if n.Title == "" {
				n.Title = titles[store.Ref(n.Ref)]
			}
		}
		if err := w.held(ctx, kind, nodes[kind]); err != nil {
			return err
		}
	}
	for _, n := range a.Nodes {
		if n.Missing {
			a.Dangling++
		}
	}
	return nil
}

// held finds out which nodes of a kind are held, withdrawn and given up.
func (w *walk) held(ctx context.Context, kind vuln.Kind, all []*Node) error {
	for nodes := range slices.Chunk(all, 500) {
		var untitled []string
		for _, n := range nodes {
			if n.Title == "" {
				untitled = append(untitled, n.ID)
			}
		}
		have, err := w.having(ctx, store.Query{Kind: kind, IDs: untitled, Withdrawn: true})
		if err != nil {
			return err
		}
		var ids []string
		for _, n := range nodes {
			if n.Missing = n.Title == "" && !have(n.ID); !n.Missing {
				ids = append(ids, n.ID)
			}
		}
		current, err := w.having(ctx, store.Query{Kind: kind, IDs: ids})
		if err != nil {
			return err
		}
		status, err := w.statuses(ctx, kind, ids)
		if err != nil {
			return err
		}
		for _, n := range nodes {
			n.Withdrawn, n.Status = !n.Missing && !current(n.ID), status[n.ID]
		}
	}
	return nil
}

// having tells which of q.IDs there are. Mostly it is all or none, for which a
// count is enough.
func (w *walk) having(ctx context.Context, q store.Query) (func(id string) bool, error) {
	if len(q.IDs) == 0 {
		return func(string) bool { return false }, nil
	}
	d, err := w.reader.Digest(ctx, q)
	if err != nil {
		return nil, err
	}
	if d.Count == 0 || d.Count == len(q.IDs) {
		return func(string) bool { return d.Count > 0 }, nil
	}
	ids := make(map[string]bool, d.Count)
	for r, err := range w.reader.List(ctx, q) {
		if err != nil {
			return nil, err
		}
		ids[r.ID] = true
	}
	return func(id string) bool { return ids[id] }, nil
}

// statuses returns those of records that upstream gave up.
func (w *walk) statuses(ctx context.Context, kind vuln.Kind, ids []string) (map[string]string, error) {
	out := make(map[string]string)
	if len(ids) == 0 || len(retired[kind]) == 0 {
		return out, nil
	}
	q := store.Query{Kind: kind, IDs: ids, Statuses: retired[kind], Withdrawn: true}
	if d, err := w.reader.Digest(ctx, q); err != nil || d.Count == 0 {
		return out, err // mostly none, and counting is cheaper than listing
	}
	for r, err := range w.reader.List(ctx, q) {
		if err != nil {
			return nil, err
		}
		out[r.ID] = r.Status
	}
	return out, nil
}
