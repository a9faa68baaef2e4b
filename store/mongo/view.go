package mongo

import (
	"context"
	"errors"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// view answers from one revision. It is a store.Snapshot.
type view struct {
	s  *Store
	at moment
}

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

// all reads the fields of everything that f selects at the view's revision: what
// is in place, then what is in the history. What is in both comes once. The ids
// of f are distinct.
func (v *view) all(ctx context.Context, f *filter, fields bson.D, each func(id string, doc bson.Raw) error) error {
	seen := map[string]struct{}{}
	o := func() *options.FindOptionsBuilder { return options.Find().SetProjection(fields) }
	if err := v.s.each(ctx, v.s.of(f.kind), f.where("_id", v.placed()), o(), func(doc bson.Raw) error {
		id := doc.Lookup("_id").StringValue()
		if _, again := seen[id]; again {
			return nil // it moved in the index that was read
		}
		seen[id] = struct{}{}
		return each(id, doc)
	}); err != nil || f.ids != nil && len(seen) == len(f.ids) {
		return err
	}
	fields = append(bson.D{{Key: "id", Value: 1}}, fields...)
	return v.s.each(ctx, v.s.history(), f.where("id", v.replaced(f.kind)), o(), func(doc bson.Raw) error {
		id := doc.Lookup("id").StringValue()
		if _, again := seen[id]; again {
			return nil
		}
		seen[id] = struct{}{}
		return each(id, doc)
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
