package mongo

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"vulnmirror/store"
	"vulnmirror/store/platform"
	"vulnmirror/vuln"
)

// Criteria implements store.Applicability.
func (v *view) Criteria(ctx context.Context, products ...store.Product) ([]store.Criterion, error) {
	what := "criteria"
	if len(products) == 0 {
		return nil, nil
	}
	var out []store.Criterion
	seen := map[string]bool{}
	ask := func(where bson.D) error {
		return v.s.each(ctx, v.s.criterion(), append(where, v.placed()...), options.Find(), func(raw bson.Raw) error {
			var d criterionDoc
			if err := bson.Unmarshal(raw, &d); err != nil {
				return err
			}
			if !seen[d.ID] {
				seen[d.ID] = true
				out = append(out, store.Criterion{Ref: d.ID, MatchCriteria: vuln.MatchCriteria{
					ID: d.MatchCriteriaID, Criteria: d.Criteria,
					VersionStartIncluding: d.VersionStartIncluding, VersionStartExcluding: d.VersionStartExcluding,
					VersionEndIncluding: d.VersionEndIncluding, VersionEndExcluding: d.VersionEndExcluding,
				}})
			}
			return nil
		})
	}
	if err := ask(bson.D{{Key: "open", Value: true}}); err != nil {
		return nil, v.s.fail(what, err)
	}
	for some := range slices.Chunk(products, chunk) {
		if err := ask(bson.D{{Key: "$or", Value: collect(some, ofProduct)}}); err != nil {
			return nil, v.s.fail(what, err)
		}
	}
	return out, v.s.fail(what, v.expanded(ctx, out))
}

// ofProduct is the condition on criteria that they are about a product.
func ofProduct(p store.Product) bson.D {
	var where bson.D
	for _, is := range []struct{ field, value string }{{"vendor", p.Vendor}, {"product", p.Product}, {"part", p.Part}} {
		if is.value != "" {
			where = append(where, bson.E{Key: is.field, Value: text(is.value)})
		}
	}
	if where == nil {
		return bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: ""}}}}
	}
	return where
}

// expanded marks the criteria whose list of names is held.
func (v *view) expanded(ctx context.Context, criteria []store.Criterion) error {
	ids := collect(criteria, func(c store.Criterion) string { return c.ID })
	held := map[string]bool{}
	for some := range slices.Chunk(distinct(ids), chunk) {
		f := filterOf(store.Query{Kind: vuln.KindMatchCriteria, IDs: some})
		if err := v.all(ctx, f, bson.D{{Key: "_id", Value: 1}}, func(id string, _ bson.Raw) error {
			held[id] = true
			return nil
		}); err != nil {
			return err
		}
	}
	for i := range criteria {
		criteria[i].Expanded = held[criteria[i].ID]
	}
	return nil
}

// refsAtOnce is how many criteria are asked for at once.
const refsAtOnce = 5000

// Uses implements store.Applicability.
func (v *view) Uses(ctx context.Context, refs []string) ([]store.Use, error) {
	var out []store.Use
	for some := range slices.Chunk(distinct(collect(refs, text)), refsAtOnce) {
		wanted := map[string]bool{}
		for _, ref := range some {
			wanted[ref] = true
		}
		f := filterOf(store.Query{Kind: vuln.KindCVE, Criteria: some})
		if err := v.all(ctx, f, bson.D{{Key: "uses", Value: 1}}, func(id string, doc bson.Raw) error {
			var d struct {
				Uses []use `bson:"uses"`
			}
			err := bson.Unmarshal(doc, &d)
			for _, u := range d.Uses {
				if wanted[u.Criterion] {
					out = append(out, store.Use{Ref: u.Criterion, ID: id, Affects: store.Affects(u.Affects)}) //nolint:gosec // it was one
				}
			}
			return err
		}); err != nil {
			return nil, v.s.fail("uses of criteria", err)
		}
	}
	return out, nil
}

// Listed implements store.Applicability.
func (v *view) Listed(ctx context.Context, names ...string) ([]store.Listing, error) {
	what := "look up CPE names"
	out := make([]store.Listing, len(names))
	heads := map[string]int64{}
	for some := range slices.Chunk(distinct(collect(names, text)), chunk) {
		f := filterOf(store.Query{Kind: vuln.KindCPE, IDs: some})
		if err := v.all(ctx, f, bson.D{{Key: "aliases", Value: 1}}, func(id string, doc bson.Raw) error {
			var d struct {
				Aliases []string `bson:"aliases"`
			}
			err := bson.Unmarshal(doc, &d)
			for _, a := range d.Aliases {
				if uuid, bad := vuln.ParseUUID(a); bad == nil {
					heads[id] = int64(uuid.Head()) //nolint:gosec // half of a UUID, whatever its sign
					break
				}
			}
			return err
		}); err != nil {
			return nil, v.s.fail(what, err)
		}
	}
	for i, n := range names {
		head, known := heads[text(n)]
		if !known {
			continue
		}
		criteria, err := v.listing(ctx, head, platform.Of(n))
		if err != nil {
			return nil, v.s.fail(what, err)
		}
		out[i] = store.Listing{Known: true, Criteria: criteria}
	}
	return out, nil
}

// listing finds the match criteria that list a name of that product. Half an
// identifier may stand for several names, but not for several of one product.
func (v *view) listing(ctx context.Context, head int64, of platform.Product) (ids []string, err error) {
	f := filterOf(store.Query{Kind: vuln.KindMatchCriteria})
	f.add("members", head)
	f.parts = append(f.parts, bson.D{{Key: "$or", Value: bson.A{bson.D{{Key: "about", Value: text(aboutKey(of))}}, bson.D{{Key: "open", Value: true}}}}})
	err = v.all(ctx, f, bson.D{{Key: "_id", Value: 1}}, func(id string, _ bson.Raw) error {
		ids = append(ids, id)
		return nil
	})
	return ids, err
}
