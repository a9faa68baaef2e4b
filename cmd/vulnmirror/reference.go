package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vulnmirror/cpe"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// reference is one way to read what a person typed as an identifier.
type reference struct {
	kind  vuln.Kind
	id    string
	alias bool // id is another identifier of the record
}

// references lists what text may identify, most likely first. A kind limits it
// to records of that kind. Text that identifies nothing is an error.
func references(text string, kind vuln.Kind) ([]reference, error) {
	text = strings.TrimSpace(text)
	var out []reference
	add := func(r reference) {
		if (kind == "" || kind == r.kind) && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	if id, err := vuln.ParseCVE(text); err == nil {
		add(reference{kind: vuln.KindCVE, id: id})
	}
	var why error
	if isCPE(text) {
		name, err := cpe.ParseLenient(text)
		if why = err; err == nil {
			add(reference{kind: vuln.KindCPE, id: text})
			add(reference{kind: vuln.KindCPE, id: name.String()})
		}
	}
	id, err := vuln.ParseUUID(text)
	if err == nil {
		add(reference{kind: vuln.KindMatchCriteria, id: id.String()})
		add(reference{kind: vuln.KindCPE, id: text, alias: true})
		add(reference{kind: vuln.KindCVEChange, id: id.String()})
	}
	if err == nil || strings.Contains(text, "@") || kind == vuln.KindNVDSource && text != "" {
		add(reference{kind: vuln.KindNVDSource, id: text})
		add(reference{kind: vuln.KindNVDSource, id: strings.ToLower(text)})
		add(reference{kind: vuln.KindNVDSource, id: text, alias: true})
	}
	switch {
	case len(out) > 0:
		return out, nil
	case why != nil:
		return nil, wrongUse(why, "")
	case kind != "":
		n := nameOf(kind)
		return nil, wrongUse(fmt.Errorf("%q is no identifier of a %s; one is %s", text, n.one, n.example), "")
	}
	return nil, wrongUse(fmt.Errorf("%q is not a CVE identifier, CPE name, UUID or address of a source", text),
		fmt.Sprintf("`vulnmirror search %s` looks for words; --kind source takes any name of a source", text))
}

func isCPE(text string) bool {
	return len(text) > 4 && strings.EqualFold(text[:4], "cpe:")
}

// find returns the first record there is.
func find(ctx context.Context, st store.Reader, refs []reference) (vuln.Record, error) {
	for _, r := range refs {
		record, err := r.find(ctx, st)
		if !errors.Is(err, store.ErrNotFound) {
			return record, err
		}
	}
	return vuln.Record{}, store.ErrNotFound
}

func (r reference) find(ctx context.Context, st store.Reader) (vuln.Record, error) {
	if !r.alias {
		return st.Get(ctx, r.kind, r.id)
	}
	known := store.Query{Kind: r.kind, Aliases: []string{r.id}, Withdrawn: true, Limit: 1}
	for record, err := range st.List(ctx, known) {
		return record, err
	}
	return vuln.Record{}, store.ErrNotFound
}

// explainMissing tells an unknown identifier from a mirror that is not complete.
func (a *app) explainMissing(ctx context.Context, st store.Reader, text string, refs []reference, err error) error {
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
		if !slices.ContainsFunc(refs, func(r reference) bool { return r.kind == info.Kind }) {
			continue
		}
		i := slices.IndexFunc(states, func(s store.SourceState) bool { return s.Source == info.Name && !s.Completed.IsZero() })
		if i >= 0 {
			advice = append(advice, "NVD may not have published it, or published it after the last sync of "+info.Name+", "+a.ago(states[i].Synced))
		}
	}
	if len(advice) == 0 {
		advice = append(advice, "no load of "+nameOf(refs[0].kind).many+" has completed yet; `vulnmirror status` tells more")
	}
	return failed(err, strings.Join(append(advice, fitting(ctx, st, refs)...), "\n  "))
}

// fitting points to names of the dictionary like one that it does not have.
func fitting(ctx context.Context, st store.Reader, refs []reference) []string {
	if refs[0].kind != vuln.KindCPE || refs[0].alias {
		return nil
	}
	name, err := cpe.ParseLenient(refs[0].id)
	if err != nil {
		return nil
	}
	digest, err := st.Digest(ctx, store.Query{Kind: vuln.KindCPE, Platform: &name})
	if err != nil || digest.Count == 0 {
		return nil // it was only a hint
	}
	return []string{fmt.Sprintf("%d names of the dictionary fit it: `vulnmirror search --kind cpe '%s'`", digest.Count, name)}
}
