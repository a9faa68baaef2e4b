package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"vulnmirror/store"
	"vulnmirror/store/location"
)

// databaseName is the name of the default database in the data folder.
const databaseName = "vulnmirror.db"

// database is the one that commands work on.
func (a *app) database() (location.Location, error) {
	if a.config.Store.URL == "" {
		return location.SQLite(filepath.Join(a.config.Data, databaseName)), nil
	}
	return a.locate("store", a.config.Store.URL.Reveal())
}

// locate reads the URL of a database, which was given under a name.
func (a *app) locate(name, url string) (location.Location, error) {
	at, err := location.Parse(url, a.getenv)
	if err != nil {
		return at, wrongUse(fmt.Errorf("%s: %w", name, err), "")
	}
	return at, nil
}

// getenv is the value of an environment variable, "" for one that is not set.
func (a *app) getenv(name string) string {
	value := ""
	for _, entry := range a.environ {
		if v, found := strings.CutPrefix(entry, name+"="); found {
			value = v // as everywhere, the last one counts
		}
	}
	return value
}

// openReader opens the database to answer from it.
func (a *app) openReader(ctx context.Context) (location.Store, error) {
	at, err := a.database()
	if err != nil {
		return nil, err
	}
	return a.openAt(ctx, at, true)
}

// openWriter opens the database to change it, making it when there is none.
func (a *app) openWriter(ctx context.Context) (location.Store, error) {
	at, err := a.database()
	if err != nil {
		return nil, err
	}
	a.boundHeap(enoughToLoad)
	return a.openAt(ctx, at, false)
}

// openAt opens a database, for reading only or to change it.
func (a *app) openAt(ctx context.Context, at location.Location, readOnly bool) (location.Store, error) {
	o := a.storeOptions()
	o.ReadOnly = readOnly
	st, err := at.Open(ctx, o)
	switch {
	case errors.Is(err, store.ErrTooNew):
		return nil, failed(err, "use the newer vulnmirror, or `vulnmirror rebuild` with this one to make a database of its own from the archive")
	case errors.Is(err, store.ErrNoMirror):
		return nil, failed(err, "`vulnmirror sync` makes it; --data names another folder and --store another database")
	}
	return st, err
}

func (a *app) storeOptions() location.Options {
	return location.Options{
		Compress: a.config.Store.Compress, NoJSONB: !a.config.Postgres.JSONB, NoJSON: !a.config.MongoDB.JSON,
		Timeout: a.config.Store.Timeout,
	}
}

// enoughToLoad is the heap beyond which loading collects garbage more eagerly.
// Most of what a load takes is SQLite's and outside the heap.
const enoughToLoad = 88 << 20

// boundHeap keeps the heap near a size as long as what is in use allows it.
// GOMEMLIMIT decides where it is set.
func (a *app) boundHeap(bytes int64) {
	if !slices.ContainsFunc(a.environ, func(e string) bool { return strings.HasPrefix(e, "GOMEMLIMIT=") }) {
		debug.SetMemoryLimit(bytes)
	}
}
