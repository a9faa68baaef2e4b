package storetest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"vulnmirror/cpe"
	"vulnmirror/store"
	"vulnmirror/store/words"
	"vulnmirror/vuln"
)

// matches says whether a record, as decoded, is what q asks for. It is the
// meaning of store.Query, written for clearness alone.
func matches(r *vuln.Record, q store.Query) bool {
	f := &r.Facts
	switch {
	case r.Kind != q.Kind,
		len(q.IDs) > 0 && !slices.Contains(q.IDs, r.ID),
		q.Year != 0 && vuln.FeedYear(r.ID) != q.Year,
		!within(r.Published, q.Published),
		!within(r.Modified, q.Modified),
		len(q.Statuses) > 0 && !slices.Contains(q.Statuses, r.Status),
		slices.Contains(q.NotStatuses, r.Status),
		q.SourceIdentifier != "" && !slices.Contains(f.SourceIdentifiers, q.SourceIdentifier),
		q.CWE != "" && !slices.ContainsFunc(f.Weaknesses, func(w vuln.Weakness) bool { return w.CWE == q.CWE }),
		q.Tag != "" && !slices.ContainsFunc(f.Tags, func(t vuln.Tag) bool { return t.Name == q.Tag }),
		q.InKEV && f.KEV == nil,
		!q.KEVAdded.IsZero() && !within(kevDate(f.KEV), q.KEVAdded),
		q.CertAlert && !f.CertAlert,
		q.CertNote && !f.CertNote,
		q.OVAL && !f.OVAL,
		q.CVSS != nil && !slices.ContainsFunc(f.Scores, func(s vuln.Score) bool { return scored(s, q.CVSS) }),
		q.Severity != "" && (f.Best == nil || f.Best.Severity != q.Severity),
		q.MinScore > 0 && (f.Best == nil || f.Best.Base < q.MinScore):
		return false
	}
	return inScope(r, q) && hasWords(r.Prose(), q.Words) && hasPhrase(r.Prose(), q.Phrase)
}

// inScope is the part of matches about identifiers, links and platforms.
func inScope(r *vuln.Record, q store.Query) bool {
	named := func(alias string) bool {
		return slices.ContainsFunc(r.Facts.Aliases, func(a string) bool { return strings.EqualFold(a, alias) })
	}
	led := func(l vuln.Link) bool { return l.Kind == q.LinksTo.Kind && l.ID == q.LinksTo.ID }
	platforms := r.Facts.Criteria
	if r.Facts.Platform != nil {
		platforms = []vuln.MatchCriteria{*r.Facts.Platform}
	}
	made := func(m vuln.MatchCriteria) bool {
		name, err := cpe.ParseLenient(m.Criteria)
		return err == nil && (q.Vendor == "" || strings.EqualFold(string(name.Vendor()), q.Vendor)) &&
			(q.Product == "" || strings.EqualFold(string(name.Product()), q.Product))
	}
	switch {
	case q.Native && r.Converted,
		!q.Withdrawn && !r.Withdrawn.IsZero(),
		len(q.Aliases) > 0 && !slices.ContainsFunc(q.Aliases, named),
		q.LinksTo != nil && !slices.ContainsFunc(r.Facts.Links, led),
		(q.Vendor != "" || q.Product != "") && !slices.ContainsFunc(platforms, made),
		q.NoCriteria && (r.Kind != vuln.KindCVE || len(r.Facts.Criteria) > 0),
		q.Criteria != nil && r.Kind != vuln.KindCVE:
		return false
	}
	if q.Platform == nil {
		return true
	}
	if r.Facts.Platform == nil {
		return false
	}
	name, err := cpe.ParseLenient(r.Facts.Platform.Criteria)
	return err == nil && q.Platform.Overlaps(name)
}

// within: a span finds no record without that time.
func within(t time.Time, s store.Span) bool {
	if s.IsZero() {
		return true
	}
	return !t.IsZero() && (s.From.IsZero() || !t.Before(s.From)) && (s.To.IsZero() || !t.After(s.To))
}

func kevDate(k *vuln.KEV) time.Time {
	if k == nil {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, k.Added)
	if err != nil {
		panic(err) // the test's own record
	}
	return t
}

func scored(s vuln.Score, c *store.CVSSFilter) bool {
	if len(c.Versions) > 0 && !slices.Contains(c.Versions, s.Version) || c.Severity != "" && s.Severity != c.Severity {
		return false
	}
	have := strings.Split(strings.Trim(s.Vector, "()"), "/")
	for _, m := range c.Metrics {
		if !slices.Contains(have, m) {
			return false
		}
	}
	return true
}

// hasWords: what was typed is cut into words, each of which begins a word of
// some description. If nothing is left after cutting, nothing is found.
func hasWords(texts []vuln.Text, typed []string) bool {
	if len(typed) == 0 {
		return true
	}
	want := words.Split(strings.Join(typed, " "))
	for _, w := range want {
		if !slices.ContainsFunc(texts, func(t vuln.Text) bool {
			return slices.ContainsFunc(words.Split(t.Value), func(have string) bool { return strings.HasPrefix(have, w) })
		}) {
			return false
		}
	}
	return len(want) > 0
}

// hasPhrase: one description holds the phrase's words whole and side by side.
func hasPhrase(texts []vuln.Text, phrase string) bool {
	return phrase == "" || slices.ContainsFunc(texts, func(t vuln.Text) bool { return words.HasPhrase(t.Value, words.Split(phrase)) })
}

// find gives the ids that q should list, in order and paged.
func find(records []vuln.Record, q store.Query) []string {
	var hits []vuln.Record
	for _, r := range records {
		if matches(&r, q) {
			hits = append(hits, r)
		}
	}
	slices.SortFunc(hits, func(a, b vuln.Record) int {
		byID := cmp.Compare(a.ID, b.ID)
		switch q.Order {
		case store.ByPublished:
			return cmp.Or(a.Published.Compare(b.Published), byID)
		case store.ByModifiedDesc:
			return cmp.Or(b.Modified.Compare(a.Modified), byID)
		}
		return byID
	})
	hits = hits[min(q.Offset, len(hits)):]
	if q.Limit > 0 {
		hits = hits[:min(q.Limit, len(hits))]
	}
	ids := []string{}
	for _, r := range hits {
		ids = append(ids, r.ID)
	}
	return ids
}

// list gives the ids that a store lists.
func list(t T, s store.Reader, q store.Query) []string {
	t.Helper()
	ids := []string{}
	for r, err := range s.List(t.Context(), q) {
		if err != nil {
			t.Fatalf("List(%+v): %v", q, err)
		}
		ids = append(ids, r.ID)
	}
	return ids
}
