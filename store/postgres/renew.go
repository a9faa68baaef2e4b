package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/jackc/pgx/v5"

	"vulnmirror/store"
)

// revisionStep lies between the revisions of the content in service and those of
// the content that will replace it, so that for whoever compares them everything
// has changed, and no record need be touched when it does. Nobody applies as
// many batches while content is made anew.
const revisionStep = 1_000_000_000

// renewing says what the store of a renewal writes to.
type renewing struct {
	schema string
	serves string // the schema in service when it began
	base   int64  // its first revision
	mark   int64  // whose renewal it is
}

// markCounter tells whose renewal fills a schema.
const markCounter = "renewal"

var errSuperseded = errors.New("another renewal has begun since; this one can only be given up")

// claim locks the content against other writers.
func (r *renewing) claim(ctx context.Context, tx contentTx) (revision int64, err error) {
	err = tx.QueryRow(ctx, `SELECT r.value FROM content.counter r WHERE r.name = 'revision'
		AND EXISTS (SELECT 1 FROM content.counter m WHERE m.name = $1 AND m.value = $2) FOR UPDATE`, markCounter, r.mark).Scan(&revision)
	if gone(err) {
		return 0, errSuperseded
	}
	return revision, err
}

// renewal is the store that fills the schema beside the one in service.
type renewal struct {
	*Store
	serving *Store
	taken   bool
}

// Renew implements store.Renewer: the new store is in the other one of two
// schemas of the same database.
func (s *Store) Renew(ctx context.Context) (store.Renewal, error) {
	if s.options.ReadOnly {
		return nil, fmt.Errorf("renew: %w", errReadOnly)
	}
	r := &renewing{mark: rand.Int64N(1 << 62)} //nolint:gosec // it need not be secret
	err := again(func() error {
		return pgx.BeginFunc(ctx, s.writers, func(tx pgx.Tx) error { return s.beginRenewal(ctx, tx, r) })
	})
	if err != nil {
		return nil, s.fault("renew", err)
	}
	beside := &Store{url: s.url, place: s.place, options: s.options, readers: s.readers, writers: s.writers, jsonb: s.jsonb, renewing: r}
	if err := beside.completeBulk(ctx); err != nil {
		return nil, err
	}
	return &renewal{Store: beside, serving: s}, nil
}

// beginRenewal makes empty tables. It holds the row that says what is in service,
// lest that become what is emptied here.
func (s *Store) beginRenewal(ctx context.Context, tx pgx.Tx, r *renewing) error {
	if err := s.patience(ctx, tx); err != nil {
		return err
	}
	if err := tx.QueryRow(ctx, "SELECT content FROM vulnmirror.service FOR SHARE").Scan(&r.serves); err != nil {
		return err
	}
	r.schema = beside(r.serves)
	if err := tx.QueryRow(ctx, within(r.serves, "SELECT value FROM content.counter WHERE name = 'revision'")).Scan(&r.base); err != nil {
		return err
	}
	r.base += revisionStep
	in := contentTx{tx, r.schema}
	if _, err := in.Exec(ctx, "DROP TABLE IF EXISTS "+contentTables+" CASCADE"); err != nil {
		return err
	}
	if _, err := migrate(ctx, tx, r.schema, 0); err != nil {
		return err
	}
	_, err := in.Exec(ctx, "UPDATE content.counter SET value = $1 WHERE name = 'revision'", r.base)
	if err == nil {
		_, err = in.Exec(ctx, "INSERT INTO content.counter VALUES ($1, $2)", markCounter, r.mark)
	}
	return err
}

// patience bounds how long a transaction waits for whoever uses what it changes.
func (s *Store) patience(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL lock_timeout = %d", s.options.Timeout.Milliseconds()))
	return err
}

// Take implements store.Renewal. Snapshots that are open go on with the old
// content, which is dropped when they have ended: here, or by the next Renew.
func (r *renewal) Take(ctx context.Context) error {
	if err := r.completeBulk(ctx); err != nil {
		return err
	}
	for {
		err := again(func() error {
			return pgx.BeginTxFunc(ctx, r.writers, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error { return r.take(ctx, tx) })
		})
		// Somebody reads a view in a long statement. Whoever came after this wait
		// gets through before the next one.
		if sqlState(err) == lockNotAvailable {
			continue
		}
		if err != nil {
			return r.fault("take the new content into service", err)
		}
		break
	}
	r.taken = true
	r.serving.serving.Store(&r.renewing.schema)
	return r.fault("drop the old content", dropContent(ctx, r.writers, r.renewing.serves))
}

func (r *renewal) take(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '2s'"); err != nil {
		return err
	}
	var serves string
	if err := tx.QueryRow(ctx, "SELECT content FROM vulnmirror.service FOR UPDATE").Scan(&serves); err != nil {
		return err
	}
	if serves != r.renewing.serves {
		return errSuperseded
	}
	in := contentTx{tx, r.renewing.schema}
	if _, err := r.renewing.claim(ctx, in); err != nil {
		return err
	}
	var revision int64
	if err := tx.QueryRow(ctx, within(serves, "SELECT value FROM content.counter WHERE name = 'revision'")).Scan(&revision); err != nil {
		return err
	}
	if revision >= r.renewing.base {
		return fmt.Errorf("the content in service has reached revision %d, from where this renewal counts", revision)
	}
	if err := copyGrants(ctx, tx, serves, "record", in.schema); err != nil {
		return err
	}
	if _, err := in.Exec(ctx, "DELETE FROM content.counter WHERE name = $1", markCounter); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE vulnmirror.service SET content = $1", in.schema); err != nil {
		return err
	}
	_, err := in.Exec(ctx, viewsSQL)
	return err
}

// copyGrants lets whoever may read a table of one schema read all of another.
func copyGrants(ctx context.Context, tx pgx.Tx, from, table, to string) error {
	rows, err := tx.Query(ctx, `SELECT DISTINCT p.grantee::text FROM information_schema.table_privileges p
		WHERE p.table_schema = $1 AND p.table_name = $2 AND p.privilege_type = 'SELECT' AND p.grantee <> p.grantor`, from, table)
	if err != nil {
		return err
	}
	grantees, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, g := range grantees {
		if g != "PUBLIC" {
			g = ident(g)
		}
		for _, statement := range []string{"GRANT USAGE ON SCHEMA " + to + " TO ", "GRANT SELECT ON ALL TABLES IN SCHEMA " + to + " TO "} {
			if _, err := tx.Exec(ctx, statement+g); err != nil {
				return fmt.Errorf("let %s read what is new: %w", g, err)
			}
		}
	}
	return nil
}

// dropContent empties a schema that is not in service, unless somebody still
// reads from it.
func dropContent(ctx context.Context, on interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}, schema string,
) error {
	err := pgx.BeginFunc(ctx, on, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '500ms'"); err != nil {
			return err
		}
		var serves string
		err := tx.QueryRow(ctx, "SELECT content FROM vulnmirror.service FOR SHARE").Scan(&serves)
		if err != nil || serves == schema {
			return err
		}
		_, err = tx.Exec(ctx, within(schema, "DROP TABLE IF EXISTS "+contentTables+" CASCADE"))
		return err
	})
	if sqlState(err) == lockNotAvailable {
		return nil
	}
	return err
}

// Close discards what was not taken. The store that it was to replace stays open.
func (r *renewal) Close() error {
	if r.taken {
		return nil
	}
	r.taken = true
	// The context of the work may be what ended it.
	ctx, cancel := context.WithTimeout(context.Background(), r.options.Timeout)
	defer cancel()
	err := pgx.BeginFunc(ctx, r.writers, func(tx pgx.Tx) error {
		_, err := r.renewing.claim(ctx, contentTx{tx, r.renewing.schema})
		return err
	})
	if errors.Is(err, errSuperseded) {
		return nil // it is somebody else's by now
	}
	if err == nil {
		err = dropContent(ctx, r.writers, r.renewing.schema)
	}
	return r.fault("give up the new content", err)
}
