package postgres

import (
	"strconv"
	"strings"
	"time"

	"vulnmirror/vuln"
)

// column is a column of table record: how a record's value of it is found, and
// how many values are sent at once.
type column struct {
	name  string
	array string // type of the array parameter that brings one value for each record
	expr  string // of the value u that comes out of the array; "" is u itself
	value func(d *incoming) any
}

// listSeparator parts the members of a list on its way; PostgreSQL cannot take
// apart an array of arrays of different lengths.
const listSeparator = "\x1f"

const (
	listExpr    = "string_to_array(u, chr(31))"
	numbersExpr = "string_to_array(u, chr(31))::bigint[]"
)

// columns are those of table record that come from the record itself.
var columns = []column{
	{"kind", "text[]", "", func(d *incoming) any { return string(d.Kind) }},
	{"id", "text[]", "", func(d *incoming) any { return text(d.ID) }},
	{"published", "timestamptz[]", "", func(d *incoming) any { return orNull(d.Published) }},
	{"modified", "timestamptz[]", "", func(d *incoming) any { return orNull(d.Modified) }},
	{"title", "text[]", "", func(d *incoming) any { return text(d.Title) }},
	{"status", "text[]", "", func(d *incoming) any { return text(d.Status) }},
	{"reporter", "text[]", "", func(d *incoming) any { return text(d.SourceIdentifier) }},
	{"source", "text[]", "", func(d *incoming) any { return text(d.Source) }},
	{"feed_year", "integer[]", "", func(d *incoming) any { return int32(vuln.FeedYear(d.ID)) }},
	{"converted", "boolean[]", "", func(d *incoming) any { return d.Converted }},
	{"best_version", "text[]", "", best(func(s *vuln.Score) string { return s.Version })},
	{"best_scorer", "text[]", "", best(func(s *vuln.Score) string { return s.Scorer })},
	{"best_type", "text[]", "", best(func(s *vuln.Score) string { return s.Type })},
	{"best_base", "double precision[]", "", func(d *incoming) any {
		if d.Facts.Best == nil {
			return (*float64)(nil)
		}
		return &d.Facts.Best.Base
	}},
	{"best_severity", "text[]", "", best(func(s *vuln.Score) string { return s.Severity })},
	{"best_vector", "text[]", "", best(func(s *vuln.Score) string { return s.Vector })},
	{"cert_alert", "boolean[]", "", func(d *incoming) any { return d.Facts.CertAlert }},
	{"cert_note", "boolean[]", "", func(d *incoming) any { return d.Facts.CertNote }},
	{"oval", "boolean[]", "", func(d *incoming) any { return d.Facts.OVAL }},
	{"kev_added", "text[]", "", func(d *incoming) any {
		if d.Facts.KEV == nil {
			return (*string)(nil)
		}
		return known(d.Facts.KEV.Added)
	}},
	{"sources", "text[]", listExpr, func(d *incoming) any { return list(d.Facts.SourceIdentifiers) }},
	{"weaknesses", "text[]", listExpr, func(d *incoming) any { return list(d.Weaknesses) }},
	{"tags", "text[]", listExpr, func(d *incoming) any { return list(d.Tags) }},
	{"aliases", "text[]", listExpr, func(d *incoming) any { return list(d.Aliases) }},
	{"bare", "boolean[]", "", func(d *incoming) any { return len(d.Uses) == 0 }},
	{"part", "text[]", "", about(func(d *incoming) string { return d.About.Part })},
	{"vendor", "text[]", "", about(func(d *incoming) string { return d.About.Vendor })},
	{"product", "text[]", "", about(func(d *incoming) string { return d.About.Product })},
	{"open", "boolean[]", "", func(d *incoming) any {
		if d.About == nil {
			return (*bool)(nil)
		}
		open := d.About.Open()
		return &open
	}},
	{"platform", "text[]", "", about(func(d *incoming) string { return d.Facts.Platform.Criteria })},
	{"members", "text[]", numbersExpr, func(d *incoming) any { return numbers(d.Members) }},
	{"hash", "bytea[]", "", func(d *incoming) any { return d.Hash }},
	{"wording_hash", "bytea[]", "", func(d *incoming) any { return d.parts.wording }},
	{"score_hash", "bytea[]", "", func(d *incoming) any { return d.parts.score }},
	{"use_hash", "bytea[]", "", func(d *incoming) any { return d.parts.use }},
	{"link_hash", "bytea[]", "", func(d *incoming) any { return d.parts.link }},
	{"body", "bytea[]", "", func(d *incoming) any { return d.Packed }},
}

func best(of func(*vuln.Score) string) func(*incoming) any {
	return func(d *incoming) any {
		if d.Facts.Best == nil {
			return (*string)(nil)
		}
		return known(of(d.Facts.Best))
	}
}

func about(of func(*incoming) string) func(*incoming) any {
	return func(d *incoming) any {
		if d.About == nil {
			return (*string)(nil)
		}
		return known(of(d))
	}
}

func known(s string) *string {
	s = text(s)
	return &s
}

// text is s as PostgreSQL can keep it: UTF-8 without NUL. Bodies keep what
// upstream spelled.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// list is a value for a column of lists.
type list []string

// numbers is a value for a column of numbers; nil is none.
type numbers []int64

func (l list) joined() string { return text(strings.Join(l, listSeparator)) }

func (l list) clean() []string {
	out := make([]string, len(l))
	for i, s := range l {
		out[i] = text(s)
	}
	return out
}

func (n numbers) joined() *string {
	if n == nil {
		return nil
	}
	parts := make([]string, len(n))
	for i, x := range n {
		parts[i] = strconv.FormatInt(x, 10)
	}
	s := strings.Join(parts, listSeparator)
	return &s
}

// copied is a value as COPY takes it.
func copied(v any) any {
	switch v := v.(type) {
	case list:
		return v.clean()
	case numbers:
		return []int64(v)
	}
	return v
}

// gather makes the array parameter of a column.
func (c *column) gather(drafts []*incoming) any {
	switch c.value(drafts[0]).(type) {
	case string:
		return collect(drafts, func(d *incoming) string { return c.value(d).(string) })
	case *string:
		return collect(drafts, func(d *incoming) *string { return c.value(d).(*string) })
	case *time.Time:
		return collect(drafts, func(d *incoming) *time.Time { return c.value(d).(*time.Time) })
	case bool:
		return collect(drafts, func(d *incoming) bool { return c.value(d).(bool) })
	case *bool:
		return collect(drafts, func(d *incoming) *bool { return c.value(d).(*bool) })
	case int32:
		return collect(drafts, func(d *incoming) int32 { return c.value(d).(int32) })
	case *float64:
		return collect(drafts, func(d *incoming) *float64 { return c.value(d).(*float64) })
	case list:
		return collect(drafts, func(d *incoming) string { return c.value(d).(list).joined() })
	case numbers:
		return collect(drafts, func(d *incoming) *string { return c.value(d).(numbers).joined() })
	default:
		return collect(drafts, func(d *incoming) []byte { return c.value(d).([]byte) })
	}
}

func collect[T any](drafts []*incoming, f func(*incoming) T) []T {
	out := make([]T, len(drafts))
	for i, d := range drafts {
		out[i] = f(d)
	}
	return out
}
