package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

const selectCriteria = `SELECT c.id, c.uuid, p.part, p.vendor, p.product, c.version, c.rest, c.criteria,
	c.start_including, c.start_excluding, c.end_including, c.end_excluding,
	EXISTS (SELECT 1 FROM entry_cpematch m WHERE m.uuid_key = uuid_key(c.uuid) AND m.uuid = c.uuid AND m.withdrawn IS NULL)
FROM cpe_product p CROSS JOIN criterion c ON c.product = p.id
WHERE EXISTS (SELECT 1 FROM criterion_record x WHERE x.criterion = c.id) AND p.id IN (`

func criteria(ctx context.Context, from asked, p store.Product) ([]store.Criterion, error) {
	products, args := selectProducts(p)
	rows, err := from.rows(ctx, selectCriteria+products+")", args...)
	if err != nil {
		return nil, fmt.Errorf("criteria: %w", err)
	}
	defer rows.Close()
	var out []store.Criterion
	for rows.Next() {
		var c store.Criterion
		if err := scanCriterion(rows, &c); err != nil {
			return nil, fmt.Errorf("criteria: %w", err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
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

func uses(ctx context.Context, from asked, refs []string) ([]store.Use, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	rows, err := from.rows(ctx, `SELECT x.criterion, r.name, x.affects
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

func listed(ctx context.Context, from asked, name string) (l store.Listing, err error) {
	find, err := from.statement(ctx, "SELECT uuid, product FROM entry_cpe WHERE name = ? AND withdrawn IS NULL AND uuid IS NOT NULL")
	if err != nil {
		return l, fmt.Errorf("look up %s: %w", name, err)
	}
	var uuid []byte
	var product int64
	err = find.QueryRowContext(ctx, name).Scan(&uuid, &product)
	if errors.Is(err, sql.ErrNoRows) {
		return l, nil
	}
	if err != nil {
		return l, fmt.Errorf("look up %s: %w", name, err)
	}
	l.Known = true
	rows, err := from.rows(ctx, `SELECT name FROM entry_cpematch
		WHERE product IN (SELECT ? UNION SELECT id FROM cpe_product WHERE `+openProduct+`)
		AND withdrawn IS NULL AND members IS NOT NULL AND has_member(members, ?)`, product, uuid)
	if err != nil {
		return l, fmt.Errorf("criteria that list %s: %w", name, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return l, fmt.Errorf("criteria that list %s: %w", name, err)
		}
		l.Criteria = append(l.Criteria, id)
	}
	return l, rows.Err()
}

// Criteria implements store.Applicability.
func (s *Store) Criteria(ctx context.Context, p store.Product) ([]store.Criterion, error) {
	return criteria(ctx, asked{s: s}, p)
}

// Uses implements store.Applicability.
func (s *Store) Uses(ctx context.Context, refs []string) ([]store.Use, error) {
	return uses(ctx, asked{s: s}, refs)
}

// Listed implements store.Applicability. Its two questions may see two states:
// a name that comes in between is found with the lists of the later one.
func (s *Store) Listed(ctx context.Context, name string) (store.Listing, error) {
	return listed(ctx, asked{s: s}, name)
}

// Criteria implements store.Applicability.
func (v *snapshot) Criteria(ctx context.Context, p store.Product) ([]store.Criterion, error) {
	return criteria(ctx, asked{v.s, v.tx}, p)
}

// Uses implements store.Applicability.
func (v *snapshot) Uses(ctx context.Context, refs []string) ([]store.Use, error) {
	return uses(ctx, asked{v.s, v.tx}, refs)
}

// Listed implements store.Applicability.
func (v *snapshot) Listed(ctx context.Context, name string) (store.Listing, error) {
	return listed(ctx, asked{v.s, v.tx}, name)
}
