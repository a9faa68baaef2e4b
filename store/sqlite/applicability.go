package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

const selectCriteria = `SELECT c.id, c.uuid, p.part, p.vendor, p.product, c.version, c.rest, c.criteria,
	c.start_including, c.start_excluding, c.end_including, c.end_excluding,
	EXISTS (SELECT 1 FROM entry_cpematch) AND EXISTS (SELECT 1 FROM entry_cpematch m WHERE m.uuid_key = uuid_key(c.uuid) AND m.uuid = c.uuid AND m.withdrawn IS NULL)
FROM cpe_product p CROSS JOIN criterion c ON c.product = p.id
WHERE p.id IN (`

func criteria(ctx context.Context, from asker, products []store.Product) ([]store.Criterion, error) {
	var out []store.Criterion
	seen := map[string]bool{}
	add := func(c store.Criterion) {
		if !seen[c.Ref] {
			seen[c.Ref] = true
			out = append(out, c)
		}
	}
	exact := []byte{'['}
	for _, p := range products {
		if p.Part == "" || p.Vendor == "" || p.Product == "" {
			where, args := selectProducts(p)
			if err := selectCriteriaOf(ctx, from, add, where, args...); err != nil {
				return nil, err
			}
			continue
		}
		if len(exact) > 1 {
			exact = append(exact, ',')
		}
		exact = append(exact, jsonList([]string{p.Vendor, p.Product, p.Part})...)
	}
	if len(exact) > 1 {
		short, err := brief(ctx)
		if err == nil {
			err = selectCriteriaOf(short, from, add, exactProducts, string(append(exact, ']')))
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// exactProducts selects the products in a JSON array of arrays, and open ones.
const exactProducts = `SELECT x.id FROM json_each(?) j
	CROSS JOIN cpe_product x ON x.vendor = j.value ->> 0 AND x.product = j.value ->> 1 AND x.part = j.value ->> 2
	UNION SELECT id FROM cpe_product WHERE ` + openProduct

func selectCriteriaOf(ctx context.Context, from asker, add func(store.Criterion), products string, args ...any) error {
	rows, err := askRows(ctx, from, selectCriteria+products+")", args...)
	if err != nil {
		return fmt.Errorf("criteria: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c store.Criterion
		if err := scanCriterion(rows, &c); err != nil {
			return fmt.Errorf("criteria: %w", err)
		}
		add(c)
	}
	return rows.Err()
}

// scanCriterion reads a row of selectCriteria.
func scanCriterion(rows *sql.Rows, c *store.Criterion) error {
	var id int64
	var uuid sql.RawBytes
	var part, vendor, product string
	var version, rest, whole, startIncluding, startExcluding, endIncluding, endExcluding sql.NullString
	if err := rows.Scan(&id, &uuid, &part, &vendor, &product, &version, &rest, &whole,
		&startIncluding, &startExcluding, &endIncluding, &endExcluding, &c.Expanded); err != nil {
		return err
	}
	c.Ref = strconv.FormatInt(id, 10)
	c.ID = string(uuid)
	if len(uuid) == len(vuln.UUID{}) {
		c.ID = vuln.UUID(uuid).String()
	}
	c.Criteria = whole.String
	if !whole.Valid {
		if !rest.Valid {
			rest.String = usualRest
		}
		c.Criteria = strings.Join([]string{"cpe:2.3", part, vendor, product, version.String}, ":") + rest.String
	}
	c.VersionStartIncluding, c.VersionStartExcluding = startIncluding.String, startExcluding.String
	c.VersionEndIncluding, c.VersionEndExcluding = endIncluding.String, endExcluding.String
	return nil
}

func uses(ctx context.Context, from asker, refs []string) ([]store.Use, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	ctx, err := brief(ctx)
	if err != nil {
		return nil, fmt.Errorf("uses of criteria: %w", err)
	}
	rows, err := askRows(ctx, from, `SELECT x.criterion, r.name, x.affects
		FROM json_each(?) j CROSS JOIN criterion_record x ON x.criterion = CAST(j.value AS INTEGER) CROSS JOIN record r ON r.id = x.record
		WHERE r.withdrawn IS NULL`, jsonList(refs))
	if err != nil {
		return nil, fmt.Errorf("uses of criteria: %w", err)
	}
	defer rows.Close()
	var out []store.Use
	for rows.Next() {
		var u store.Use
		if err := rows.Scan(&u.Ref, &u.ID, &u.Affects); err != nil {
			return nil, fmt.Errorf("uses of criteria: %w", err)
		}
		out = append(out, u)
	}
	return out, rows.Err()
}

func listed(ctx context.Context, from asker, names []string) ([]store.Listing, error) {
	out := make([]store.Listing, len(names))
	ctx, err := brief(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up CPE names: %w", err)
	}
	// The criteria of a name's own product come first, then those of open ones.
	rows, err := askRows(ctx, from, `WITH e AS MATERIALIZED (
			SELECT j.key AS nth, e.uuid, e.product FROM json_each(?) j CROSS JOIN entry_cpe e ON e.name = j.value
			WHERE e.withdrawn IS NULL AND e.uuid IS NOT NULL)
		SELECT nth, NULL FROM e
		UNION ALL
		SELECT e.nth, m.name FROM e CROSS JOIN entry_cpematch m ON m.product = e.product
		WHERE m.withdrawn IS NULL AND m.members IS NOT NULL AND has_member(m.members, e.uuid)
		UNION ALL
		SELECT e.nth, m.name FROM e CROSS JOIN (SELECT id FROM cpe_product WHERE `+openProduct+`) o CROSS JOIN entry_cpematch m ON m.product = o.id
		WHERE o.id <> e.product AND m.withdrawn IS NULL AND m.members IS NOT NULL AND has_member(m.members, e.uuid)`, jsonList(names))
	if err != nil {
		return nil, fmt.Errorf("look up CPE names: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var nth int
		var id sql.NullString
		if err := rows.Scan(&nth, &id); err != nil {
			return nil, fmt.Errorf("look up CPE names: %w", err)
		}
		out[nth].Known = true
		if id.Valid {
			out[nth].Criteria = append(out[nth].Criteria, id.String)
		}
	}
	return out, rows.Err()
}

// Criteria implements store.Applicability.
func (s *Store) Criteria(ctx context.Context, products ...store.Product) ([]store.Criterion, error) {
	return criteria(ctx, s, products)
}

// Uses implements store.Applicability.
func (s *Store) Uses(ctx context.Context, refs []string) ([]store.Use, error) {
	return uses(ctx, s, refs)
}

// Listed implements store.Applicability.
func (s *Store) Listed(ctx context.Context, names ...string) ([]store.Listing, error) {
	return listed(ctx, s, names)
}

// Criteria implements store.Applicability.
func (v *snapshot) Criteria(ctx context.Context, products ...store.Product) ([]store.Criterion, error) {
	return criteria(ctx, v, products)
}

// Uses implements store.Applicability.
func (v *snapshot) Uses(ctx context.Context, refs []string) ([]store.Use, error) {
	return uses(ctx, v, refs)
}

// Listed implements store.Applicability.
func (v *snapshot) Listed(ctx context.Context, names ...string) ([]store.Listing, error) {
	return listed(ctx, v, names)
}
