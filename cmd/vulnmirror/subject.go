package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vulnmirror/cpe"
	"vulnmirror/format/kinds"
	format "vulnmirror/format/nvd"
	"vulnmirror/match"
	"vulnmirror/store"
	versions "vulnmirror/version"
	"vulnmirror/vuln"
)

// subject is what the records of a search have to do with: a CVE record, or else
// the platforms a CPE name describes.
type subject struct {
	cve  string
	text string // of the CPE name
}

// subjectOf reads the one word of a search as a subject that records of the kind
// can be found by; false when the words are just words.
func subjectOf(words []string, kind vuln.Kind) (subject, bool) {
	if len(words) != 1 || kind == vuln.KindNVDSource {
		return subject{}, false
	}
	if isCPE(words[0]) {
		return subject{text: words[0]}, slices.Contains([]vuln.Kind{vuln.KindCVE, vuln.KindCPE, vuln.KindMatchCriteria}, kind)
	}
	id, err := vuln.ParseCVE(words[0])
	return subject{cve: id}, err == nil && kind != vuln.KindCPE
}

// narrow makes a query ask for what has to do with the subject.
func (s subject) narrow(ctx context.Context, st store.Reader, q *store.Query) error {
	switch {
	case s.cve == "":
		name, err := cpe.ParseLenient(s.text)
		if err != nil {
			return wrongUse(err, "")
		}
		if q.Kind != vuln.KindCVE {
			q.Platform = &name
			return nil
		}
		found, err := match.New(st).Overlapping(ctx, name, versions.Range{})
		q.Criteria = refsOf(found)
		return err
	case kinds.NamedByCVE(q.Kind):
		q.IDs = []string{s.cve}
	case q.Kind == vuln.KindMatchCriteria:
		return s.criteria(ctx, st, q)
	default:
		q.LinksTo = &vuln.Link{Kind: vuln.KindCVE, ID: s.cve}
	}
	return nil
}

// criteria makes a query ask for the match criteria of a CVE record.
func (s subject) criteria(ctx context.Context, st store.Reader, q *store.Query) error {
	record, err := st.Get(ctx, vuln.KindCVE, s.cve)
	if err == nil {
		record, err = format.DecodeCVE(record.Body)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.cve, err)
	}
	q.IDs = []string{""} // no record has this one, so that no criteria are not all
	for _, m := range record.Facts.Criteria {
		q.IDs = append(q.IDs, strings.ToUpper(m.ID))
	}
	return nil
}

// refsOf names criteria for a query. It is never nil: none selects nothing.
func refsOf(criteria []store.Criterion) []string {
	refs := make([]string, len(criteria))
	for i, c := range criteria {
		refs[i] = c.Ref
	}
	return refs
}
