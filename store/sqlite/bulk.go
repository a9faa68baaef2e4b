package sqlite

import (
	"context"
	"fmt"
)

// secondary are the indexes that a bulk load goes without. Open for writing
// makes the ones that are missing.
var secondary = []struct{ name, on string }{
	{"record_published", "record (kind, published, name)"},
	{"record_modified", "record (kind, modified DESC, name)"},
	{"record_year", "record (kind, year, modified, revision)"},
	{"record_weaknesses", "record (weaknesses)"},
	{"record_tags", "record (tags) WHERE tags IS NOT NULL"},
	{"record_sources", "record (sources)"},
	{"criterion_product", "criterion (product)"},
	{"kev_added", "kev_entry (added)"},
}

// BeginBulk prepares an empty database for a large load: indexes other than
// those of identifiers are left out until EndBulk. It does nothing when the
// database holds records.
func (s *Store) BeginBulk(ctx context.Context) error {
	return s.write(ctx, "begin a bulk load", func(w *session) error {
		if _, found, err := w.number("SELECT 1 FROM record LIMIT 1"); found || err != nil {
			return err
		}
		for _, x := range secondary {
			if err := w.exec("DROP INDEX IF EXISTS " + x.name); err != nil {
				return err
			}
		}
		// The word index is merged once, at the end.
		if err := w.exec("INSERT INTO words (words, rank) VALUES ('automerge', 0)"); err != nil {
			return err
		}
		return w.exec("UPDATE counter SET value = 1 WHERE name = 'bulk'")
	})
}

// EndBulk makes the indexes that a bulk load went without and takes statistics.
// Without a bulk load under way it only looks whether statistics are due.
func (s *Store) EndBulk(ctx context.Context) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if err := s.writer.use(func() error { return completeBulk(s.writer) }); err != nil {
		return fmt.Errorf("end a bulk load: %w", err)
	}
	return nil
}

// completeBulk brings a database from any state of a bulk load to the normal one.
func completeBulk(w *session) error {
	interrupted := false
	err := w.within(func() error {
		bulk, _, err := w.number("SELECT value FROM counter WHERE name = 'bulk'")
		if err != nil {
			return err
		}
		if interrupted = bulk != 0; interrupted {
			for _, q := range []string{
				// First, so that the pages it frees serve what is made next.
				"INSERT INTO words (words, rank) VALUES ('automerge', 4)", // FTS5's default
				"INSERT INTO words (words) VALUES ('optimize')",
				"DELETE FROM criterion_record",
				"INSERT OR IGNORE INTO criterion_record " + criteriaOf + " ORDER BY 1, 2",
				"UPDATE counter SET value = 0 WHERE name = 'bulk'",
			} {
				if err := w.exec(q); err != nil {
					return err
				}
			}
		}
		for _, x := range secondary {
			if err := w.exec("CREATE INDEX IF NOT EXISTS " + x.name + " ON " + x.on); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := w.exec("PRAGMA analysis_limit = 1000"); err != nil {
		return err
	}
	if interrupted {
		return w.exec("ANALYZE")
	}
	return w.exec("PRAGMA optimize")
}
