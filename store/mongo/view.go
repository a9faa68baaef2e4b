package mongo

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// view answers from one revision. It is a store.Snapshot that follows links too.
type view struct {
	s  *Store
	at moment
}

var _ interface {
	store.Snapshot
	store.Linker
} = (*view)(nil)

// Snapshot implements store.Store. It lasts an hour.
func (s *Store) Snapshot(ctx context.Context) (store.Snapshot, error) {
	v, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (s *Store) view(ctx context.Context) (*view, error) {
	at, err := s.moment(ctx)
	if err != nil {
		return nil, s.fail("begin reading", err)
	}
	return &view{s, at}, nil
}

// Close implements store.Snapshot.
func (v *view) Close() error { return nil }

// placed selects documents of records that were current at the view's revision,
// as far as they are in place still.
func (v *view) placed() bson.D {
	return bson.D{{Key: "rev", Value: bson.D{{Key: "$lte", Value: v.at.Committed}}}}
}

// replaced selects versions of the history that were current at the view's
// revision, and are not any more, or soon will not be.
func (v *view) replaced(kind vuln.Kind) bson.D {
	return bson.D{
		{Key: "kind", Value: kind},
		{Key: "until", Value: bson.D{{Key: "$gt", Value: v.at.Committed}}},
		{Key: "from", Value: bson.D{{Key: "$lte", Value: v.at.Committed}}},
	}
}

// pending tells whether records of a kind were current at the view's revision and
// may be in place no longer. It is asked after reading what is in place.
func (v *view) pending(ctx context.Context, kind vuln.Kind) (bool, error) {
	_, err := one[bson.Raw](ctx, v.s, v.s.history(), v.replaced(kind), options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// all reads the fields of everything that f selects at the view's revision.
func (v *view) all(ctx context.Context, f *filter, fields bson.D, each func(id string, doc bson.Raw) error) error {
	return v.allOf(ctx, []*filter{f}, fields, func(n name, doc bson.Raw) error { return each(n.id, doc) })
}

// askedAtOnce is how many collections are read side by side.
const askedAtOnce = 8

// allOf reads the fields of everything that any of the filters selects at the
// view's revision: what is in place, then what is in the history. What is found
// again comes once, and one call of each ends before the next. The ids that
// filters name are distinct.
func (v *view) allOf(ctx context.Context, filters []*filter, fields bson.D, each func(n name, doc bson.Raw) error) error {
	if len(filters) == 0 {
		return nil
	}
	var one sync.Mutex
	seen := map[name]struct{}{}
	once := func(n name, doc bson.Raw) error {
		one.Lock()
		defer one.Unlock()
		if _, again := seen[n]; again {
			return nil
		}
		seen[n] = struct{}{}
		return each(n, doc)
	}
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(askedAtOnce)
	var was bson.A
	named := 0
	for _, f := range filters {
		group.Go(func() error {
			return v.s.each(gctx, v.s.of(f.kind), f.where("_id", v.placed()), options.Find().SetProjection(fields), func(doc bson.Raw) error {
				return once(name{f.kind, doc.Lookup("_id").StringValue()}, doc)
			})
		})
		was = append(was, f.where("id", v.replaced(f.kind)))
		named += len(f.ids)
	}
	if err := group.Wait(); err != nil || len(seen) == named && !slices.ContainsFunc(filters, func(f *filter) bool { return f.ids == nil }) {
		return err
	}
	fields = append(bson.D{{Key: "kind", Value: 1}, {Key: "id", Value: 1}}, fields...)
	return v.s.each(ctx, v.s.history(), bson.D{{Key: "$or", Value: was}}, options.Find().SetProjection(fields), func(doc bson.Raw) error {
		return once(name{vuln.Kind(doc.Lookup("kind").StringValue()), doc.Lookup("id").StringValue()}, doc)
	})
}

// frozen runs f on a view of its own.
func frozen[T any](ctx context.Context, s *Store, f func(v *view) (T, error)) (out T, err error) {
	v, err := s.view(ctx)
	if err != nil {
		return out, err
	}
	return f(v)
}

// List implements store.Reader.
func (s *Store) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		v, err := s.view(ctx)
		if err != nil {
			yield(vuln.Record{}, err)
			return
		}
		v.List(ctx, q)(yield)
	}
}

// Digest implements store.Reader.
func (s *Store) Digest(ctx context.Context, q store.Query) (store.Digest, error) {
	return frozen(ctx, s, func(v *view) (store.Digest, error) { return v.Digest(ctx, q) })
}

// Versions implements store.Reader.
func (s *Store) Versions(ctx context.Context, kind vuln.Kind, id string) ([]store.Version, error) {
	return frozen(ctx, s, func(v *view) ([]store.Version, error) { return v.Versions(ctx, kind, id) })
}

// Sources implements store.Reader.
func (s *Store) Sources(ctx context.Context) ([]store.SourceState, error) {
	return frozen(ctx, s, func(v *view) ([]store.SourceState, error) { return v.Sources(ctx) })
}

// Ingested implements store.Reader.
func (s *Store) Ingested(ctx context.Context, source, filename, sha256 string) (bool, error) {
	return frozen(ctx, s, func(v *view) (bool, error) { return v.Ingested(ctx, source, filename, sha256) })
}

// Origins implements store.Reader.
func (s *Store) Origins(ctx context.Context) ([]store.Origin, error) {
	return frozen(ctx, s, func(v *view) ([]store.Origin, error) { return v.Origins(ctx) })
}

// Links implements store.Linker.
func (s *Store) Links(ctx context.Context, q store.LinkQuery) iter.Seq2[store.Link, error] {
	return func(yield func(store.Link, error) bool) {
		v, err := s.view(ctx)
		if err != nil {
			yield(store.Link{}, err)
			return
		}
		v.Links(ctx, q)(yield)
	}
}

// Titles implements store.Linker.
func (s *Store) Titles(ctx context.Context, refs []store.Ref) (map[store.Ref]string, error) {
	return frozen(ctx, s, func(v *view) (map[store.Ref]string, error) { return v.Titles(ctx, refs) })
}

// Criteria implements store.Applicability.
func (s *Store) Criteria(ctx context.Context, products ...store.Product) ([]store.Criterion, error) {
	return frozen(ctx, s, func(v *view) ([]store.Criterion, error) { return v.Criteria(ctx, products...) })
}

// Uses implements store.Applicability.
func (s *Store) Uses(ctx context.Context, refs []string) ([]store.Use, error) {
	return frozen(ctx, s, func(v *view) ([]store.Use, error) { return v.Uses(ctx, refs) })
}

// Listed implements store.Applicability.
func (s *Store) Listed(ctx context.Context, names ...string) ([]store.Listing, error) {
	return frozen(ctx, s, func(v *view) ([]store.Listing, error) { return v.Listed(ctx, names...) })
}
