package mongo

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// linkKey spells the record that a link leads to as a value that is looked for.
func linkKey(kind vuln.Kind, id string) string { return text(string(kind) + " " + id) }

func keyOfRef(r store.Ref) string { return linkKey(r.Kind, r.ID) }

// refOf reads what linkKey spelled. Kinds have no space.
func refOf(key string) store.Ref {
	kind, id, _ := strings.Cut(key, " ")
	return store.Ref{Kind: vuln.Kind(kind), ID: id}
}

// linked is what a record's document has of its links. Those written before
// there were rules have none.
type linked struct {
	Source string   `bson:"source"`
	Links  []string `bson:"links"`
	Rules  []string `bson:"rules"` // of each of links
}

var linkedFields = bson.D{{Key: "source", Value: 1}, {Key: "links", Value: 1}, {Key: "rules", Value: 1}}

// Links implements store.Linker.
func (v *view) Links(ctx context.Context, q store.LinkQuery) iter.Seq2[store.Link, error] {
	return func(yield func(store.Link, error) bool) {
		found, err := v.links(ctx, q)
		for _, l := range found {
			if err = ctx.Err(); err != nil {
				break
			}
			if !yield(l, nil) {
				return
			}
		}
		if err != nil {
			yield(store.Link{}, v.s.fail("links", err))
		}
	}
}

func (v *view) links(ctx context.Context, q store.LinkQuery) ([]store.Link, error) {
	filters, wanted, err := v.linkFilters(ctx, q)
	if err != nil {
		return nil, err
	}
	var out []store.Link
	if err := v.allOf(ctx, filters, linkedFields, func(from name, doc bson.Raw) error {
		var d linked
		if err := bson.Unmarshal(doc, &d); err != nil {
			return err
		}
		for i, key := range d.Links {
			if !wanted(key) {
				continue
			}
			l := store.Link{From: store.Ref{Kind: from.kind, ID: from.id}, To: refOf(key), Source: d.Source}
			if i < len(d.Rules) {
				l.Rule = d.Rules[i]
			}
			out = append(out, l)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	slices.SortStableFunc(out, func(a, b store.Link) int {
		return cmp.Or(cmp.Compare(a.From.Kind, b.From.Kind), cmp.Compare(a.From.ID, b.From.ID))
	})
	return out, nil
}

// linkFilters selects the records that have links which q selects, and tells
// which of their links those are.
func (v *view) linkFilters(ctx context.Context, q store.LinkQuery) (filters []*filter, wanted func(key string) bool, err error) {
	if len(q.From) > 0 {
		filters = named(slices.DeleteFunc(slices.Clone(q.From), func(r store.Ref) bool { return r.Kind == vuln.KindCVE }), store.Query{})
		return filters, func(key string) bool { return len(q.Kinds) == 0 || slices.Contains(q.Kinds, refOf(key).Kind) }, nil
	}
	if len(q.To) == 0 {
		return nil, nil, nil
	}
	kinds := q.Kinds
	if len(kinds) == 0 {
		if kinds, err = v.kinds(ctx); err != nil {
			return nil, nil, err
		}
	}
	targets := map[string]bool{}
	keys := distinct(collect(q.To, keyOfRef))
	for _, key := range keys {
		targets[key] = true
	}
	for _, kind := range kinds {
		if kind == vuln.KindCVE {
			continue
		}
		for some := range slices.Chunk(keys, chunk) {
			f := filterOf(store.Query{Kind: kind})
			f.add("links", in(some))
			filters = append(filters, f)
		}
	}
	return filters, func(key string) bool { return targets[key] }, nil
}

// named selects records by their names, as far as q does not keep them out.
func named(refs []store.Ref, q store.Query) (filters []*filter) {
	ids := map[vuln.Kind][]string{}
	for _, r := range refs {
		ids[r.Kind] = append(ids[r.Kind], text(r.ID))
	}
	for kind, all := range ids {
		for some := range slices.Chunk(distinct(all), chunk) {
			q.Kind, q.IDs = kind, some
			filters = append(filters, filterOf(q))
		}
	}
	return filters
}

// Titles implements store.Linker.
func (v *view) Titles(ctx context.Context, refs []store.Ref) (map[store.Ref]string, error) {
	titles := map[name]string{}
	if err := v.allOf(ctx, named(refs, store.Query{Withdrawn: true}), bson.D{{Key: "title", Value: 1}}, func(n name, doc bson.Raw) error {
		titles[n], _ = doc.Lookup("title").StringValueOK()
		return nil
	}); err != nil {
		return nil, v.s.fail("titles", err)
	}
	out := map[store.Ref]string{}
	for _, r := range refs {
		if title := titles[name{r.Kind, text(r.ID)}]; title != "" {
			out[r] = title
		}
	}
	return out, nil
}

// kindList remembers which kinds there are. A kind comes with a revision that
// changes records.
type kindList struct {
	mu      sync.Mutex
	content int64 // kinds has all of this revision
	kinds   []vuln.Kind
}

// kinds lists the kinds of which there may be records at the view's revision.
func (v *view) kinds(ctx context.Context) ([]vuln.Kind, error) {
	list := &v.s.kindsHeld
	list.mu.Lock()
	kinds, content := list.kinds, list.content
	list.mu.Unlock()
	if kinds != nil && content >= v.at.Content {
		return kinds, nil
	}
	kinds, err := v.s.kinds(ctx)
	if err != nil {
		return nil, err
	}
	list.mu.Lock()
	defer list.mu.Unlock()
	if list.kinds == nil || list.content < v.at.Content {
		list.kinds, list.content = kinds, v.at.Content
	}
	return kinds, nil
}
