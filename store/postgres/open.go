package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"vulnmirror/store"
)

// Options change how a database is opened. The zero value is right for most.
type Options struct {
	// ReadOnly opens an existing mirror and never writes to it.
	ReadOnly bool
	// NoJSONB leaves cve_records and cpe_records empty and records without bodies:
	// loading is several times as fast without.
	NoJSONB bool
	// Timeout bounds connecting and, by the server's clock, every statement that
	// answers are made of. Statements that load, make indexes or were given to
	// Ask may take longer. 0 means DefaultTimeout.
	Timeout time.Duration
}

// DefaultTimeout is how long a server is waited for unless Options say otherwise.
const DefaultTimeout = 30 * time.Second

// Store is a mirror in a PostgreSQL database. It implements store.Store,
// store.Linker, store.Preparer, store.BulkLoader, store.Renewer, store.Leaser,
// store.Sized and store.Asker.
type Store struct {
	url      string
	place    string
	options  Options
	readers  *pgxpool.Pool
	writers  *pgxpool.Pool // nil when read-only
	jsonb    bool
	memory   digests
	serving  atomic.Pointer[string] // the schema last seen in service
	added    atomic.Int64           // records, since statistics were taken
	renewing *renewing              // of the store that a renewal fills, else nil

	mu sync.Mutex // held while this program writes
}

var (
	_ store.Store      = (*Store)(nil)
	_ store.Preparer   = (*Store)(nil)
	_ store.BulkLoader = (*Store)(nil)
	_ store.Renewer    = (*Store)(nil)
	_ store.Leaser     = (*Store)(nil)
	_ store.Sized      = (*Store)(nil)
	_ store.Asker      = (*Store)(nil)
	_ store.Linker     = (*Store)(nil)
	_ store.Linker     = (*snapshot)(nil)
)

// Open opens the mirror in the database that url names, in a form that pgx
// takes (postgres://user@host/database or key=value). For writing, a missing
// database and what is missing in it are made, an older schema is brought up to
// date and an interrupted bulk load is completed; when rights are missing for
// that, the error is a *NeedsSQLError. Read-only, a database without a mirror is
// refused with store.ErrNoMirror. Errors name the database and what to do
// (*Fault), and never show the password.
func Open(ctx context.Context, url string, o Options) (_ *Store, err error) {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	s := &Store{url: url, place: Place(url), options: o, jsonb: !o.NoJSONB}
	defer func() {
		if err != nil {
			_ = s.Close() // what is not open closes without an error
			err = s.fault("open database", err)
		}
	}()
	if !o.ReadOnly {
		if err := s.openWriters(ctx); err != nil {
			return nil, err
		}
	}
	if s.readers, err = newPool(ctx, url, o, reading); err != nil {
		return nil, err
	}
	return s, s.readers.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		if err := serverVersion(ctx, c.Conn()); err != nil {
			return err
		}
		return checkVersion(ctx, c.Conn())
	})
}

func (s *Store) openWriters(ctx context.Context) error {
	if err := establish(ctx, s.url, s.options, Setup{}, nil); err != nil {
		return err
	}
	var err error
	if s.writers, err = newPool(ctx, s.url, s.options, writing); err != nil {
		return err
	}
	return s.completeBulk(ctx)
}

// Close ends all connections.
func (s *Store) Close() error {
	for _, p := range []*pgxpool.Pool{s.readers, s.writers} {
		if p != nil {
			p.Close()
		}
	}
	return nil
}

var errReadOnly = errors.New("the database was opened read-only")

// attempts is how often a transaction is tried that a server could not put in
// order with others.
const attempts = 10

// write runs f in one transaction that no other writer is in, on this machine
// or another. revision is the last one given out. f may be run again.
func (s *Store) write(ctx context.Context, what string, f func(tx contentTx, revision int64) error) error {
	if s.options.ReadOnly {
		return fmt.Errorf("%s: %w", what, errReadOnly)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	begun := false
	try := func() error {
		return pgx.BeginTxFunc(ctx, s.writers, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
			in, revision, err := s.claim(ctx, tx)
			if err != nil {
				return err
			}
			begun = true
			return f(in, revision)
		})
	}
	err := again(try)
	if lost(err) && !begun { // an idle connection had ended
		s.writers.Reset()
		err = again(try)
	}
	return s.fault(what, err)
}

// claim locks the content against other writers and against being replaced. The
// order is the same everywhere: service, then counter.
func (s *Store) claim(ctx context.Context, tx pgx.Tx) (in contentTx, revision int64, err error) {
	if s.renewing != nil {
		in = contentTx{tx, s.renewing.schema}
		revision, err = s.renewing.claim(ctx, in)
		return in, revision, err
	}
	in.Tx = tx
	if err := tx.QueryRow(ctx, "SELECT content FROM vulnmirror.service FOR SHARE").Scan(&in.schema); err != nil {
		return in, 0, err
	}
	err = in.QueryRow(ctx, "SELECT value FROM content.counter WHERE name = 'revision' FOR UPDATE").Scan(&revision)
	return in, revision, err
}

// again repeats what the server asks to repeat: engines that run transactions
// side by side may find out at the end that they cannot be put in an order.
func again(f func() error) error {
	for n := 1; ; n++ {
		err := f()
		if code := sqlState(err); n == attempts || code != serializationFailure && code != deadlockDetected {
			return err
		}
	}
}
