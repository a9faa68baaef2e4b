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

//go:embed service.sql
var serviceSQL string

//go:embed views.sql
var viewsSQL string

// contentTables are what the migrations make.
const contentTables = "content.counter, content.origin, content.record, content.wording, content.version, content.score, content.criterion, content.criterion_use, content.source_state, content.cve_records, content.cpe_records, content.link, content.other_records"

// peoplesViews are the views that are findable without naming a schema.
var peoplesViews = []string{"cve_records", "cpe_records", "records", "links"}

// steps are the migrations in their order.
func steps() ([]string, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(files))
	for i, f := range files {
		text, err := migrations.ReadFile(f)
		if err != nil {
			return nil, err
		}
		texts[i] = string(text)
	}
	return texts, nil
}

// migrate brings the content in schema from version held to the present one.
func migrate(ctx context.Context, tx pgx.Tx, schema string, held int) (version int, err error) {
	texts, err := steps()
	if err != nil {
		return 0, err
	}
	if held > len(texts) {
		return held, tooNew(held, len(texts))
	}
	for n, text := range texts[held:] {
		if _, err := tx.Exec(ctx, within(schema, text)); err != nil {
			return 0, fmt.Errorf("schema %d: %w", held+n+1, err)
		}
	}
	return len(texts), tune(ctx, tx, schema)
}

// install makes the tables and views, or brings them up to date. Of several
// programs that try at once, the others find it done.
func install(ctx context.Context, conn *pgx.Conn) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, serviceSQL); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "INSERT INTO vulnmirror.service (content, version) VALUES ($1, 0) ON CONFLICT (one) DO NOTHING", slots[0]); err != nil {
			return err
		}
		var schema string
		var held int
		if err := tx.QueryRow(ctx, "SELECT content, version FROM vulnmirror.service FOR UPDATE").Scan(&schema, &held); err != nil {
			return err
		}
		version, err := migrate(ctx, tx, schema, held)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, within(schema, viewsSQL)); err != nil {
			return fmt.Errorf("views: %w", err)
		}
		if held > 0 && held < version {
			if err := copyGrants(ctx, tx, schema, "record", schema); err != nil {
				return err
			}
			if err := copyGrants(ctx, tx, permanent, "service", permanent); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, "UPDATE vulnmirror.service SET version = $1", version)
		return err
	})
}

// schemaVersion is 0 for a database that holds no mirror.
func schemaVersion(ctx context.Context, conn *pgx.Conn) (version int, err error) {
	var held bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relname = 'service')`, permanent).Scan(&held)
	if err != nil || !held {
		return 0, err
	}
	err = conn.QueryRow(ctx, "SELECT version FROM vulnmirror.service").Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return version, err
}

// checkVersion refuses a schema that this program does not read.
func checkVersion(ctx context.Context, conn *pgx.Conn) error {
	texts, err := steps()
	if err != nil {
		return err
	}
	held, err := schemaVersion(ctx, conn)
	switch {
	case err != nil:
		return err
	case held > len(texts):
		return tooNew(held, len(texts))
	case held == 0:
		return store.ErrNoMirror
	case held < len(texts):
		return fmt.Errorf("schema %d is older than this program's %d; run `vulnmirror sync` once to bring it up to date", held, len(texts))
	}
	return nil
}

func tooNew(held, known int) error {
	return fmt.Errorf("schema %d, this program knows %d; use a newer vulnmirror: %w", held, known, store.ErrTooNew)
}
