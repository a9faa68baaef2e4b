package chain

import (
	"context"
	"slices"
	"strings"

	"vulnmirror/format/kinds"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// finder finds what a step leads to that is not in links.
type finder interface {
	// find returns the hits from any of refs, all of the kind the turn leaves
	// from. What it leaves out it counts in w.unseen.
	find(ctx context.Context, w *walk, t turn, refs []store.Ref) ([]hit, error)
}

// found adds what facts say of records that links say nothing of.
func (w *walk) found(ctx context.Context, going []leg, hits []hit) ([]hit, error) {
	said := make(map[group]bool)
	for _, h := range hits {
		said[group{h.near, h.Step.Name, h.out}] = true
	}
	var order []turn
	refs := make(map[turn][]store.Ref)
	for _, l := range going {
		if l.facts == nil || said[group{l.ref, l.Step.Name, l.out}] {
			continue
		}
		if refs[l.turn] == nil {
			order = append(order, l.turn)
		}
		refs[l.turn] = append(refs[l.turn], l.ref)
	}
	for _, t := range order {
		more, err := t.facts.find(ctx, w, t, refs[t])
		if err != nil {
			return nil, err
		}
		hits = append(hits, more...)
	}
	return hits, nil
}

// most is how many CVE records are read for an answer.
const most = 1000

// room is how many CVE records a step may still lead to from one record.
func (w *walk) room() int {
	left := max(most-max(w.cves, len(w.read)), 0)
	if w.limit < 0 {
		return left
	}
	return min(w.limit, left)
}

// records reads CVE records and returns those that are held.
func (w *walk) records(ctx context.Context, refs []store.Ref) ([]vuln.Record, error) {
	var ids []string
	for _, ref := range refs {
		if _, ok := w.read[ref.ID]; !ok {
			ids = append(ids, ref.ID)
		}
	}
	for batch := range slices.Chunk(ids, 500) {
		for r, err := range w.reader.List(ctx, store.Query{Kind: vuln.KindCVE, IDs: batch, Withdrawn: true, Order: store.ByID}) {
			if err != nil {
				return nil, err
			}
			if _, err := w.know(r); err != nil {
				return nil, err
			}
		}
	}
	var out []vuln.Record
	for _, ref := range refs {
		if r, ok := w.read[ref.ID]; ok {
			out = append(out, r)
		}
	}
	return out, nil
}

// know keeps a CVE record with its facts.
func (w *walk) know(r vuln.Record) (vuln.Record, error) {
	if held, ok := w.read[r.ID]; ok {
		return held, nil
	}
	k, _ := kinds.Of(r.Kind)
	r, err := k.Read(r)
	if err != nil {
		return r, err
	}
	w.read[r.ID] = r
	w.titles[refOf(r)] = summary(r.Text)
	return r, nil
}

func refOf(r vuln.Record) store.Ref { return store.Ref{Kind: r.Kind, ID: r.ID} }

// summary is the beginning of a description, English if there is one.
func summary(texts []vuln.Text) string {
	var text string
	for _, t := range texts {
		if text == "" || strings.HasPrefix(t.Lang, "en") {
			text = t.Value
		}
		if strings.HasPrefix(t.Lang, "en") {
			break
		}
	}
	words := strings.Fields(text)
	for i, n := 0, 0; i < len(words); i++ {
		if n += len([]rune(words[i])) + 1; n > 90 && i > 0 {
			return strings.Join(words[:i], " ") + " …"
		}
	}
	return strings.Join(words, " ")
}
