package sqlite_test

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, path string, o sqlite.Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fresh opens a database that is empty.
func fresh(t *testing.T) store.Store {
	return open(t, filepath.Join(t.TempDir(), "v.db"), sqlite.Options{})
}

func TestStore(t *testing.T) { storetest.Run(t, fresh) }

func TestShared(t *testing.T) {
	storetest.RunShared(t, func(t *testing.T) (a, b store.Store) {
		path := filepath.Join(t.TempDir(), "v.db")
		return open(t, path, sqlite.Options{}), open(t, path, sqlite.Options{})
	})
}

func TestLoad(t *testing.T) { storetest.Load(t, fresh, 100_000) }
