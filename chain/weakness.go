package chain

import (
	"context"
	"slices"
	"strings"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// weaknesses are how CVE records are classified: by NVD and reporters in the
// record, by CISA and Microsoft in records of the same id.
type weaknesses struct{}

func (f weaknesses) find(ctx context.Context, w *walk, t turn, refs []store.Ref) ([]hit, error) {
	if !t.out {
		return f.back(ctx, w, t, refs)
	}
	records, err := w.records(ctx, refs)
	if err != nil {
		return nil, err
	}
	var hits []hit
	for _, r := range records {
		hits = append(hits, w.classified(t, r, "")...)
	}
	others := make([]store.Ref, 0, 2*len(refs))
	for _, kind := range []vuln.Kind{vuln.KindKEV, vuln.KindMSRC} {
		for _, ref := range refs {
			others = append(others, store.Ref{Kind: kind, ID: ref.ID})
		}
	}
	for link, err := range w.links.Links(ctx, store.LinkQuery{From: others, Kinds: []vuln.Kind{vuln.KindCWE}}) {
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(link.To.ID, "CWE-") {
			s := Statement{By: Ref(link.From), Source: link.Source, Version: w.releases[link.Source], Rule: link.Rule}
			hits = append(hits, hit{t, store.Ref{Kind: vuln.KindCVE, ID: link.From.ID}, link.To, s})
		}
	}
	if r, ok := w.read[w.start.ID]; ok && refOf(r) == w.start && slices.Contains(refs, w.start) && len(hits) == 0 {
		w.notes = append(w.notes, unclassified(r))
	}
	return hits, nil
}

// classified lists what a CVE record says of its weaknesses; only of that one, if
// there is one. NVD-CWE-noinfo and NVD-CWE-Other are none.
func (w *walk) classified(t turn, r vuln.Record, only string) []hit {
	var hits []hit
	for _, said := range r.Facts.Weaknesses {
		if !strings.HasPrefix(said.CWE, "CWE-") || only != "" && said.CWE != only {
			continue
		}
		h := hit{turn: t, near: refOf(r), far: store.Ref{Kind: vuln.KindCWE, ID: said.CWE}, Statement: Statement{
			By: Ref(refOf(r)), Source: r.Source, Version: w.releases[r.Source],
			Rule: "weaknesses", Scorer: strings.TrimSpace(said.Source + " " + said.Type),
		}}
		if !t.out {
			h.near, h.far = h.far, h.near
		}
		hits = append(hits, h)
	}
	return hits
}

// unclassified says why nothing leads on from a CVE record.
func unclassified(r vuln.Record) Warning {
	text := r.ID + " has no weakness"
	for i, said := range r.Facts.Weaknesses {
		if i == 0 {
			text = r.ID + " is classified as " + said.CWE
		} else if !strings.Contains(text, said.CWE) {
			text += ", " + said.CWE
		}
	}
	return Warning{r.Source, text + "; nothing leads from it to attacks and defences"}
}

// back finds the CVE records of weaknesses, those changed last, and how many
// there are.
func (weaknesses) back(ctx context.Context, w *walk, t turn, refs []store.Ref) ([]hit, error) {
	var hits []hit
	for _, ref := range refs {
		q := store.Query{Kind: vuln.KindCVE, CWE: ref.ID, Order: store.ByModifiedDesc, Limit: w.room()}
		n := 0
		if q.Limit > 0 {
			for r, err := range w.reader.List(ctx, q) {
				if err != nil {
					return nil, err
				}
				if r, err = w.know(r); err != nil {
					return nil, err
				}
				hits = append(hits, w.classified(t, r, ref.ID)...)
				n++
			}
		}
		if n < q.Limit {
			continue
		}
		d, err := w.reader.Digest(ctx, store.Query{Kind: vuln.KindCVE, CWE: ref.ID})
		if err != nil {
			return nil, err
		}
		w.unseen[group{ref, t.Step.Name, t.out}] += max(d.Count-n, 0)
	}
	return hits, nil
}
