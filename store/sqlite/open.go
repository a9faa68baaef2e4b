package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"vulnmirror/store"
)

// Options change how a file is opened. The zero value is right for most.
type Options struct {
	// ReadOnly opens an existing file and never writes to it.
	ReadOnly bool
	// Compress says how bodies are kept from now on: "zstd" (also ""), or
	// "none" for plain JSON that every SQLite tool can read. Bodies already
	// held stay as they are; both kinds are read.
	Compress string
	// CacheBytes bounds the page cache of the writing connection; 0 means 16
	// MiB. Each reading connection has a quarter of it.
	CacheBytes int64
}

const defaultCache = 16 << 20

// Store is a mirror in a SQLite file. It implements store.Store,
// store.Preparer, store.BulkLoader, store.Renewer, store.Leaser,
// store.Sized, store.Asker and store.Linker.
type Store struct {
	path    string
	options Options

	readers *sql.DB
	users   *sql.DB // for statements of the user
	memory  recall
	asked   statements

	mu       sync.Mutex // held while writing
	writer   *session   // nil when read-only
	writerDB *sql.DB
	interned interned
	rosters  [len(tables)]*roster // of tables that are loaded in bulk
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

// Open opens the mirror at path. For writing, a missing file is created, an
// older schema is brought up to date and an interrupted bulk load is completed.
// A schema newer than this program is refused with store.ErrTooNew and left
// untouched. Read-only, the file has to exist and be of the present schema.
func Open(path string, o Options) (_ *Store, err error) {
	if o.Compress != "" && o.Compress != "zstd" && o.Compress != "none" {
		return nil, fmt.Errorf("store.compress: %q is not known; use zstd or none", o.Compress)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s := &Store{path: path, options: o}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("open database %s: %w", path, err), s.Close())
		}
	}()
	cache := o.CacheBytes
	if cache <= 0 {
		cache = defaultCache
	}
	if o.ReadOnly {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no database yet; run `vulnmirror sync` to make one: %w", err)
		}
	} else if err := s.openWriter(cache); err != nil {
		return nil, err
	}
	if err := s.openReaders(cache / 4); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Store) openWriter(cache int64) error {
	if err := refuseNewer(s.path); err != nil {
		return err
	}
	db, err := connect(s.path, "rwc", cache, "page_size(8192)", "synchronous(normal)", "wal_autocheckpoint(2000)", "journal_size_limit(67108864)")
	if err != nil {
		return err
	}
	s.writerDB = db
	conn, err := db.Conn(context.Background())
	if err != nil {
		return err
	}
	s.writer = newSession(conn)
	return s.writer.use(func() error {
		if err := migrate(s.writer); err != nil {
			return err
		}
		for i := range tables {
			if err := completeBulk(s.writer, &tables[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) openReaders(cache int64) (err error) {
	if s.readers, err = connect(s.path, "ro", cache); err != nil {
		return err
	}
	s.readers.SetMaxIdleConns(max(4, 2*runtime.GOMAXPROCS(0)))
	if err := checkVersion(s.readers, true); err != nil {
		return err
	}
	s.users, err = connect(s.path, "ro", cache, "trusted_schema(0)")
	return err
}

// connect opens a pool on the file at path; mode is SQLite's: ro or rwc.
func connect(path, mode string, cache int64, pragmas ...string) (*sql.DB, error) {
	d, err := engine()
	if err != nil {
		return nil, err
	}
	q := url.Values{"mode": {mode}, "_txlock": {"deferred"}, "_defensive": {"1"}, "_dqs": {"0"}}
	if mode != "ro" {
		// Of all settings the driver carries this out last: it writes the first
		// page, after which the page size stands.
		q.Set("_journal_mode", "WAL")
	}
	for _, p := range append([]string{"busy_timeout(30000)", fmt.Sprintf("cache_size(-%d)", cache/1024)}, pragmas...) {
		q.Add("_pragma", p)
	}
	name := (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}).String()
	return sql.OpenDB(connector{engine: d, name: name}), nil
}

// Close ends all use of the file and folds the write-ahead log into it, so that
// the file alone is the mirror.
func (s *Store) Close() error {
	var errs []error
	closeDB := func(db *sql.DB) {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	errs = append(errs, s.asked.close()...)
	closeDB(s.readers)
	closeDB(s.users)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writer != nil {
		errs = append(errs, s.writer.use(func() error {
			return s.writer.exec("PRAGMA wal_checkpoint(TRUNCATE)")
		}), s.writer.close())
		s.writer = nil
	}
	closeDB(s.writerDB)
	return errors.Join(errs...)
}

// SizeOnDisk implements store.Sized. The write-ahead log counts.
func (s *Store) SizeOnDisk(context.Context) (int64, error) {
	var total int64
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(s.path + suffix)
		if suffix != "" && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("size of the database: %w", err)
		}
		total += info.Size()
	}
	return total, nil
}
