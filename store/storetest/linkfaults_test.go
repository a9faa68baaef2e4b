package storetest

import (
	"context"
	"maps"
	"slices"
	"testing"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// TestFaultsOfLinksAreFound plants faults in what concerns titles, texts and
// links, and in how files want to be taken.
func TestFaultsOfLinksAreFound(t *testing.T) {
	// of changes every record of batches on the way in.
	of := func(change func(*vuln.Record)) func(*faulty) {
		return func(f *faulty) {
			f.apply = func(ctx context.Context, b *store.Batch) context.Context {
				b.Records = slices.Clone(b.Records)
				for i := range b.Records {
					change(&b.Records[i])
				}
				return ctx
			}
		}
	}
	manner := func(change func(*store.Origin)) func(*faulty) {
		return func(f *faulty) {
			f.apply = func(ctx context.Context, b *store.Batch) context.Context { change(&b.Origin); return ctx }
		}
	}
	follow := func(change func(*store.LinkQuery)) func(*faulty) {
		return func(f *faulty) {
			f.follow = func(q store.LinkQuery) store.LinkQuery { change(&q); return q }
		}
	}
	links := func(change func([]store.Link) []store.Link) func(*faulty) {
		return func(f *faulty) { f.links = change }
	}
	found := func(change func(map[store.Ref]string)) func(*faulty) {
		return func(f *faulty) { f.titles = change }
	}
	for _, tc := range []struct {
		fault, check string
		plant        func(f *faulty)
	}{
		{"", "Prose", func(*faulty) {}},
		{"a title is lost", "Prose", of(func(r *vuln.Record) { r.Title = "" })},
		{"aliases of other kinds are lost", "Prose", of(func(r *vuln.Record) { r.Facts.Aliases = nil })},
		{"links of other kinds are lost", "Prose", of(func(r *vuln.Record) { r.Facts.Links = nil })},
		{"only the first text is searched", "ProsePhrases", of(func(r *vuln.Record) { r.Text = r.Text[:min(1, len(r.Text))] })},
		{"", "ProsePhrases", func(*faulty) {}},
		{"words may be anywhere in a phrase", "ProsePhrases", func(f *faulty) {
			f.list = func(q store.Query) store.Query {
				if q.Phrase != "" {
					q.Words, q.Phrase = []string{q.Phrase}, ""
				}
				return q
			}
		}},
		{"a phrase goes on in the next text", "ProsePhrases", of(func(r *vuln.Record) {
			all := ""
			for _, x := range r.Text {
				all += x.Value + " "
			}
			r.Text = []vuln.Text{{Value: all}}
		})},
		{"phrases are looked for in what was replaced", "ProsePhrases", func(f *faulty) {
			f.apply = func(ctx context.Context, b *store.Batch) context.Context {
				if b.Origin == origin(2) {
					b.Records = nil
				}
				return ctx
			}
		}},
		{"", "Titles", func(*faulty) {}},
		{"a title is missing", "Titles", found(func(m map[store.Ref]string) { delete(m, store.Ref{Kind: vuln.KindEPSS, ID: "CVE-2024-0008"}) })},
		{"titles of what is withdrawn are missing", "Titles", found(func(m map[store.Ref]string) {
			maps.DeleteFunc(m, func(ref store.Ref, _ string) bool { return ref.Kind == vuln.KindCWE })
		})},
		{"a record without a title has an empty one", "Titles", found(func(m map[store.Ref]string) { m[store.Ref{Kind: vuln.KindCWE, ID: "CWE-6"}] = "" })},
		{"records have no titles", "Titles", func(f *faulty) { f.get = func(r vuln.Record) vuln.Record { r.Title = ""; return r } }},
		{"versions have titles", "Titles", func(f *faulty) {
			f.versions = func(v []store.Version) []store.Version { v[0].Record.Title = "it"; return v }
		}},
		{"", "Links", func(*faulty) {}},
		{"links are in no order", "Links", links(func(l []store.Link) []store.Link { slices.Reverse(l); return l })},
		{"links of one record are sorted", "Links", links(func(l []store.Link) []store.Link {
			slices.SortStableFunc(l, func(a, b store.Link) int {
				if a.From != b.From {
					return 0
				}
				return len(a.Rule) - len(b.Rule)
			})
			return l
		})},
		{"a link that is listed twice comes once", "Links", links(func(l []store.Link) []store.Link { return slices.Compact(l) })},
		{"a rule is lost", "Links", links(func(l []store.Link) []store.Link {
			for i := range l {
				l[i].Rule = ""
			}
			return l
		})},
		{"kinds do not count", "Links", follow(func(q *store.LinkQuery) { q.Kinds = nil })},
		{"only some references are followed", "Links", follow(func(q *store.LinkQuery) { q.From, q.To = q.From[:min(100, len(q.From))], q.To[:min(100, len(q.To))] })},
		{"links are followed the other way", "Links", follow(func(q *store.LinkQuery) { q.From, q.To = q.To, q.From })},
		{"links of what nobody holds are not", "Links", links(func(l []store.Link) []store.Link {
			return slices.DeleteFunc(l, func(l store.Link) bool { return l.To.Kind == "another" })
		})},
		{"", "Links", links(func(l []store.Link) []store.Link { return l })},
		{"", "LinkVersions", func(*faulty) {}},
		{"what is withdrawn leads on", "LinkVersions", func(f *faulty) {
			var last []store.Link
			f.links = func(l []store.Link) []store.Link {
				if len(l) < len(last) && len(l) == 2 {
					return last
				}
				last = l
				return l
			}
		}},
		{"links belong to whoever brought the record first", "LinkVersions", links(func(l []store.Link) []store.Link {
			for i := range l {
				if l[i].Source == "two" {
					l[i].Source = "one"
				}
			}
			return l
		})},
		{"", "LinkSnapshot", func(*faulty) {}},
		{"links of a snapshot move", "LinkSnapshot", func(f *faulty) { f.now = true }},
		{"", "Backwards", func(*faulty) {}},
		{"dates count always", "Backwards", manner(func(o *store.Origin) { o.Replaces = false })},
		{"dates never count", "Backwards", manner(func(o *store.Origin) { o.Replaces = true })},
		{"dates do not count between sources", "Backwards", of(func(r *vuln.Record) { r.Source = "one" })},
		{"conversions replace", "Backwards", of(func(r *vuln.Record) { r.Converted = false })},
		{"", "Forgetting", func(*faulty) {}},
		{"nothing is forgotten", "Forgetting", manner(func(o *store.Origin) { o.Forgets = false })},
		{"everything is forgotten", "Forgetting", manner(func(o *store.Origin) { o.Forgets = true })},
		{"", "Sources", func(*faulty) {}},
		{"a release is lost", "Sources", func(f *faulty) {
			f.state = func(s store.SourceState) store.SourceState { s.Release = ""; return s }
		}},
	} {
		t.Run(tc.check+": "+tc.fault, func(t *testing.T) { tryFault(t, tc.fault, tc.check, tc.plant) })
	}
}
