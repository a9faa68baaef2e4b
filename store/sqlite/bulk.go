package sqlite

import (
	"context"
	"fmt"

	"vulnmirror/vuln"
)

// fewRecords is how many a table may hold for a bulk load to pay: making its
// indexes anew takes no time then.
const fewRecords = 1000

// BeginBulk prepares the table of a kind for a large load: its indexes are left
// out until EndBulk. It does nothing when the table holds more than a few
// records, or is that of all the smaller kinds: they are loaded side by side, and
// each stays in service while others are. Other kinds stay in service at full
// speed.
func (s *Store) BeginBulk(ctx context.Context, kind vuln.Kind) error {
	n := tableOf(kind)
	t := &tables[n]
	if n == tableProse {
		return nil
	}
	return s.write(ctx, "begin a bulk load", func(w *session) error {
		held, _, err := w.number(fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM %s LIMIT %d)", t.name, fewRecords+1))
		if held > fewRecords || err != nil {
			return err
		}
		for _, x := range t.indexes() {
			if err := w.exec("DROP INDEX IF EXISTS " + x.name); err != nil {
				return err
			}
		}
		if !t.prose { // whose word index others need meanwhile
			// The word index is merged once, at the end.
			if err := w.exec(fmt.Sprintf("INSERT INTO %[1]s (%[1]s, rank) VALUES ('automerge', 0)", t.words)); err != nil {
				return err
			}
		}
		if t.entry {
			if s.rosters[n], err = newRoster(w, t); err != nil {
				return err
			}
		}
		return w.exec("INSERT OR REPLACE INTO counter VALUES (?, 1)", t.bulk())
	})
}

// EndBulk makes the indexes that a bulk load of a kind went without and takes
// statistics. Without a bulk load under way it only looks whether statistics
// are due.
func (s *Store) EndBulk(ctx context.Context, kind vuln.Kind) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	n := tableOf(kind)
	s.rosters[n] = nil
	if err := s.writer.use(func() error { return completeBulk(s.writer, &tables[n]) }); err != nil {
		return fmt.Errorf("end a bulk load: %w", err)
	}
	return nil
}

// completeBulk brings a table from any state of a bulk load to the normal one.
func completeBulk(w *session, t *table) error {
	interrupted := false
	err := w.within(func() error {
		bulk, _, err := w.number("SELECT value FROM counter WHERE name = ?", t.bulk())
		if err != nil {
			return err
		}
		if interrupted = bulk != 0; interrupted {
			if err := t.complete(w); err != nil {
				return err
			}
		}
		for _, x := range t.indexes() {
			unique := ""
			if x.name == t.name+"_name" {
				unique = "UNIQUE "
			}
			if err := w.exec("CREATE " + unique + "INDEX IF NOT EXISTS " + x.name + " ON " + x.on); err != nil {
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

// complete does what a bulk load left for the end, indexes excepted.
func (t *table) complete(w *session) error {
	var work []string
	if !t.prose {
		work = append(work,
			// First, so that the pages it frees serve what is made next.
			fmt.Sprintf("INSERT INTO %[1]s (%[1]s, rank) VALUES ('automerge', 4)", t.words), // FTS5's default
			fmt.Sprintf("INSERT INTO %[1]s (%[1]s) VALUES ('optimize')", t.words))
	}
	if !t.entry {
		work = append(work, "DELETE FROM criterion_record", "INSERT INTO criterion_record "+criteriaOf+" GROUP BY 1, 2")
	}
	for _, q := range work {
		if err := w.exec(q); err != nil {
			return err
		}
	}
	return w.exec("UPDATE counter SET value = 0 WHERE name = ?", t.bulk())
}
