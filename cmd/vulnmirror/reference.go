package main

import (
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

// references lists what text may identify, most likely first. A kind limits it
// to records of that kind. Text that identifies nothing is an error.
func references(text string, kind vuln.Kind) ([]kinds.Ref, error) {
	refs, err := kinds.Candidates(text, kind)
	switch {
	case err == nil:
		return refs, nil
	case kind != "" || !errors.Is(err, kinds.ErrNoIdentifier):
		return nil, wrongUse(err, "")
	}
	return nil, wrongUse(err, fmt.Sprintf("`vulnmirror search %s` looks for words; --kind source takes any name of a source", text))
}

func isCPE(text string) bool {
	return len(text) > 4 && strings.EqualFold(text[:4], "cpe:")
}

// find returns the first record there is.
func find(ctx context.Context, st store.Reader, refs []kinds.Ref) (vuln.Record, error) {
	for _, r := range refs {
		record, err := findOne(ctx, st, r)
		if !errors.Is(err, store.ErrNotFound) {
			return record, err
		}
	}
	return vuln.Record{}, store.ErrNotFound
}

func findOne(ctx context.Context, st store.Reader, r kinds.Ref) (vuln.Record, error) {
	if !r.Alias {
		return st.Get(ctx, r.Kind, r.ID)
	}
	known := store.Query{Kind: r.Kind, Aliases: []string{r.ID}, Withdrawn: true, Limit: 1}
	for record, err := range st.List(ctx, known) {
		return record, err
	}
	return vuln.Record{}, store.ErrNotFound
}

// explainMissing tells an unknown identifier from a mirror that is not complete.
func (a *app) explainMissing(ctx context.Context, st store.Reader, text string, refs []kinds.Ref, err error) error {
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	err = fmt.Errorf("no record of %s is held", text)
	states, serr := st.Sources(ctx)
	if serr != nil {
		return errors.Join(err, serr)
	}
	var advice []string
	for _, src := range a.sources() {
		info := src.Info()
		if !slices.ContainsFunc(refs, func(r kinds.Ref) bool { return r.Kind == info.Kind || slices.Contains(info.With, r.Kind) }) {
			continue
		}
		i := slices.IndexFunc(states, func(s store.SourceState) bool { return s.Source == info.Name && !s.Completed.IsZero() })
		if i >= 0 {
			advice = append(advice, "upstream may not have published it, or published it after the last sync of "+info.Name+", "+a.ago(states[i].Synced))
		}
	}
	if len(advice) == 0 {
		advice = append(advice, "no load of "+nameOf(refs[0].Kind).Many+" has completed yet; `vulnmirror status` tells more")
	}
	return failed(err, strings.Join(append(advice, fitting(ctx, st, refs)...), "\n  "))
}

// fitting points to names of the dictionary like one that it does not have.
func fitting(ctx context.Context, st store.Reader, refs []kinds.Ref) []string {
	if refs[0].Kind != vuln.KindCPE || refs[0].Alias {
		return nil
	}
	name, err := cpe.ParseLenient(refs[0].ID)
	if err != nil {
		return nil
	}
	digest, err := st.Digest(ctx, store.Query{Kind: vuln.KindCPE, Platform: &name})
	if err != nil || digest.Count == 0 {
		return nil // it was only a hint
	}
	return []string{fmt.Sprintf("%d names of the dictionary fit it: `vulnmirror search --kind cpe '%s'`", digest.Count, name)}
}
