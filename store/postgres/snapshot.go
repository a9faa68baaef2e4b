package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/jackc/pgx/v5"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// snapshot answers from one read transaction.
type snapshot struct {
	s        *Store
	tx       pgx.Tx
	revision int64
}

// Snapshot implements store.Store.
func (s *Store) Snapshot(ctx context.Context) (store.Snapshot, error) { return s.snapshot(ctx) }

func (s *Store) snapshot(ctx context.Context) (*snapshot, error) {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, fmt.Errorf("begin reading: %w", err)
	}
	v := &snapshot{s: s, tx: tx}
	// The first read fixes the state that all others see.
	if err := tx.QueryRow(ctx, "SELECT value FROM vulnmirror.counter WHERE name = 'revision'").Scan(&v.revision); err != nil {
		return nil, errors.Join(fmt.Errorf("begin reading: %w", err), v.Close())
	}
	return v, nil
}

// Close implements store.Snapshot.
func (v *snapshot) Close() error {
	// The caller's context may have ended; the transaction must end all the same.
	if err := v.tx.Rollback(context.Background()); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
		return fmt.Errorf("end reading: %w", err)
	}
	return nil
}

// frozen runs f on a snapshot of its own.
func frozen[T any](ctx context.Context, s *Store, f func(v *snapshot) (T, error)) (out T, err error) {
	v, err := s.snapshot(ctx)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	return f(v)
}

// Get implements store.Reader.
func (v *snapshot) Get(ctx context.Context, kind vuln.Kind, id string) (vuln.Record, error) {
	return get(ctx, v.tx, kind, id)
}

// Get implements store.Reader.
func (s *Store) Get(ctx context.Context, kind vuln.Kind, id string) (vuln.Record, error) {
	return get(ctx, s.pool, kind, id)
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
			yield(vuln.Record{}, fmt.Errorf("list: %w", err))
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
	return sources(ctx, s.pool)
}

// Sources implements store.Reader.
func (v *snapshot) Sources(ctx context.Context) ([]store.SourceState, error) {
	return sources(ctx, v.tx)
}

// Ingested implements store.Reader.
func (s *Store) Ingested(ctx context.Context, source, filename, sha256 string) (bool, error) {
	return ingested(ctx, s.pool, source, filename, sha256)
}

// Ingested implements store.Reader.
func (v *snapshot) Ingested(ctx context.Context, source, filename, sha256 string) (bool, error) {
	return ingested(ctx, v.tx, source, filename, sha256)
}

// Origins implements store.Reader.
func (s *Store) Origins(ctx context.Context) ([]store.Origin, error) { return origins(ctx, s.pool) }

// Origins implements store.Reader.
func (v *snapshot) Origins(ctx context.Context) ([]store.Origin, error) { return origins(ctx, v.tx) }

// Criteria implements store.Applicability.
func (s *Store) Criteria(ctx context.Context, products ...store.Product) ([]store.Criterion, error) {
	return criteria(ctx, s.pool, products)
}

// Criteria implements store.Applicability.
func (v *snapshot) Criteria(ctx context.Context, products ...store.Product) ([]store.Criterion, error) {
	return criteria(ctx, v.tx, products)
}

// Uses implements store.Applicability.
func (s *Store) Uses(ctx context.Context, refs []string) ([]store.Use, error) {
	return usesOfCriteria(ctx, s.pool, refs)
}

// Uses implements store.Applicability.
func (v *snapshot) Uses(ctx context.Context, refs []string) ([]store.Use, error) {
	return usesOfCriteria(ctx, v.tx, refs)
}

// Listed implements store.Applicability.
func (s *Store) Listed(ctx context.Context, names ...string) ([]store.Listing, error) {
	return frozen(ctx, s, func(v *snapshot) ([]store.Listing, error) { return v.Listed(ctx, names...) })
}

// Listed implements store.Applicability.
func (v *snapshot) Listed(ctx context.Context, names ...string) ([]store.Listing, error) {
	return listed(ctx, v.tx, names)
}

// digests remembers digests until something changes. It is safe for concurrent
// use.
type digests struct {
	mu       sync.Mutex
	revision int64
	held     map[string]store.Digest
}

// digestLimit bounds how many are remembered.
const digestLimit = 2048

func (m *digests) get(revision int64, question string) (store.Digest, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.revision != revision {
		return store.Digest{}, false
	}
	d, ok := m.held[question]
	return d, ok
}

func (m *digests) put(revision int64, question string, d store.Digest) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if revision < m.revision {
		return // an old snapshot asked
	}
	if revision > m.revision || m.held == nil || len(m.held) >= digestLimit {
		m.held, m.revision = map[string]store.Digest{}, revision
	}
	m.held[question] = d
}
