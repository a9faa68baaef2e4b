package postgres

import (
	"strings"

	"vulnmirror/vuln"
)

// column is a column of table record, and how a record's value of it is found.
type column struct {
	name  string
	value func(d *incoming) any
}

// columns are those of table record that come from the record itself.
var columns = []column{
	{"kind", func(d *incoming) any { return string(d.Kind) }},
	{"id", func(d *incoming) any { return text(d.ID) }},
	{"published", func(d *incoming) any { return orNull(d.Published) }},
	{"modified", func(d *incoming) any { return orNull(d.Modified) }},
	{"title", func(d *incoming) any { return text(d.Title) }},
	{"status", func(d *incoming) any { return text(d.Status) }},
	{"reporter", func(d *incoming) any { return text(d.SourceIdentifier) }},
	{"source", func(d *incoming) any { return text(d.Source) }},
	{"feed_year", func(d *incoming) any { return int32(vuln.FeedYear(d.ID)) }},
	{"converted", func(d *incoming) any { return d.Converted }},
	{"best_version", best(func(s *vuln.Score) string { return s.Version })},
	{"best_scorer", best(func(s *vuln.Score) string { return s.Scorer })},
	{"best_type", best(func(s *vuln.Score) string { return s.Type })},
	{"best_base", func(d *incoming) any {
		if d.Facts.Best == nil {
			return (*float64)(nil)
		}
		return &d.Facts.Best.Base
	}},
	{"best_severity", best(func(s *vuln.Score) string { return s.Severity })},
	{"best_vector", best(func(s *vuln.Score) string { return s.Vector })},
	{"cert_alert", func(d *incoming) any { return d.Facts.CertAlert }},
	{"cert_note", func(d *incoming) any { return d.Facts.CertNote }},
	{"oval", func(d *incoming) any { return d.Facts.OVAL }},
	{"kev_added", func(d *incoming) any {
		if d.Facts.KEV == nil {
			return (*string)(nil)
		}
		return known(d.Facts.KEV.Added)
	}},
	{"sources", func(d *incoming) any { return clean(d.Facts.SourceIdentifiers) }},
	{"weaknesses", func(d *incoming) any { return clean(d.Weaknesses) }},
	{"tags", func(d *incoming) any { return clean(d.Tags) }},
	{"aliases", func(d *incoming) any { return clean(d.Aliases) }},
	{"bare", func(d *incoming) any { return len(d.Uses) == 0 }},
	{"part", about(func(d *incoming) string { return d.About.Part })},
	{"vendor", about(func(d *incoming) string { return d.About.Vendor })},
	{"product", about(func(d *incoming) string { return d.About.Product })},
	{"open", func(d *incoming) any {
		if d.About == nil {
			return (*bool)(nil)
		}
		open := d.About.Open()
		return &open
	}},
	{"platform", about(func(d *incoming) string { return d.Facts.Platform.Criteria })},
	{"members", func(d *incoming) any { return d.Members }},
	{"hash", func(d *incoming) any { return d.Hash }},
	{"wording_hash", func(d *incoming) any { return d.parts.wording }},
	{"score_hash", func(d *incoming) any { return d.parts.score }},
	{"use_hash", func(d *incoming) any { return d.parts.use }},
	{"link_hash", func(d *incoming) any { return d.parts.link }},
	{"body", func(d *incoming) any { return d.Packed }},
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

// clean is text of each.
func clean(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = text(s)
	}
	return out
}
