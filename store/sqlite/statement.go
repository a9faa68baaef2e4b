package sqlite

import (
	"context"
	"database/sql"
	"sync"
)

// statements are those of applicability, each prepared once. There are as many
// as there are shapes of a question. It is safe for concurrent use.
type statements struct {
	mu   sync.Mutex
	held map[string]*sql.Stmt
}

func (s *statements) get(ctx context.Context, db *sql.DB, query string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st, ok := s.held[query]; ok {
		return st, nil
	}
	st, err := db.PrepareContext(ctx, query) //nolint:sqlclosecheck // close does it
	if err != nil {
		return nil, err
	}
	if s.held == nil {
		s.held = map[string]*sql.Stmt{}
	}
	s.held[query] = st
	return st, nil
}

func (s *statements) close() (errs []error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.held {
		errs = append(errs, st.Close())
	}
	s.held = nil
	return errs
}

// asked is where a question is put: to the pool, or to a snapshot.
type asked struct {
	s  *Store
	tx *sql.Tx // nil for the pool
}

// brief prepares ctx for a question that is over sooner than the watching of its
// context is set up.
func brief(ctx context.Context) (context.Context, error) {
	return context.WithoutCancel(ctx), ctx.Err()
}

func (a asked) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	st, err := a.s.asked.get(context.WithoutCancel(ctx), a.s.readers, query)
	if err != nil || a.tx == nil {
		return st, err
	}
	return a.tx.StmtContext(ctx, st), nil
}

func (a asked) rows(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	st, err := a.statement(ctx, query) //nolint:sqlclosecheck // the store closes it, or the transaction
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}
