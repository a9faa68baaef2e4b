package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// snapshot answers from one read transaction.
type snapshot struct {
	s        *Store
	tx       *sql.Tx
	own      map[string]*sql.Stmt // in tx, by their texts; they end with it
	revision int64
	lineage  int64
}

// selectState asks which database it is and how far it got.
const selectState = `SELECT (SELECT value FROM counter WHERE name = 'revision'), (SELECT value FROM counter WHERE name = 'lineage')`

// Snapshot implements store.Store. The snapshot ends with ctx.
func (s *Store) Snapshot(ctx context.Context) (store.Snapshot, error) {
	return s.snapshot(ctx)
}

func (s *Store) snapshot(ctx context.Context) (*snapshot, error) {
	tx, err := s.readers.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("begin reading: %w", err)
	}
	v := &snapshot{s: s, tx: tx, own: map[string]*sql.Stmt{}}
	// The first read fixes the state that all others see.
	if err := askRow(ctx, v, selectState, nil, &v.revision, &v.lineage); err != nil {
		_ = tx.Rollback() // the read error says more
		return nil, fmt.Errorf("begin reading: %w", err)
	}
	return v, nil
}

// Close implements store.Snapshot.
func (v *snapshot) Close() error {
	if err := v.tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("end reading: %w", err)
	}
	return nil
}

// Get implements store.Reader.
func (v *snapshot) Get(ctx context.Context, kind vuln.Kind, id string) (vuln.Record, error) {
	return get(ctx, v, &v.s.memory, kind, id)
}

// frozen runs f on a snapshot of its own.
func frozen[T any](ctx context.Context, s *Store, f func(v *snapshot) (T, error)) (out T, err error) {
	v, err := s.snapshot(ctx)
	if err != nil {
		return out, err
	}
	defer v.Close()
	return f(v)
}

// List implements store.Reader.
func (s *Store) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		v, err := s.snapshot(ctx)
		if err != nil {
			yield(vuln.Record{}, err)
			return
		}
		defer v.Close()
		v.List(ctx, q)(yield)
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

// Ingested implements store.Reader.
func (s *Store) Ingested(ctx context.Context, source, filename, sha256 string) (bool, error) {
	return frozen(ctx, s, func(v *snapshot) (bool, error) { return v.Ingested(ctx, source, filename, sha256) })
}

// Origins implements store.Reader.
func (s *Store) Origins(ctx context.Context) ([]store.Origin, error) {
	return frozen(ctx, s, func(v *snapshot) ([]store.Origin, error) { return v.Origins(ctx) })
}
