package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// hints are how PostgreSQL is to keep and sample columns. They change no answer,
// and engines that do not know one go without.
var hints = []string{
	// Compressed already.
	"ALTER TABLE content.record ALTER body SET STORAGE EXTERNAL",
	"ALTER TABLE content.version ALTER body SET STORAGE EXTERNAL",
	// Packs in half the time of the default, from PostgreSQL 14 on.
	"ALTER TABLE content.cve_records ALTER json_data SET COMPRESSION lz4",
	"ALTER TABLE content.cpe_records ALTER json_data SET COMPRESSION lz4",
	"ALTER TABLE content.other_records ALTER json_data SET COMPRESSION lz4",
	"ALTER TABLE content.wording ALTER texts SET COMPRESSION lz4",
	// Nothing is planned by these, and sampling them takes longer than all others.
	"ALTER TABLE content.record ALTER body SET STATISTICS 0, ALTER hash SET STATISTICS 0, ALTER wording_hash SET STATISTICS 0, ALTER score_hash SET STATISTICS 0, ALTER use_hash SET STATISTICS 0, ALTER link_hash SET STATISTICS 0, ALTER members SET STATISTICS 0",
	"ALTER TABLE content.cve_records ALTER json_data SET STATISTICS 0",
	"ALTER TABLE content.cpe_records ALTER json_data SET STATISTICS 0",
	"ALTER TABLE content.other_records ALTER json_data SET STATISTICS 0",
	"ALTER TABLE content.wording ALTER kind SET STATISTICS 10, ALTER id SET STATISTICS 10, ALTER words SET STATISTICS 10, ALTER long_words SET STATISTICS 0, ALTER texts SET STATISTICS 0",
}

// tune gives the hints for the tables in a schema.
func tune(ctx context.Context, tx pgx.Tx, schema string) error {
	for _, h := range hints {
		err := pgx.BeginFunc(ctx, tx, func(part pgx.Tx) error {
			_, err := part.Exec(ctx, within(schema, h))
			return err
		})
		if err != nil && !unknown(err) {
			return err
		}
	}
	return nil
}

// unknown tells that an engine does not know a statement.
func unknown(err error) bool {
	switch sqlState(err) {
	case featureNotSupported, syntaxError, invalidParameter:
		return true
	}
	return false
}
