package mongo

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"vulnmirror/cpe"
	"vulnmirror/store"
	"vulnmirror/store/words"
	"vulnmirror/vuln"
)

// filter is a store.Query as conditions on documents of its kind.
type filter struct {
	kind  vuln.Kind
	ids   []string // nil is any
	parts bson.A   // all of them

	// What the server cannot tell is decided record by record.
	phrase   []string  // the body must hold it
	platform *cpe.Name // must overlap with the record's
}

// decided tells whether the conditions are the whole query.
func (f *filter) decided() bool { return f.phrase == nil && f.platform == nil }

func (f *filter) add(field string, condition any) {
	f.parts = append(f.parts, bson.D{{Key: field, Value: condition}})
}

// where is the condition on documents in which the field id names the record.
func (f *filter) where(id string, more ...bson.D) bson.D {
	all := slices.Clone(f.parts)
	if f.ids != nil {
		all = append(all, bson.D{{Key: id, Value: in(f.ids)}})
	}
	for _, m := range more {
		all = append(all, m)
	}
	return bson.D{{Key: "$and", Value: all}}
}

// nothing is a condition that no document meets.
func (f *filter) nothing() { f.add("rev", bson.D{{Key: "$lt", Value: int64(0)}}) }

func filterOf(q store.Query) *filter {
	f := &filter{kind: q.Kind}
	if len(q.IDs) > 0 {
		f.ids = distinct(collect(q.IDs, text))
	}
	if q.Year != 0 {
		f.add("year", q.Year)
	}
	f.times("published", q.Published)
	f.times("lastModified", q.Modified)
	if len(q.Statuses) > 0 {
		f.add("status", in(collect(q.Statuses, text)))
	}
	if len(q.NotStatuses) > 0 {
		f.add("status", bson.D{{Key: "$nin", Value: collect(q.NotStatuses, text)}})
	}
	if q.Native {
		f.add("converted", false)
	}
	if !q.Withdrawn {
		f.add("gone", false)
	}
	f.facts(q)
	f.platforms(q)
	f.criteria(q)
	f.scores(q)
	f.text(q)
	return f
}

// times keeps what is known to lie in the span.
func (f *filter) times(field string, s store.Span) {
	if !s.From.IsZero() {
		from := s.From.Truncate(time.Millisecond)
		if from.Before(s.From) {
			from = from.Add(time.Millisecond)
		}
		f.add(field, bson.D{{Key: "$gte", Value: from}})
	}
	if !s.To.IsZero() {
		f.add(field, bson.D{{Key: "$lte", Value: s.To.Truncate(time.Millisecond)}})
	}
}

func (f *filter) facts(q store.Query) {
	for _, has := range []struct{ field, value string }{{"sources", q.SourceIdentifier}, {"cwes", q.CWE}, {"tags", q.Tag}} {
		if has.value != "" {
			f.add(has.field, text(has.value))
		}
	}
	for _, is := range []struct {
		field string
		on    bool
	}{{"certAlert", q.CertAlert}, {"certNote", q.CertNote}, {"oval", q.OVAL}} {
		if is.on {
			f.add(is.field, true)
		}
	}
	if q.InKEV {
		f.add("kev", bson.D{{Key: "$gte", Value: ""}})
	}
	// A catalogue date stands for its first instant.
	if from := q.KEVAdded.From.UTC(); !q.KEVAdded.From.IsZero() {
		if from.Truncate(24 * time.Hour).Before(from) {
			from = from.AddDate(0, 0, 1)
		}
		f.add("kev", bson.D{{Key: "$gte", Value: from.Format(time.DateOnly)}})
	}
	if to := q.KEVAdded.To; !to.IsZero() {
		f.add("kev", bson.D{{Key: "$lte", Value: to.UTC().Format(time.DateOnly)}})
	}
	if len(q.Aliases) > 0 {
		f.add("aliases", in(collect(q.Aliases, func(a string) string { return text(strings.ToLower(a)) })))
	}
	if l := q.LinksTo; l != nil {
		f.add("links", linkKey(l.Kind, l.ID))
	}
}

// platforms selects by vendor and product, and by a platform.
func (f *filter) platforms(q store.Query) {
	if q.Vendor != "" || q.Product != "" {
		f.product(strings.ToLower(q.Vendor), strings.ToLower(q.Product))
	}
	if q.Platform == nil {
		return
	}
	f.platform = q.Platform
	f.add("platform", bson.D{{Key: "$gte", Value: ""}})
	vendor, product := plain(q.Platform.Vendor()), plain(q.Platform.Product())
	if vendor == "" && product == "" {
		return
	}
	narrowed := &filter{}
	narrowed.product(vendor, product)
	f.parts = append(f.parts, bson.D{{Key: "$or", Value: append(narrowed.parts, bson.D{{Key: "open", Value: true}})}})
}

// product selects by the product that a record is about; not both are empty.
func (f *filter) product(vendor, product string) {
	switch {
	case vendor == "":
		f.add("products", text(product))
	case product == "":
		f.add("about", begins(vendor+":"))
	default:
		f.add("about", begins(vendor+":"+product+":"))
	}
}

// plain is a value that stands for itself alone, "" for others.
func plain(v cpe.Value) string {
	if v == cpe.Any || v.Wild() {
		return ""
	}
	return string(v)
}

// begins is the pattern of texts that begin so, which servers find in an index.
func begins(text string) bson.Regex { return bson.Regex{Pattern: "^" + quote(text)} }

// quote is the pattern of a text itself. A pattern cannot have NUL in it.
func quote(s string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(text(s)), "\x00", `\x00`)
}

// marked are the uses of a criterion that is marked as vulnerable.
const marked = store.Alone | store.Together

func (f *filter) criteria(q store.Query) {
	if q.NoCriteria {
		f.add("bare", true)
	}
	switch {
	case q.Criteria != nil && q.Vulnerable:
		f.add("vulnerable", in(collect(q.Criteria, text)))
	case q.Criteria != nil:
		f.add("uses.k", in(collect(q.Criteria, text)))
	case q.Vulnerable:
		f.add("vulnerable", bson.D{{Key: "$gte", Value: ""}})
	}
}

// scores asks for one score that meets everything: its spelling by scoreKey
// begins with version and severity, and has the metrics in order.
func (f *filter) scores(q store.Query) {
	if q.Severity != "" {
		f.add("best.severity", text(q.Severity))
	}
	if q.MinScore > 0 {
		f.add("best.base", bson.D{{Key: "$gte", Value: q.MinScore}})
	}
	if q.CVSS == nil {
		return
	}
	severity := "[^ ]*"
	if q.CVSS.Severity != "" {
		severity = quote(q.CVSS.Severity)
	}
	metrics := slices.Clone(q.CVSS.Metrics)
	slices.Sort(metrics)
	end := " " + severity + " /"
	for _, m := range slices.Compact(metrics) {
		end += "(.*/)?" + quote(m) + "/"
	}
	versions := q.CVSS.Versions
	if len(versions) == 0 {
		f.add("scores", bson.Regex{Pattern: "^[^ ]*" + end})
		return
	}
	var each bson.A
	for _, v := range versions {
		each = append(each, bson.D{{Key: "scores", Value: bson.Regex{Pattern: "^" + quote(v) + end}}})
	}
	f.parts = append(f.parts, bson.D{{Key: "$or", Value: each}})
}

// text asks for words. Words without a letter or digit are left out; when
// nothing remains of what was asked for, nothing is found.
func (f *filter) text(q store.Query) {
	if len(q.Words) > 0 {
		all := words.Split(strings.Join(q.Words, " "))
		for _, w := range all {
			f.add("words", begins(w))
		}
		if all == nil {
			f.nothing()
		}
	}
	if q.Phrase != "" {
		if f.phrase = words.Split(q.Phrase); f.phrase == nil {
			f.nothing()
			return
		}
		f.add("words", bson.D{{Key: "$all", Value: distinct(slices.Clone(f.phrase))}})
	}
}
