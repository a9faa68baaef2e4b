package postgres

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// index is an index that a bulk load goes without.
type index struct {
	name, on string
	jsonb    bool // of the copies as jsonb
}

func (x *index) create() string { return "CREATE INDEX IF NOT EXISTS " + x.name + " ON " + x.on }

// indexes are made by Open for writing where they are missing, and by EndBulk.
var indexes = []index{
	{name: "record_published", on: "content.record (kind, published NULLS FIRST, id) INCLUDE (withdrawn, converted)"},
	{name: "record_modified", on: "content.record (kind, modified DESC NULLS LAST, id) INCLUDE (withdrawn, converted, revision)"},
	{name: "record_year", on: "content.record (kind, feed_year, modified) INCLUDE (withdrawn, converted, revision)"},
	{name: "wording_words", on: "content.wording USING gin (words)"},
	{name: "record_sources", on: "content.record USING gin (sources) WHERE sources <> '{}'"},
	{name: "record_weaknesses", on: "content.record USING gin (weaknesses) WHERE weaknesses <> '{}'"},
	{name: "record_aliases", on: "content.record USING gin (aliases) WHERE aliases <> '{}'"},
	{name: "link_to", on: "content.link (kind, id, from_kind, from_id)"},
	{name: "record_tags", on: "content.record (id) WHERE tags <> '{}'"},
	{name: "record_kev", on: "content.record (kev_added) WHERE kev_added IS NOT NULL"},
	{name: "record_bare", on: "content.record (id) WHERE bare AND kind = 'cve'"},
	{name: "record_product", on: "content.record (vendor, product, part) WHERE vendor IS NOT NULL"},
	{name: "record_open", on: "content.record (kind) WHERE open"},
	{name: "score_severity", on: "content.score (version, severity)"},
	{name: "criterion_product", on: "content.criterion (vendor, product, part)"},
	{name: "criterion_open", on: "content.criterion (key) WHERE open"},
	{name: "criterion_use_criterion", on: "content.criterion_use (criterion)"},
	{name: "cve_records_json", on: "content.cve_records USING gin (json_data jsonb_path_ops)", jsonb: true},
	{name: "cve_records_modified", on: "content.cve_records (last_modified)", jsonb: true},
	{name: "cpe_records_modified", on: "content.cpe_records (last_modified)", jsonb: true},
}

// makeIndexes makes the indexes there are not, and takes statistics when it made
// some, or when the content has grown: plans made for a kind of which there was
// nothing a moment ago read all of it over and over.
func makeIndexes(ctx context.Context, conn *pgx.Conn, schema string, jsonb, grown bool) error {
	missing, err := missingIndexes(ctx, conn, schema, jsonb)
	if err != nil {
		return err
	}
	if missing == nil {
		if grown {
			return takeStatistics(ctx, conn, schema, jsonb)
		}
		return nil
	}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL maintenance_work_mem = '256MB'"); err != nil {
			return err
		}
		// Of several programs that try at once the others find them made.
		if _, err := tx.Exec(ctx, within(schema, "SELECT value FROM content.counter WHERE name = 'revision' FOR UPDATE")); err != nil {
			return err
		}
		for _, x := range missing {
			if _, err := tx.Exec(ctx, within(schema, x.create())); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	// Outside the transaction: VACUUM makes pages known to be visible to all,
	// which paging by index alone needs.
	if _, err := conn.Exec(ctx, within(schema, "VACUUM content.record")); err != nil && !unknown(err) {
		return err
	}
	return takeStatistics(ctx, conn, schema, jsonb)
}

func missingIndexes(ctx context.Context, conn *pgx.Conn, schema string, jsonb bool) (missing []*index, err error) {
	rows, err := conn.Query(ctx, "SELECT name FROM unnest($2::text[]) AS u(name) WHERE to_regclass($1 || '.' || name) IS NULL", schema, indexNames(jsonb))
	if err != nil {
		return nil, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for i := range indexes {
		if slices.Contains(names, indexes[i].name) {
			missing = append(missing, &indexes[i])
		}
	}
	return missing, err
}

// indexNames are the names of all indexes, with those of copies as jsonb or without.
func indexNames(jsonb bool) (names []string) {
	for i := range indexes {
		if jsonb || !indexes[i].jsonb {
			names = append(names, indexes[i].name)
		}
	}
	return names
}

func takeStatistics(ctx context.Context, conn *pgx.Conn, schema string, jsonb bool) error {
	tables := "content.record, content.wording, content.score, content.criterion, content.criterion_use, content.link"
	if jsonb {
		tables += ", content.cve_records, content.cpe_records, content.other_records"
	}
	_, err := conn.Exec(ctx, within(schema, "ANALYZE "+tables))
	return err
}

// dropIndexes takes away what makes loading slow.
func dropIndexes(ctx context.Context, tx contentTx) error {
	_, err := tx.Exec(ctx, "DROP INDEX IF EXISTS content."+strings.Join(indexNames(true), ", content."))
	return err
}
