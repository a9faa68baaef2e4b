// Package location opens the database that a URL names, whichever store that
// takes.
package location

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vulnmirror/store"
	"vulnmirror/store/mongo"
	"vulnmirror/store/postgres"
	"vulnmirror/store/sqlite"
)

// Location names a database. Its text may hold a password, so it prints as
// Place does, whichever way it is printed.
type Location struct {
	engine engine
	text   string // a path, or a URL
}

type engine uint8

const (
	engineSQLite engine = iota
	enginePostgres
	engineMongoDB
)

// Store is what every store here can do.
type Store interface {
	store.Store
	store.Preparer
	store.BulkLoader
	store.Renewer
	store.Leaser
	store.Sized
}

// Options change how a database is opened. The zero value is right for most.
type Options struct {
	ReadOnly bool
	Compress string        // see sqlite.Options
	NoJSONB  bool          // see postgres.Options
	NoJSON   bool          // see mongo.Options
	Timeout  time.Duration // longest wait for a server; 0 means 30 seconds
}

// SQLite is the database in the file at path.
func SQLite(path string) Location { return Location{engineSQLite, path} }

// Parse reads sqlite:PATH, postgres://… or mongodb://…. What a PostgreSQL URL
// leaves out is taken from the variables that postgres.URL names; environ gives
// their values. Errors do not repeat the text, which may hold a password.
func Parse(text string, environ func(name string) string) (Location, error) {
	scheme, rest, found := strings.Cut(text, ":")
	if !found {
		return Location{}, errors.New("a store is sqlite:PATH, postgres://… or mongodb://…; a plain path needs sqlite: before it")
	}
	switch scheme {
	case "sqlite":
		rest = strings.TrimPrefix(rest, "//") // sqlite:///var/lib/x.db has an absolute path
		if rest == "" {
			return Location{}, errors.New("sqlite: needs the path of a file, such as sqlite:/var/lib/vulnmirror/vulnmirror.db")
		}
		return SQLite(filepath.FromSlash(rest)), nil
	case "postgres", "postgresql":
		url, err := postgres.URL(text, environ)
		return Location{enginePostgres, url}, err
	case "mongodb", "mongodb+srv":
		return Location{engineMongoDB, text}, nil
	}
	return Location{}, fmt.Errorf("stores called %s: are not known; there are sqlite:PATH, postgres://… and mongodb://…", scheme)
}

// Path is the file of a SQLite database, "" for others.
func (l Location) Path() string {
	if l.engine == engineSQLite {
		return l.text
	}
	return ""
}

// String names the database without secrets.
func (l Location) String() string {
	switch l.engine {
	case enginePostgres:
		return "PostgreSQL database " + postgres.Place(l.text)
	case engineMongoDB:
		return "MongoDB database " + mongo.Place(l.text)
	default:
		return l.text
	}
}

// GoString is String, for %#v.
func (l Location) GoString() string { return l.String() }

// Open opens the database. For writing, what is missing is made as far as
// rights allow. Read-only, a database that holds no mirror yet is refused with
// store.ErrNoMirror.
func (l Location) Open(ctx context.Context, o Options) (Store, error) {
	switch l.engine {
	case enginePostgres:
		return opened(postgres.Open(ctx, l.text, o.postgres()))
	case engineMongoDB:
		return opened(mongo.Open(ctx, l.text, o.mongo()))
	default:
		return l.openSQLite(o)
	}
}

// Setup says who a database is made for; see postgres.Setup. Other databases
// have no use for it.
type Setup = postgres.Setup

// Init makes the database, or what is missing in it, and tells in words what it
// made. Where rights are missing in PostgreSQL, the error is a
// *postgres.NeedsSQLError.
func (l Location) Init(ctx context.Context, o Options, setup Setup) (made []string, err error) {
	switch l.engine {
	case enginePostgres:
		return postgres.Init(ctx, l.text, o.postgres(), setup)
	case engineMongoDB:
		return nil, mongo.Init(ctx, l.text, o.mongo())
	}
	if _, err := os.Stat(l.text); errors.Is(err, fs.ErrNotExist) {
		made = append(made, "file "+l.text)
	}
	o.ReadOnly = false
	st, err := l.openSQLite(o)
	if err != nil {
		return nil, err
	}
	return made, st.Close()
}

// Script is the SQL that makes the database, and false for one that is not made
// by SQL.
func (l Location) Script(setup Setup) (script string, ok bool, err error) {
	if l.engine != enginePostgres {
		return "", false, nil
	}
	script, err = postgres.Script(l.text, setup)
	return script, true, err
}

func (o Options) postgres() postgres.Options {
	return postgres.Options{ReadOnly: o.ReadOnly, NoJSONB: o.NoJSONB, Timeout: o.Timeout}
}

func (o Options) mongo() mongo.Options {
	return mongo.Options{ReadOnly: o.ReadOnly, NoJSON: o.NoJSON, Timeout: o.Timeout}
}

func (l Location) openSQLite(o Options) (Store, error) {
	if o.ReadOnly {
		if _, err := os.Stat(l.text); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w", l.text, store.ErrNoMirror)
		}
	} else if err := os.MkdirAll(filepath.Dir(l.text), 0o755); err != nil {
		return nil, err
	}
	return opened(sqlite.Open(l.text, sqlite.Options{ReadOnly: o.ReadOnly, Compress: o.Compress}))
}

// opened keeps a nil store from becoming an interface that is not nil.
func opened[S Store](s S, err error) (Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}
