package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"vulnmirror/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

func migrationFiles() ([]string, error) { return fs.Glob(migrations, "migrations/*.sql") }

// checkVersion refuses a schema that this program does not know and, when exact
// is set, one that is not complete.
func checkVersion(db *sql.DB, exact bool) error {
	files, err := migrationFiles()
	if err != nil {
		return err
	}
	var version int
	if err := db.QueryRowContext(context.Background(), "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > len(files) {
		return fmt.Errorf("schema %d, this program knows %d; use a newer vulnmirror: %w", version, len(files), store.ErrTooNew)
	}
	if exact && version < len(files) {
		return fmt.Errorf("schema %d is older than this program's %d; run `vulnmirror sync` once to bring it up to date", version, len(files))
	}
	return nil
}

// refuseNewer looks at an existing file over a connection that cannot write.
func refuseNewer(path string) error {
	if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	db, err := connect(path, "ro", defaultCache)
	if err != nil {
		return err
	}
	return errors.Join(checkVersion(db, false), db.Close())
}

// migrate carries out the migrations that the file lacks.
func migrate(s *session) error {
	files, err := migrationFiles()
	if err != nil {
		return err
	}
	for {
		done := false
		err := s.within(func() error {
			version, _, err := s.number("PRAGMA user_version")
			if err != nil {
				return err
			}
			if done = int(version) >= len(files); done {
				return nil
			}
			text, err := migrations.ReadFile(files[version])
			if err != nil {
				return err
			}
			if err := s.exec(string(text)); err != nil {
				return fmt.Errorf("%s: %w", files[version], err)
			}
			return s.exec(fmt.Sprintf("PRAGMA user_version = %d", version+1))
		})
		if err != nil || done {
			return err
		}
	}
}
