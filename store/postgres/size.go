package postgres

import "context"

// SizeOnDisk implements store.Sized. Content that is being made anew counts.
func (s *Store) SizeOnDisk(ctx context.Context) (size int64, err error) {
	in := schemas
	if s.renewing != nil {
		in = []string{s.renewing.schema}
	}
	err = s.readers.QueryRow(ctx, `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY($1) AND c.relkind = 'r'`, in).Scan(&size)
	return size, s.fault("size of the database", err)
}
