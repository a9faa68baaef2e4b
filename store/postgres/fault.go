package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"vulnmirror/store"
)

// Error codes of PostgreSQL (its documentation, appendix A) that are acted on.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	noSuchDatabase       = "3D000"
	noSuchSchema         = "3F000"
	noSuchTable          = "42P01"
	missingRight         = "42501"
	duplicateDatabase    = "42P04"
	duplicateSchema      = "42P06"
	duplicateTable       = "42P07"
	duplicateObject      = "42710"
	uniqueViolation      = "23505"
	lockNotAvailable     = "55P03"
	adminShutdown        = "57P01"
	crashShutdown        = "57P02"
	objectInUse          = "55006"
	featureNotSupported  = "0A000"
	syntaxError          = "42601"
	invalidParameter     = "22023"
	dataExceptionClass   = "22"
)

// Fault is an error of a database with its place and the next thing to do.
type Fault struct {
	what, place string
	err         error
	next        string
}

func (f *Fault) Error() string {
	switch {
	case f.what == "":
		return f.err.Error()
	case f.place == "":
		return fmt.Sprintf("%s: %v", f.what, f.err)
	}
	return fmt.Sprintf("%s (%s): %v", f.what, f.place, f.err)
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.err }

// Next is what to do about it, in one sentence, or "".
func (f *Fault) Next() string { return f.next }

// fault says where err came from and what to do. nil stays nil, and what was
// said once is not said again.
func (s *Store) fault(what string, err error) error {
	switch known := (*Fault)(nil); {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		return err
	case errors.As(err, &known) && known.place != "":
		return fmt.Errorf("%s: %w", what, err)
	}
	next := Explain(err)
	if needs := (*NeedsSQLError)(nil); errors.As(err, &needs) {
		next = "" // it says better what to do
	}
	return &Fault{what: what, place: s.place, err: err, next: next}
}

// Explain says in one sentence what to do about an error of a database, or "".
func Explain(err error) string {
	if code := sqlState(err); code != "" {
		for n := len(code); n >= 2; n -= 3 { // the code, then its class
			if next, ok := advice[code[:n]]; ok {
				return next
			}
		}
		return ""
	}
	var unreachable *pgconn.ConnectError
	switch {
	case errors.Is(err, context.Canceled):
		return ""
	case errors.As(err, &unreachable):
		return "see whether the server runs and can be reached at that host and port; store.timeout is how long it is waited for"
	case lost(err):
		return lostAdvice
	}
	return ""
}

const lostAdvice = "the connection was lost and nothing of the last batch was kept; the same command goes on once the server answers again"

// advice is by error code, or by class.
var advice = map[string]string{
	"28P01": "check user and password: in the URL, in DB_USER and DB_PASSWORD, or in ~/.pgpass",
	"28":    "check user and password, and what the server's pg_hba.conf says of this user, database and machine",
	"3D000": "`vulnmirror init-db` makes the database, or tells what an administrator has to run",
	"42501": "`vulnmirror init-db` tells what an administrator has to run; for a role that only reads, docs/schema.md has the GRANT statements",
	"53100": "the server's disk or quota is full and nothing of the last batch was kept; make room on it, then the same command goes on",
	"53200": "the server is out of memory; lower its shared_buffers or max_connections, then run the same command again",
	"53300": "the server takes no more connections; raise its max_connections or wait, and lower pool_max_conns in the URL",
	"53":    "the server is short of room or memory; nothing of the last batch was kept, and the same command goes on once there is more",
	"57014": "the answer took longer than store.timeout; ask for less, or raise it",
	"57":    lostAdvice,
	"08":    lostAdvice,
	"58":    "the server's disk has a problem; its own log says which",
	"XX":    "the server's data is damaged or it has a fault; its own log says which",
	"25006": "the server only answers, as a standby does; name the primary server to write",
	"55P03": "somebody else works on the same tables; run the command again when that is done",
	"40001": "others wrote at the same time again and again; run the command again",
	"42P01": "another vulnmirror replaced the content meanwhile; run the command again",
}

// lost tells whether a connection that there was ended under a statement.
func lost(err error) bool {
	if code := sqlState(err); code != "" {
		return code == adminShutdown || code == crashShutdown
	}
	var unreachable *pgconn.ConnectError
	var network net.Error
	switch {
	case err == nil, errors.As(err, &unreachable), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false
	}
	return errors.Is(err, pgconn.ErrConnClosed) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}

// sqlState is the code of a server's error, or "".
func sqlState(err error) string {
	if refusal := (*pgconn.PgError)(nil); errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}

// gone tells that a schema or table is not there.
func gone(err error) bool {
	code := sqlState(err)
	return code == noSuchTable || code == noSuchSchema || errors.Is(err, pgx.ErrNoRows)
}
