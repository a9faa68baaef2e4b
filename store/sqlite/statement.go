package sqlite

import (
	"context"
	"database/sql"
	"sync"
)

// asker is where questions are put: a store, or a snapshot of one.
type asker interface {
	// statement prepares a query, of which there are few shapes. Whoever gets it
	// does not close it.
	statement(ctx context.Context, query string) (*sql.Stmt, error)
}

// askRows asks for many rows.
func askRows(ctx context.Context, from asker, query string, args ...any) (*sql.Rows, error) {
	st, err := from.statement(ctx, query) //nolint:sqlclosecheck // the asker closes it
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

// askRow asks for one row, and puts it where to points.
func askRow(ctx context.Context, from asker, query string, args []any, to ...any) error {
	st, err := from.statement(ctx, query) //nolint:sqlclosecheck // the asker closes it
	if err != nil {
		return err
	}
	return st.QueryRowContext(ctx, args...).Scan(to...)
}

// brief prepares ctx for a question that is over sooner than the watching of its
// context is set up.
func brief(ctx context.Context) (context.Context, error) {
	return context.WithoutCancel(ctx), ctx.Err()
}

// statement implements asker.
func (s *Store) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	return s.asked.get(context.WithoutCancel(ctx), s.readers, query)
}

// statement implements asker. What is asked for the first time the snapshot
// prepares for itself: the pool would open another connection to do it, of which
// one who asks once has no use.
func (v *snapshot) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := v.own[query]; ok {
		return st, nil
	}
	if !v.s.asked.again(query) {
		return v.prepare(ctx, query)
	}
	st, err := v.s.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	v.own[query] = v.tx.StmtContext(ctx, st)
	return v.own[query], nil
}

// prepare prepares a query of any shape for as long as the snapshot lives.
func (v *snapshot) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := v.own[query]; ok {
		return st, nil
	}
	st, err := v.tx.PrepareContext(ctx, query) // it ends with the transaction
	if err != nil {
		return nil, err
	}
	v.own[query] = st
	return st, nil
}

// statements are those of the pool, each prepared once. It is safe for concurrent
// use.
type statements struct {
	mu   sync.Mutex
	held map[string]*sql.Stmt // nil are those that only a snapshot prepared yet
}

func (s *statements) get(ctx context.Context, db *sql.DB, query string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.held[query]; st != nil {
		return st, nil
	}
	st, err := db.PrepareContext(ctx, query) //nolint:sqlclosecheck // close does it
	if err != nil {
		return nil, err
	}
	s.hold(query, st)
	return st, nil
}

// again tells whether the statement was asked for before.
func (s *statements) again(query string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, before := s.held[query]
	if !before {
		s.hold(query, nil)
	}
	return before
}

func (s *statements) hold(query string, st *sql.Stmt) {
	if s.held == nil {
		s.held = map[string]*sql.Stmt{}
	}
	s.held[query] = st
}

func (s *statements) close() (errs []error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.held {
		if st != nil {
			errs = append(errs, st.Close())
		}
	}
	s.held = nil
	return errs
}
