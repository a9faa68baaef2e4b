package postgres

import (
	"context"
	"encoding/hex"
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

func criteria(ctx context.Context, from querier, products []store.Product) ([]store.Criterion, error) {
	var out []store.Criterion
	seen := map[string]bool{}
	ask := func(where string, args ...any) error {
		some, err := selectCriteria(ctx, from, where, args...)
		if err != nil {
			return fmt.Errorf("criteria: %w", err)
		}
		for _, c := range some {
			if !seen[c.Ref] {
				seen[c.Ref] = true
				out = append(out, c)
			}
		}
		return nil
	}
	var parts, vendors, names []string
	for _, p := range products {
		if p.Part == "" || p.Vendor == "" || p.Product == "" {
			where, args := selectProduct(p)
			if err := ask(numbered(where), args...); err != nil {
				return nil, err
			}
			continue
		}
		parts, vendors, names = append(parts, text(p.Part)), append(vendors, text(p.Vendor)), append(names, text(p.Product))
	}
	if parts != nil {
		if err := ask("(r.vendor, r.product, r.part) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))", vendors, names, parts); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// selectCriteria selects the criteria in use that are as where says, or open.
func selectCriteria(ctx context.Context, from querier, where string, args ...any) ([]store.Criterion, error) {
	const columns = `SELECT r.key, r.match_criteria_id, r.criteria, r.start_including, r.start_excluding, r.end_including, r.end_excluding,
			EXISTS (SELECT 1 FROM content.record m WHERE m.kind = 'cpematch' AND m.id = r.match_criteria_id AND m.withdrawn IS NULL)
		FROM content.criterion r WHERE `
	// Two questions rather than an OR, which would keep the server from its indexes.
	rows, err := from.Query(ctx, columns+where+" UNION "+columns+"r.open", args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c store.Criterion, err error) {
		var key []byte
		err = row.Scan(&key, &c.ID, &c.Criteria, &c.VersionStartIncluding, &c.VersionStartExcluding, &c.VersionEndIncluding, &c.VersionEndExcluding, &c.Expanded)
		c.Ref = hex.EncodeToString(key)
		return c, err
	})
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
	rows, err := from.Query(ctx, `SELECT u.criterion, u.id, u.Affects FROM content.criterion_use u
		JOIN content.record r ON r.kind = $1 AND r.id = u.id AND r.withdrawn IS NULL
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

// listed answers Listed.
func listed(ctx context.Context, from querier, names []string) ([]store.Listing, error) {
	rows, err := from.Query(ctx, `SELECT u.nth, r.aliases, r.vendor, r.product, r.part FROM unnest($2::text[]) WITH ORDINALITY AS u(id, nth)
		JOIN content.record r ON r.kind = $1 AND r.id = u.id AND r.withdrawn IS NULL AND r.vendor IS NOT NULL`, string(vuln.KindCPE), clean(names))
	if err != nil {
		return nil, fmt.Errorf("look up CPE names: %w", err)
	}
	out := make([]store.Listing, len(names))
	var nth int64
	var aliases, vendors, products, parts []string
	var places, heads []int64
	var vendor, product, part string
	_, err = pgx.ForEachRow(rows, []any{&nth, &aliases, &vendor, &product, &part}, func() error {
		for _, a := range aliases {
			if id, err := vuln.ParseUUID(a); err == nil {
				out[nth-1].Known = true
				places, heads = append(places, nth), append(heads, int64(id.Head()))
				vendors, products, parts = append(vendors, vendor), append(products, product), append(parts, part)
				break
			}
		}
		return nil
	})
	if err != nil || places == nil {
		return out, err
	}
	rows, err = from.Query(ctx, `WITH e AS (SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[]) AS u(nth, head, vendor, product, part))
		SELECT e.nth, m.id FROM e JOIN content.record m ON m.kind = $1 AND m.vendor = e.vendor AND m.product = e.product AND m.part = e.part
		WHERE m.withdrawn IS NULL AND e.head = ANY(m.members)
		UNION
		SELECT e.nth, m.id FROM e JOIN content.record m ON m.kind = $1 AND m.open AND m.withdrawn IS NULL AND e.head = ANY(m.members)`,
		string(vuln.KindMatchCriteria), places, heads, vendors, products, parts)
	if err != nil {
		return nil, fmt.Errorf("criteria that list CPE names: %w", err)
	}
	var id string
	if _, err = pgx.ForEachRow(rows, []any{&nth, &id}, func() error {
		out[nth-1].Criteria = append(out[nth-1].Criteria, id)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("criteria that list CPE names: %w", err)
	}
	return out, nil
}
