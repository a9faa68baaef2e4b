package postgres

import (
	"context"
	"errors"
	"iter"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// snapshot answers from one read transaction.
type snapshot struct {
	s        *Store
	tx       contentTx
	revision int64
}

// Snapshot implements store.Store.
func (s *Store) Snapshot(ctx context.Context) (store.Snapshot, error) {
	v, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// fault says where an error came from.
func (v *snapshot) fault(err error) error { return v.s.fault("read", err) }

// Close implements store.Snapshot.
func (v *snapshot) Close() error {
	// The caller's context may have ended; the transaction must end all the same.
	// One that cannot be told to end has ended with its connection.
	_ = v.tx.Rollback(context.Background())
	return nil
}

// Get implements store.Reader.
func (v *snapshot) Get(ctx context.Context, kind vuln.Kind, id string) (vuln.Record, error) {
	out, err := get(ctx, v.tx, kind, id)
	return out, v.fault(err)
}

// Get implements store.Reader.
func (s *Store) Get(ctx context.Context, kind vuln.Kind, id string) (vuln.Record, error) {
	return frozen(ctx, s, func(v *snapshot) (vuln.Record, error) { return v.Get(ctx, kind, id) })
}

// List implements store.Reader.
func (s *Store) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		v, err := s.snapshot(ctx)
		if err != nil {
			yield(vuln.Record{}, err)
			return
		}
		more := true
		err = v.list(ctx, q, func(r vuln.Record) bool {
			more = yield(r, nil)
			return more
		})
		if err = errors.Join(err, v.Close()); err != nil && more {
			yield(vuln.Record{}, s.fault("list", err))
		}
	}
}

// Digest implements store.Reader.
func (s *Store) Digest(ctx context.Context, q store.Query) (store.Digest, error) {
	return frozen(ctx, s, func(v *snapshot) (store.Digest, error) { return v.Digest(ctx, q) })
}

// Versions implements store.Reader.
func (s *Store) Versions(ctx context.Context, kind vuln.Kind, id string) ([]store.Version, error) {
	return frozen(ctx, s, func(v *snapshot) ([]store.Version, error) { return v.Versions(ctx, kind, id) })
}

// Sources implements store.Reader.
func (s *Store) Sources(ctx context.Context) ([]store.SourceState, error) {
	return frozen(ctx, s, func(v *snapshot) ([]store.SourceState, error) { return v.Sources(ctx) })
}

// Sources implements store.Reader.
func (v *snapshot) Sources(ctx context.Context) ([]store.SourceState, error) {
	out, err := sources(ctx, v.tx)
	return out, v.fault(err)
}

// Ingested implements store.Reader.
func (s *Store) Ingested(ctx context.Context, source, filename, sha256 string) (bool, error) {
	return frozen(ctx, s, func(v *snapshot) (bool, error) { return v.Ingested(ctx, source, filename, sha256) })
}

// Ingested implements store.Reader.
func (v *snapshot) Ingested(ctx context.Context, source, filename, sha256 string) (bool, error) {
	out, err := ingested(ctx, v.tx, source, filename, sha256)
	return out, v.fault(err)
}

// Origins implements store.Reader.
func (s *Store) Origins(ctx context.Context) ([]store.Origin, error) {
	return frozen(ctx, s, func(v *snapshot) ([]store.Origin, error) { return v.Origins(ctx) })
}

// Origins implements store.Reader.
func (v *snapshot) Origins(ctx context.Context) ([]store.Origin, error) {
	out, err := origins(ctx, v.tx)
	return out, v.fault(err)
}

// Criteria implements store.Applicability.
func (s *Store) Criteria(ctx context.Context, products ...store.Product) ([]store.Criterion, error) {
	return frozen(ctx, s, func(v *snapshot) ([]store.Criterion, error) { return v.Criteria(ctx, products...) })
}

// Criteria implements store.Applicability.
func (v *snapshot) Criteria(ctx context.Context, products ...store.Product) ([]store.Criterion, error) {
	out, err := criteria(ctx, v.tx, products)
	return out, v.fault(err)
}

// Uses implements store.Applicability.
func (s *Store) Uses(ctx context.Context, refs []string) ([]store.Use, error) {
	return frozen(ctx, s, func(v *snapshot) ([]store.Use, error) { return v.Uses(ctx, refs) })
}

// Uses implements store.Applicability.
func (v *snapshot) Uses(ctx context.Context, refs []string) ([]store.Use, error) {
	out, err := usesOfCriteria(ctx, v.tx, refs)
	return out, v.fault(err)
}

// Listed implements store.Applicability.
func (s *Store) Listed(ctx context.Context, names ...string) ([]store.Listing, error) {
	return frozen(ctx, s, func(v *snapshot) ([]store.Listing, error) { return v.Listed(ctx, names...) })
}

// Listed implements store.Applicability.
func (v *snapshot) Listed(ctx context.Context, names ...string) ([]store.Listing, error) {
	out, err := listed(ctx, v.tx, names)
	return out, v.fault(err)
}
