package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"vulnmirror/store"
)

// SetSource implements store.Writer. Times are kept to the millisecond.
func (s *Store) SetSource(ctx context.Context, st store.SourceState) error {
	return s.write(ctx, "record the state of "+st.Source, func(tx contentTx, _ int64) error {
		_, err := tx.Exec(ctx, `INSERT INTO content.source_state (source, completed, synced, watermark, failed, reason, release) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (source) DO UPDATE SET completed = excluded.completed, synced = excluded.synced,
				watermark = excluded.watermark, failed = excluded.failed, reason = excluded.reason, release = excluded.release`,
			text(st.Source), orNull(st.Completed), orNull(st.Synced), orNull(st.Watermark), orNull(st.Failed), text(st.Reason), text(st.Release))
		return err
	})
}

func sources(ctx context.Context, from querier) ([]store.SourceState, error) {
	rows, err := from.Query(ctx, `SELECT source, completed, synced, watermark, failed, reason, release FROM content.source_state ORDER BY source COLLATE "C"`)
	if err != nil {
		return nil, fmt.Errorf("states of sources: %w", err)
	}
	states, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (st store.SourceState, err error) {
		var completed, synced, watermark, failed *time.Time
		err = row.Scan(&st.Source, &completed, &synced, &watermark, &failed, &st.Reason, &st.Release)
		st.Completed, st.Synced, st.Watermark, st.Failed = orZero(completed), orZero(synced), orZero(watermark), orZero(failed)
		return st, err
	})
	if err != nil {
		return nil, fmt.Errorf("states of sources: %w", err)
	}
	return states, nil
}

func ingested(ctx context.Context, from querier, source, filename, sha256 string) (done bool, err error) {
	err = from.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM content.origin WHERE source = $1 AND filename = $2 AND sha256 = $3 AND complete)",
		text(source), text(filename), sha256).Scan(&done)
	if err != nil {
		return false, fmt.Errorf("look up %s: %w", filename, err)
	}
	return done, nil
}

func origins(ctx context.Context, from querier) ([]store.Origin, error) {
	rows, err := from.Query(ctx, `SELECT source, filename, sha256, fetched FROM content.origin WHERE complete
		ORDER BY source COLLATE "C", filename COLLATE "C", sha256 COLLATE "C"`)
	if err != nil {
		return nil, fmt.Errorf("files taken in: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (o store.Origin, err error) {
		var fetched *time.Time
		err = row.Scan(&o.Source, &o.Filename, &o.SHA256, &fetched)
		o.Fetched = orZero(fetched)
		return o, err
	})
	if err != nil {
		return nil, fmt.Errorf("files taken in: %w", err)
	}
	return out, nil
}
