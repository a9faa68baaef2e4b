package postgres

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// numbered writes $1, $2 … for the question marks of a condition.
func numbered(condition string) string {
	for n := 1; strings.Contains(condition, "?"); n++ {
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", n), 1)
	}
	return condition
}

func criteria(ctx context.Context, from querier, p store.Product) ([]store.Criterion, error) {
	where, args := selectProduct(p)
	rows, err := from.Query(ctx, `SELECT r.key, r.match_criteria_id, r.criteria, r.start_including, r.start_excluding, r.end_including, r.end_excluding,
			EXISTS (SELECT 1 FROM vulnmirror.record m WHERE m.kind = 'cpematch' AND m.id = r.match_criteria_id AND m.withdrawn IS NULL)
		FROM vulnmirror.criterion r
		WHERE EXISTS (SELECT 1 FROM vulnmirror.criterion_use u WHERE u.criterion = r.key) AND (`+numbered(where)+` OR r.open)`, args...)
	if err != nil {
		return nil, fmt.Errorf("criteria: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c store.Criterion, err error) {
		var key []byte
		err = row.Scan(&key, &c.ID, &c.Criteria, &c.VersionStartIncluding, &c.VersionStartExcluding, &c.VersionEndIncluding, &c.VersionEndExcluding, &c.Expanded)
		c.Ref = hex.EncodeToString(key)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("criteria: %w", err)
	}
	return out, nil
}

// keysOf are the keys that refs name.
func keysOf(refs []string) [][]byte {
	keys := make([][]byte, 0, len(refs))
	for _, ref := range refs {
		// What is no ref of ours names nothing.
		if key, err := hex.DecodeString(ref); err == nil {
			keys = append(keys, key)
		}
	}
	return keys
}

func usesOfCriteria(ctx context.Context, from querier, refs []string) ([]store.Use, error) {
	rows, err := from.Query(ctx, `SELECT u.criterion, u.id, u.affects FROM vulnmirror.criterion_use u
		JOIN vulnmirror.record r ON r.kind = $1 AND r.id = u.id AND r.withdrawn IS NULL
		WHERE u.criterion = ANY($2::bytea[])`, string(vuln.KindCVE), keysOf(refs))
	if err != nil {
		return nil, fmt.Errorf("uses of criteria: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (u store.Use, err error) {
		var key []byte
		var affects int16
		err = row.Scan(&key, &u.ID, &affects)
		u.Ref, u.Affects = hex.EncodeToString(key), store.Affects(affects)
		return u, err
	})
	if err != nil {
		return nil, fmt.Errorf("uses of criteria: %w", err)
	}
	return out, nil
}

// Listed implements store.Applicability.
func (v *snapshot) Listed(ctx context.Context, name string) (l store.Listing, err error) {
	var aliases []string
	var vendor, product, part string
	err = v.tx.QueryRow(ctx, `SELECT aliases, vendor, product, part FROM vulnmirror.record
		WHERE kind = $1 AND id = $2 AND withdrawn IS NULL AND vendor IS NOT NULL`, string(vuln.KindCPE), text(name)).Scan(&aliases, &vendor, &product, &part)
	if errors.Is(err, pgx.ErrNoRows) {
		return l, nil
	}
	if err != nil {
		return l, fmt.Errorf("look up %s: %w", name, err)
	}
	var id vuln.UUID
	for _, a := range aliases {
		if id, err = vuln.ParseUUID(a); err == nil {
			l.Known = true
			break
		}
	}
	if !l.Known {
		return l, nil
	}
	rows, err := v.tx.Query(ctx, `SELECT id FROM vulnmirror.record
		WHERE kind = $1 AND withdrawn IS NULL AND (vendor = $2 AND product = $3 AND part = $4 OR open) AND $5::bigint = ANY(members)`,
		string(vuln.KindMatchCriteria), vendor, product, part, int64(id.Head()))
	if err != nil {
		return l, fmt.Errorf("criteria that list %s: %w", name, err)
	}
	if l.Criteria, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return l, fmt.Errorf("criteria that list %s: %w", name, err)
	}
	return l, nil
}
