package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Renewer is implemented by stores that can be filled anew while the content
// held goes on answering.
type Renewer interface {
	// Renew opens an empty store beside this one, in the same database or next
	// to it. What an earlier Renewal that was never taken left behind goes. Only
	// one is open at a time.
	Renew(ctx context.Context) (Renewal, error)
}

// Renewal is the store that will take another's place. Close without Take
// discards it; the store in service is as it was.
type Renewal interface {
	Store
	// Take makes what was stored here the content of the store in service and
	// ends the renewal. Readers elsewhere see the new content without opening
	// the store again; for whoever compares revisions everything has changed.
	// After a failure or a kill the old content is in service, or the next Take
	// of the same content completes what a store without transactions over many
	// records could only do in part.
	Take(ctx context.Context) error
}

// Leaser is implemented by stores that several machines may share. A lease keeps
// them from doing the same work at once; it protects no data, which batches do.
type Leaser interface {
	// Lease takes the lease of that name for holder, who keeps it until term from
	// now by the server's clock. It is renewed by taking it again. When somebody
	// else has it, the error is a *LeasedError.
	Lease(ctx context.Context, name, holder string, term time.Duration) error
	// Release gives a lease back early; one that holder does not have is left alone.
	Release(ctx context.Context, name, holder string) error
}

// ErrLeased is wrapped by the error of Lease when somebody else has the lease.
var ErrLeased = errors.New("leased by another run")

// LeasedError says who has a lease and until when.
type LeasedError struct {
	Name, Holder string
	Until        time.Time
}

func (e *LeasedError) Error() string {
	return fmt.Sprintf("%s: %v: %s, until %s unless renewed", e.Name, ErrLeased, e.Holder, e.Until.UTC().Format(time.RFC3339))
}

// Unwrap makes it an ErrLeased.
func (e *LeasedError) Unwrap() error { return ErrLeased }

// Sized is implemented by stores that know how much room they take.
type Sized interface {
	// SizeOnDisk is the number of bytes that the mirror takes, indexes included.
	SizeOnDisk(ctx context.Context) (int64, error)
}

// Asker is implemented by stores that answer SQL.
type Asker interface {
	// Ask runs one SQL statement of the user, which can read everything in the
	// mirror and change nothing. args stand for its parameters, as the database
	// spells them. The caller closes the rows.
	Ask(ctx context.Context, statement string, args ...any) (Rows, error)
}

// Rows is the answer to a statement of the user; *sql.Rows is one.
type Rows interface {
	Columns() ([]string, error)
	Next() bool
	Scan(into ...any) error
	Err() error
	Close() error
}
