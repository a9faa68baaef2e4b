package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"

	"vulnmirror/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

func migrationFiles() ([]string, error) { return fs.Glob(migrations, "migrations/*.sql") }

// setup makes the schema, or brings it up to date.
func setup(ctx context.Context, conn *pgx.Conn) error {
	files, err := migrationFiles()
	if err != nil {
		return err
	}
	held, err := schemaVersion(ctx, conn)
	if err != nil {
		return err
	}
	if held > len(files) {
		return tooNew(held, len(files))
	}
	for held < len(files) {
		if err := migrate(ctx, conn, files, &held); err != nil {
			return err
		}
	}
	return nil
}

// migrate carries out the next migration. Of several programs that try at once,
// the others find it done.
func migrate(ctx context.Context, conn *pgx.Conn, files []string, held *int) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, q := range []string{
			"CREATE SCHEMA IF NOT EXISTS vulnmirror",
			"CREATE TABLE IF NOT EXISTS vulnmirror.schema_version (version integer NOT NULL)",
			"INSERT INTO vulnmirror.schema_version SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM vulnmirror.schema_version)",
		} {
			if _, err := tx.Exec(ctx, q); err != nil {
				return err
			}
		}
		if err := tx.QueryRow(ctx, "SELECT version FROM vulnmirror.schema_version FOR UPDATE").Scan(held); err != nil {
			return err
		}
		if *held >= len(files) {
			return nil
		}
		text, err := migrations.ReadFile(files[*held])
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, string(text)); err != nil {
			return fmt.Errorf("%s: %w", files[*held], err)
		}
		*held++
		_, err = tx.Exec(ctx, "UPDATE vulnmirror.schema_version SET version = $1", *held)
		return err
	})
}

// schemaVersion is 0 for a database that holds no mirror.
func schemaVersion(ctx context.Context, conn *pgx.Conn) (version int, err error) {
	err = conn.QueryRow(ctx, "SELECT coalesce(to_regclass('vulnmirror.schema_version') IS NOT NULL, false)::int").Scan(&version)
	if err != nil || version == 0 {
		return 0, err
	}
	err = conn.QueryRow(ctx, "SELECT version FROM vulnmirror.schema_version").Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return version, err
}

// checkVersion refuses a schema that this program does not read.
func checkVersion(ctx context.Context, conn *pgx.Conn) error {
	files, err := migrationFiles()
	if err != nil {
		return err
	}
	held, err := schemaVersion(ctx, conn)
	switch {
	case err != nil:
		return err
	case held > len(files):
		return tooNew(held, len(files))
	case held == 0:
		return errors.New("the database holds no mirror yet; `vulnmirror init-db` or the first `vulnmirror sync` makes it")
	case held < len(files):
		return fmt.Errorf("schema %d is older than this program's %d; run `vulnmirror sync` once to bring it up to date", held, len(files))
	}
	return nil
}

func tooNew(held, known int) error {
	return fmt.Errorf("schema %d, this program knows %d; use a newer vulnmirror: %w", held, known, store.ErrTooNew)
}

// serverVersion refuses servers older than this program can use.
func serverVersion(ctx context.Context, conn *pgx.Conn) error {
	const oldest = 120000
	var number int
	if err := conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&number); err != nil {
		return err
	}
	if number < oldest {
		return fmt.Errorf("the server is PostgreSQL %d.%d; 12 or newer is needed", number/10000, number%10000)
	}
	return nil
}
