package sqlite

import (
	"fmt"
	"strings"
	"time"

	"vulnmirror/store"
	"vulnmirror/store/words"
)

// filter is a store.Query as conditions on record r.
type filter struct {
	table *table
	parts []string
	args  []any
}

func (f *filter) sql() string { return strings.Join(f.parts, " AND ") }

func (f *filter) add(condition string, args ...any) {
	f.parts = append(f.parts, condition)
	f.args = append(f.args, args...)
}

func filterOf(q store.Query) *filter {
	f := &filter{table: &tables[tableOf(q.Kind)]}
	if len(q.IDs) > 0 || q.Criteria != nil || q.CWE != "" {
		// What is found by name, criterion or weakness is few. The plus keeps SQLite
		// from going through all in order instead: it cannot tell weaknesses apart,
		// and as long as it has no statistics nothing else either.
		f.add(strings.Replace(f.table.ofKind(), "r.kind", "+r.kind", 1), string(q.Kind))
	} else {
		f.add(f.table.ofKind(), string(q.Kind))
	}
	if len(q.IDs) > 0 {
		f.add("r.id IN (SELECT x.id FROM json_each(?) j CROSS JOIN "+f.table.name+" x ON "+strings.Replace(f.table.ofKind(), "r.", "x.", 1)+" AND x.name = j.value)", jsonList(q.IDs), string(q.Kind))
	}
	f.times("r.published", q.Published)
	f.times("r.modified", q.Modified)
	if len(q.Statuses) > 0 {
		f.add("r.status IN "+termsIn, jsonList(q.Statuses))
	}
	if len(q.NotStatuses) > 0 {
		f.add("r.status NOT IN "+termsIn, jsonList(q.NotStatuses))
	}
	if q.Native {
		f.add("r.converted = 0")
	}
	if !q.Withdrawn {
		f.add("r.withdrawn IS NULL")
	}
	if f.table.entry {
		f.entry(q)
	} else {
		f.record(q)
	}
	f.text(q)
	return f
}

// record adds what is known of CVE records only.
func (f *filter) record(q store.Query) {
	if q.Year != 0 {
		f.add("r.year = ?", q.Year)
	}
	if len(q.Aliases) > 0 || q.LinksTo != nil || q.Platform != nil {
		f.add("0")
	}
	f.criteria(q)
	f.shared(q)
	f.scores(q)
}

const termsIn = "(SELECT id FROM term WHERE value IN (SELECT value FROM json_each(?)))"

// times keeps what is known to lie in the span.
func (f *filter) times(column string, s store.Span) {
	if !s.From.IsZero() {
		f.add(column+" >= ?", ceilMilli(s.From))
	}
	if !s.To.IsZero() {
		f.add(column+" <= ?", s.To.UnixMilli())
	}
}

func ceilMilli(t time.Time) int64 {
	ms := t.UnixMilli()
	if t.After(time.UnixMilli(ms)) {
		ms++
	}
	return ms
}

func (f *filter) shared(q store.Query) {
	if q.SourceIdentifier != "" {
		f.add("r.sources IN (SELECT set_id FROM set_source WHERE name = ?)", q.SourceIdentifier)
	}
	if q.CWE != "" {
		f.add("r.weaknesses IN (SELECT set_id FROM set_weakness WHERE cwe = ?)", q.CWE)
	}
	if q.Tag != "" {
		f.add("r.tags IN (SELECT set_id FROM set_tag WHERE name = ?)", q.Tag)
	}
	for i, on := range []bool{q.CertAlert, q.CertNote, q.OVAL} {
		if on {
			f.add("r.flags & ?", 1<<i)
		}
	}
	if q.InKEV {
		f.add("r.id IN (SELECT record FROM kev_entry)")
	}
	// A catalogue date stands for its first instant.
	if from := q.KEVAdded.From.UTC(); !q.KEVAdded.From.IsZero() {
		if from.Truncate(24 * time.Hour).Before(from) {
			from = from.AddDate(0, 0, 1)
		}
		f.add("r.id IN (SELECT record FROM kev_entry WHERE added >= ?)", from.Format(time.DateOnly))
	}
	if to := q.KEVAdded.To; !to.IsZero() {
		f.add("r.id IN (SELECT record FROM kev_entry WHERE added <= ?)", to.UTC().Format(time.DateOnly))
	}
}

func (f *filter) scores(q store.Query) {
	if q.Severity != "" {
		f.add("(r.scores, r.best) IN (SELECT set_id, ordinal FROM set_score WHERE severity = ?)", q.Severity)
	}
	if q.MinScore > 0 {
		f.add("(r.scores, r.best) IN (SELECT set_id, ordinal FROM set_score WHERE base >= ?)", q.MinScore)
	}
	c := q.CVSS
	if c == nil {
		return
	}
	one := []string{"1"}
	var args []any
	if len(c.Versions) > 0 {
		one = append(one, "version IN (SELECT value FROM json_each(?))")
		args = append(args, jsonList(c.Versions))
	}
	if c.Severity != "" {
		one = append(one, "severity = ?")
		args = append(args, c.Severity)
	}
	for _, m := range c.Metrics {
		one = append(one, "instr('/' || trim(vector, '()') || '/', ?) > 0")
		args = append(args, "/"+m+"/")
	}
	f.add("r.scores IN (SELECT set_id FROM set_score WHERE "+strings.Join(one, " AND ")+")", args...)
}

// text asks for words. Words without a letter or digit are left out; when
// nothing remains of what was asked for, nothing is found.
func (f *filter) text(q store.Query) {
	if len(q.Words) > 0 {
		var match []string
		for _, w := range words.Split(strings.Join(q.Words, " ")) {
			match = append(match, fmt.Sprintf(`"%s"*`, w))
		}
		if match == nil {
			f.add("0")
		} else {
			f.add(fmt.Sprintf("r.id IN (SELECT rowid FROM %[1]s WHERE %[1]s MATCH ?)", f.table.words), strings.Join(match, " "))
		}
	}
	if q.Phrase != "" {
		phrase := words.Split(q.Phrase)
		if phrase == nil {
			f.add("0")
			return
		}
		consecutive := `"` + strings.Join(phrase, " ") + `"`
		if f.table.prose {
			f.add(fmt.Sprintf("r.id IN (SELECT rowid FROM %[1]s WHERE %[1]s MATCH ?)", f.table.words), consecutive)
			return
		}
		f.add(fmt.Sprintf("r.id IN (SELECT w.rowid FROM %[1]s w CROSS JOIN %[2]s WHERE r.id = w.rowid AND %[1]s MATCH ? AND has_phrase(%[3]s, ?))", f.table.words, f.table.from(), f.table.body()),
			`"`+strings.Join(phrase, `" "`)+`"`, strings.Join(phrase, " "))
	}
}
