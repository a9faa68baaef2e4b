package chain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vulnmirror/cpe"
	"vulnmirror/format/kinds"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// describes are the criteria that describe CPE names: by upstream's own lists, or
// by being the name.
type describes struct{}

func (f describes) find(ctx context.Context, w *walk, t turn, refs []store.Ref) ([]hit, error) {
	if !t.out {
		return nil, nil // a criterion stands for the names it describes
	}
	var hits []hit
	for _, ref := range refs {
		more, err := f.of(ctx, w, t, ref)
		if err != nil {
			return nil, err
		}
		hits = append(hits, more...)
	}
	return hits, nil
}

func (describes) of(ctx context.Context, w *walk, t turn, ref store.Ref) ([]hit, error) {
	listings, err := w.reader.Listed(ctx, ref.ID)
	if err != nil {
		return nil, err
	}
	var listed []string
	for _, l := range listings {
		listed = append(listed, l.Criteria...)
	}
	criteria, err := w.about(ctx, ref.ID)
	if err != nil {
		return nil, err
	}
	var hits []hit
	for _, c := range criteria {
		rule, source := "criteria", suppliers[vuln.KindCVE][0]
		if slices.Contains(listed, c.ID) {
			rule, source = "matches", suppliers[vuln.KindMatchCriteria][0]
		} else if bounded(c.MatchCriteria) != ref.ID {
			continue
		}
		far := store.Ref{Kind: vuln.KindMatchCriteria, ID: cmp.Or(c.ID, c.Ref)}
		w.titles[far], w.criteria[far.ID] = bounded(c.MatchCriteria), c.Ref
		hits = append(hits, hit{t, ref, far, w.statement(far, source, rule)})
	}
	return hits, nil
}

// about returns the criteria that configurations have about the product of a CPE
// name or criterion.
func (w *walk) about(ctx context.Context, id string) ([]store.Criterion, error) {
	name, err := cpe.ParseLenient(id)
	if err != nil {
		return nil, fmt.Errorf("%q is no CPE name: %w", id, err)
	}
	return w.reader.Criteria(ctx, store.Product{
		Part: string(name.Part()), Vendor: string(name.Vendor()), Product: string(name.Product()),
	})
}

// uses are the match criteria of CVE records.
type uses struct{}

const (
	ruleCriteria = "cpeMatch"
	ruleContext  = "cpeMatch, not vulnerable itself"
)

func (f uses) find(ctx context.Context, w *walk, t turn, refs []store.Ref) ([]hit, error) {
	if t.out {
		return f.records(ctx, w, t, refs)
	}
	records, err := w.records(ctx, refs)
	if err != nil {
		return nil, err
	}
	var hits []hit
	for _, r := range records {
		for _, c := range r.Facts.Criteria {
			far := store.Ref{Kind: vuln.KindMatchCriteria, ID: cmp.Or(c.ID, c.Criteria)}
			w.titles[far] = bounded(c)
			rule := ruleCriteria
			if !c.Vulnerable {
				rule = ruleContext
			}
			hits = append(hits, hit{t, refOf(r), far, w.statement(refOf(r), r.Source, rule)})
		}
	}
	return hits, nil
}

// records finds the CVE records whose configurations have criteria.
func (uses) records(ctx context.Context, w *walk, t turn, refs []store.Ref) ([]hit, error) {
	criteria := make(map[string]store.Ref)
	var names []string
	for _, ref := range refs {
		name, err := w.criterion(ctx, ref)
		if err != nil {
			return nil, err
		}
		if name != "" {
			names, criteria[name] = append(names, name), ref
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	found, err := w.reader.Uses(ctx, names)
	if err != nil {
		return nil, err
	}
	var hits []hit
	for _, u := range found {
		rule := ruleCriteria
		if u.Affects == store.Context {
			rule = ruleContext
		}
		cve := store.Ref{Kind: vuln.KindCVE, ID: u.ID}
		hits = append(hits, hit{t, criteria[u.Ref], cve, w.statement(cve, suppliers[vuln.KindCVE][0], rule)})
	}
	return hits, nil
}

// criterion returns the store's name of a criterion, "" when no configuration has
// it.
func (w *walk) criterion(ctx context.Context, ref store.Ref) (string, error) {
	if name, ok := w.criteria[ref.ID]; ok {
		return name, nil
	}
	held, err := w.reader.Get(ctx, ref.Kind, ref.ID)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	k, _ := kinds.Of(ref.Kind)
	if held, err = k.Read(held); err != nil || held.Facts.Platform == nil {
		return "", err
	}
	w.titles[ref] = bounded(*held.Facts.Platform)
	criteria, err := w.about(ctx, held.Facts.Platform.Criteria)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(criteria, func(c store.Criterion) bool { return c.ID == ref.ID })
	if i < 0 {
		return "", nil
	}
	return criteria[i].Ref, nil
}

// bounded spells a criterion with the versions it is about.
func bounded(c vuln.MatchCriteria) string {
	out := []string{c.Criteria}
	for _, b := range []struct{ sign, version string }{
		{"from ", c.VersionStartIncluding},
		{"after ", c.VersionStartExcluding},
		{"to ", c.VersionEndIncluding},
		{"before ", c.VersionEndExcluding},
	} {
		if b.version != "" {
			out = append(out, b.sign+b.version)
		}
	}
	return strings.Join(out, " ")
}
