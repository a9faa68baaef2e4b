package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// SetSource implements store.Writer. Times are kept to the millisecond.
func (s *Store) SetSource(ctx context.Context, st store.SourceState) error {
	return s.write(ctx, "record the state of "+st.Source, func(w *session) error {
		return w.exec("INSERT OR REPLACE INTO source_state (source, completed, synced, watermark, failed, reason, release) VALUES (?, ?, ?, ?, ?, ?, ?)", st.Source,
			orNull(vuln.FormatTime(st.Completed)), orNull(vuln.FormatTime(st.Synced)),
			orNull(vuln.FormatTime(st.Watermark)), orNull(vuln.FormatTime(st.Failed)), orNull(st.Reason), orNull(st.Release))
	})
}

// Sources implements store.Reader.
func (v *snapshot) Sources(ctx context.Context) ([]store.SourceState, error) {
	rows, err := v.tx.QueryContext(ctx, "SELECT source, completed, synced, watermark, failed, coalesce(reason, ''), coalesce(release, '') FROM source_state ORDER BY source")
	if err != nil {
		return nil, fmt.Errorf("states of sources: %w", err)
	}
	defer rows.Close()
	var out []store.SourceState
	for rows.Next() {
		var st store.SourceState
		var times [4]sql.NullString
		if err := rows.Scan(&st.Source, &times[0], &times[1], &times[2], &times[3], &st.Reason, &st.Release); err != nil {
			return nil, fmt.Errorf("states of sources: %w", err)
		}
		for i, to := range []*time.Time{&st.Completed, &st.Synced, &st.Watermark, &st.Failed} {
			if !times[i].Valid {
				continue
			}
			if *to, err = vuln.ParseTime(times[i].String); err != nil {
				return nil, fmt.Errorf("state of %s: %w", st.Source, err)
			}
		}
		out = append(out, st)
	}
	return out, rows.Err()
}

// Ingested implements store.Reader.
func (v *snapshot) Ingested(ctx context.Context, source, filename, sha256 string) (bool, error) {
	var n int
	err := v.tx.QueryRowContext(ctx, "SELECT count(*) FROM origin WHERE source = ? AND filename = ? AND sha256 = ? AND complete", source, filename, sha256).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look up %s: %w", filename, err)
	}
	return n > 0, nil
}

// Origins implements store.Reader.
func (v *snapshot) Origins(ctx context.Context) ([]store.Origin, error) {
	rows, err := v.tx.QueryContext(ctx, "SELECT source, filename, sha256, fetched FROM origin WHERE complete ORDER BY 1, 2, 3")
	if err != nil {
		return nil, fmt.Errorf("files taken in: %w", err)
	}
	defer rows.Close()
	var out []store.Origin
	for rows.Next() {
		var o store.Origin
		var fetched sql.NullInt64
		if err := rows.Scan(&o.Source, &o.Filename, &o.SHA256, &fetched); err != nil {
			return nil, fmt.Errorf("files taken in: %w", err)
		}
		if fetched.Valid {
			o.Fetched = time.UnixMilli(fetched.Int64).UTC()
		}
		out = append(out, o)
	}
	return out, rows.Err()
}
