package postgres

import (
	"fmt"
	"strings"
	"time"

	"vulnmirror/cpe"
	"vulnmirror/store"
	"vulnmirror/store/draft"
	"vulnmirror/store/words"
	"vulnmirror/vuln"
)

// filter is a store.Query as conditions on record r.
type filter struct {
	parts []string
	args  []any

	// What PostgreSQL cannot tell is decided record by record.
	phrase   []string  // the body must hold it
	platform *cpe.Name // must overlap with the record's
}

// decided tells whether the conditions are the whole query.
func (f *filter) decided() bool { return f.phrase == nil && f.platform == nil }

func (f *filter) sql() string { return strings.Join(f.parts, " AND ") }

// add adds a condition in which each ? stands for the next argument.
func (f *filter) add(condition string, args ...any) {
	for _, arg := range args {
		f.args = append(f.args, arg)
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(f.args)), 1)
	}
	f.parts = append(f.parts, condition)
}

func filterOf(q store.Query) *filter {
	f := &filter{}
	f.add("r.kind = ?", string(q.Kind)) // the first argument, see links and words
	if len(q.IDs) > 0 {
		f.add("r.id = ANY(?::text[])", clean(q.IDs))
	}
	if q.Year != 0 {
		f.add("r.feed_year = ?", q.Year)
	}
	f.times("r.published", q.Published)
	f.times("r.modified", q.Modified)
	if len(q.Statuses) > 0 {
		f.add("r.status = ANY(?::text[])", clean(q.Statuses))
	}
	if len(q.NotStatuses) > 0 {
		f.add("r.status <> ALL(?::text[])", clean(q.NotStatuses))
	}
	if q.Native {
		f.add("NOT r.converted")
	}
	if !q.Withdrawn {
		f.add("r.withdrawn IS NULL")
	}
	f.facts(q)
	f.links(q)
	f.criteria(q)
	f.scores(q)
	f.text(q)
	return f
}

// times keeps what is known to lie in the span.
func (f *filter) times(column string, s store.Span) {
	if !s.From.IsZero() {
		from := s.From.Truncate(time.Millisecond)
		if from.Before(s.From) {
			from = from.Add(time.Millisecond)
		}
		f.add(column+" >= ?", from)
	}
	if !s.To.IsZero() {
		f.add(column+" <= ?", s.To.Truncate(time.Millisecond))
	}
}

func (f *filter) facts(q store.Query) {
	if q.SourceIdentifier != "" {
		f.add("r.sources <> '{}' AND r.sources @> ARRAY[?::text]", text(q.SourceIdentifier))
	}
	if q.CWE != "" {
		f.add("r.weaknesses <> '{}' AND r.weaknesses @> ARRAY[?::text]", text(q.CWE))
	}
	if q.Tag != "" {
		f.add("r.tags <> '{}' AND r.tags @> ARRAY[?::text]", text(q.Tag))
	}
	for column, on := range map[string]bool{"cert_alert": q.CertAlert, "cert_note": q.CertNote, "oval": q.OVAL, "kev_added IS NOT NULL": q.InKEV} {
		if on {
			f.add("r." + column)
		}
	}
	// A catalogue date stands for its first instant.
	if from := q.KEVAdded.From.UTC(); !q.KEVAdded.From.IsZero() {
		if from.Truncate(24 * time.Hour).Before(from) {
			from = from.AddDate(0, 0, 1)
		}
		f.add("r.kev_added >= ?", from.Format(time.DateOnly))
	}
	if to := q.KEVAdded.To; !to.IsZero() {
		f.add("r.kev_added <= ?", to.UTC().Format(time.DateOnly))
	}
}

func (f *filter) links(q store.Query) {
	if len(q.Aliases) > 0 {
		lower := make([]string, len(q.Aliases))
		for i, a := range q.Aliases {
			lower[i] = text(strings.ToLower(a))
		}
		f.add("r.aliases <> '{}' AND r.aliases && ?::text[]", lower)
	}
	if l := q.LinksTo; l != nil {
		f.add("r.id IN (SELECT l.from_id FROM content.link l WHERE l.from_kind = $1 AND l.kind = ? AND l.id = ?)", string(l.Kind), text(l.ID))
	}
}

func (f *filter) criteria(q store.Query) {
	f.products(q)
	if q.NoCriteria {
		f.only(q, vuln.KindCVE)
		f.add("r.bare")
	}
	if q.Platform != nil {
		f.add("r.platform IS NOT NULL")
		f.platform = q.Platform
		product := productOf(*q.Platform)
		where, args := selectProduct(product)
		if where != "true" {
			f.add("(("+where+") OR r.open)", args...)
		}
	}
	if q.Criteria == nil && !q.Vulnerable {
		return
	}
	f.only(q, vuln.KindCVE)
	where, args := "true", []any{}
	if q.Criteria != nil {
		where, args = "u.criterion = ANY(?::bytea[])", append(args, keysOf(q.Criteria))
	}
	if q.Vulnerable {
		where += " AND u.Affects & 3 <> 0"
	}
	f.add("r.id IN (SELECT u.id FROM content.criterion_use u WHERE "+where+")", args...)
}

// products selects by vendor and product.
func (f *filter) products(q store.Query) {
	if q.Vendor == "" && q.Product == "" {
		return
	}
	where, args := selectProduct(store.Product{Vendor: strings.ToLower(q.Vendor), Product: strings.ToLower(q.Product)})
	if q.Kind != vuln.KindCVE {
		f.add(where, args...)
		return
	}
	f.add("r.id IN (SELECT u.id FROM content.criterion r JOIN content.criterion_use u ON u.criterion = r.key WHERE "+where+")", args...)
}

// selectProduct is the condition that r is about a product, open ones not
// regarded.
func selectProduct(p store.Product) (string, []any) {
	var where []string
	var args []any
	for _, c := range []struct{ column, value string }{{"r.vendor", p.Vendor}, {"r.product", p.Product}, {"r.part", p.Part}} {
		if c.value != "" {
			where, args = append(where, c.column+" = ?"), append(args, text(c.value))
		}
	}
	if where == nil {
		return "true", nil
	}
	return strings.Join(where, " AND "), args
}

// productOf is what a platform says plainly of its product.
func productOf(n cpe.Name) store.Product {
	plain := func(v cpe.Value) string {
		if v == cpe.Any || v.Wild() {
			return ""
		}
		return string(v)
	}
	return store.Product{Part: plain(n.Part()), Vendor: plain(n.Vendor()), Product: plain(n.Product())}
}

// only finds nothing of other kinds.
func (f *filter) only(q store.Query, kind vuln.Kind) {
	if q.Kind != kind {
		f.add("false")
	}
}

func (f *filter) scores(q store.Query) {
	if q.Severity != "" {
		f.add("r.best_severity = ?", text(q.Severity))
	}
	if q.MinScore > 0 {
		f.add("r.best_base >= ?", q.MinScore)
	}
	c := q.CVSS
	if c == nil {
		return
	}
	f.only(q, vuln.KindCVE)
	one, args := []string{"true"}, []any{}
	if len(c.Versions) > 0 {
		one, args = append(one, "s.version = ANY(?::text[])"), append(args, c.Versions)
	}
	if c.Severity != "" {
		one, args = append(one, "s.severity = ?"), append(args, text(c.Severity))
	}
	for _, m := range c.Metrics {
		one, args = append(one, "position(?::text in '/' || btrim(s.vector, '()') || '/') > 0"), append(args, "/"+text(m)+"/")
	}
	f.add("r.id IN (SELECT s.id FROM content.score s WHERE "+strings.Join(one, " AND ")+")", args...)
}

// text asks for words. Words without a letter or digit are left out; when
// nothing remains of what was asked for, nothing is found.
func (f *filter) text(q store.Query) {
	if len(q.Words) > 0 {
		f.words(q.Kind, words.Split(strings.Join(q.Words, " ")), ":*")
	}
	if q.Phrase != "" {
		f.phrase = words.Split(q.Phrase)
		f.words(q.Kind, f.phrase, "")
	}
}

func (f *filter) words(kind vuln.Kind, all []string, suffix string) {
	if all == nil {
		f.add("false")
		return
	}
	terms := make([]string, len(all), len(all)+1)
	var long []string
	var args []any
	for i, w := range all {
		terms[i] = "'" + lexeme(w) + "'" + suffix
		if len(w) > longestLexeme {
			long, args = append(long, " AND EXISTS (SELECT 1 FROM unnest(w.long_words) AS word WHERE position(?::text in word) = 1)"), append(args, w)
		}
	}
	if !draft.Readable(kind) {
		terms = append(terms, quotedTerm(kindLexeme(kind)))
	}
	f.add("r.id IN (SELECT w.id FROM content.wording w WHERE w.kind = $1 AND w.words @@ ?::tsquery"+strings.Join(long, "")+")",
		append([]any{strings.Join(terms, " & ")}, args...)...)
}
