package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"vulnmirror/store"
)

// Lease implements store.Leaser. A lease is a row and not an advisory lock, which
// distributed engines lack and which would end with its connection.
func (s *Store) Lease(ctx context.Context, name, holder string, term time.Duration) error {
	if s.options.ReadOnly {
		return fmt.Errorf("lease %s: %w", name, errReadOnly)
	}
	name, holder = text(name), text(holder)
	err := again(func() error { return s.lease(ctx, name, holder, term) })
	if errors.Is(err, store.ErrLeased) {
		return err
	}
	return s.fault("lease "+name, err)
}

func (s *Store) lease(ctx context.Context, name, holder string, term time.Duration) error {
	for range attempts {
		var until time.Time
		err := s.writers.QueryRow(ctx, `INSERT INTO vulnmirror.lease AS l (name, holder, expires)
			VALUES ($1, $2, clock_timestamp() + $3 * interval '1 microsecond')
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = excluded.expires
			WHERE l.holder = excluded.holder OR l.expires <= clock_timestamp() RETURNING expires`,
			name, holder, float64(term.Microseconds())).Scan(&until)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		other := &store.LeasedError{Name: name}
		err = s.writers.QueryRow(ctx, "SELECT holder, expires FROM vulnmirror.lease WHERE name = $1", name).Scan(&other.Holder, &other.Until)
		if !errors.Is(err, pgx.ErrNoRows) {
			if err != nil {
				return err
			}
			return other
		}
		// It was given back between the two.
	}
	return fmt.Errorf("%s: %w", name, store.ErrLeased)
}

// Release implements store.Leaser.
func (s *Store) Release(ctx context.Context, name, holder string) error {
	if s.options.ReadOnly {
		return fmt.Errorf("release %s: %w", name, errReadOnly)
	}
	return s.fault("release "+name, again(func() error {
		_, err := s.writers.Exec(ctx, "DELETE FROM vulnmirror.lease WHERE name = $1 AND holder = $2", text(name), text(holder))
		return err
	}))
}
