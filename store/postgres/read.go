package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"vulnmirror/cpe"
	"vulnmirror/store"
	"vulnmirror/store/bodycodec"
	"vulnmirror/store/words"
	"vulnmirror/vuln"
)

// recordColumns are what scan reads.
const recordColumns = `r.kind, r.id, r.title, r.published, r.modified, r.status, r.reporter, r.source, r.converted, r.withdrawn,
	r.best_version, r.best_scorer, r.best_type, r.best_base, r.best_severity, r.best_vector, r.body`

func scan(row pgx.Row) (r vuln.Record, err error) {
	var kind string
	var published, modified, withdrawn *time.Time
	var version, scorer, typ, severity, vector *string
	var base *float64
	var packed []byte
	if err := row.Scan(&kind, &r.ID, &r.Title, &published, &modified, &r.Status, &r.SourceIdentifier, &r.Source, &r.Converted, &withdrawn,
		&version, &scorer, &typ, &base, &severity, &vector, &packed); err != nil {
		return r, err
	}
	r.Kind = vuln.Kind(kind)
	r.Published, r.Modified, r.Withdrawn = orZero(published), orZero(modified), orZero(withdrawn)
	if version != nil {
		r.Facts.Best = &vuln.Score{Version: *version, Scorer: *scorer, Type: *typ, Base: *base, Severity: *severity, Vector: *vector}
	}
	if r.Body, err = bodycodec.Decode(nil, packed); err != nil {
		return r, fmt.Errorf("%s: %w", r.ID, err)
	}
	return r, nil
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func get(ctx context.Context, from querier, kind vuln.Kind, id string) (vuln.Record, error) {
	r, err := scan(from.QueryRow(ctx, "SELECT "+recordColumns+" FROM content.record r WHERE r.kind = $1 AND r.id = $2", string(kind), text(id)))
	if errors.Is(err, pgx.ErrNoRows) {
		return vuln.Record{}, fmt.Errorf("%s: %w", id, store.ErrNotFound)
	}
	if err != nil {
		return vuln.Record{}, fmt.Errorf("get %s: %w", id, err)
	}
	return r, nil
}

var orders = map[store.Order]string{
	store.ByPublished:    "r.published NULLS FIRST, r.id",
	store.ByID:           "r.id",
	store.ByModifiedDesc: "r.modified DESC NULLS LAST, r.id",
}

// List implements store.Reader.
func (v *snapshot) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		if err := v.list(ctx, q, func(r vuln.Record) bool { return yield(r, nil) }); err != nil {
			yield(vuln.Record{}, v.s.fault("list", err))
		}
	}
}

// chunk is how many records are read at once.
const chunk = 500

func (v *snapshot) list(ctx context.Context, q store.Query, yield func(vuln.Record) bool) error {
	ids, err := v.ids(ctx, q)
	if err != nil {
		return err
	}
	for len(ids) > 0 {
		some := ids[:min(chunk, len(ids))]
		ids = ids[len(some):]
		more, err := v.fetch(ctx, q.Kind, some, yield)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// ids finds the records that q asks for, from indexes as far as they go.
func (v *snapshot) ids(ctx context.Context, q store.Query) ([]string, error) {
	order, ok := orders[q.Order]
	if !ok {
		return nil, fmt.Errorf("order %d is not known", q.Order)
	}
	f := filterOf(q)
	query := "SELECT r.id FROM content.record r WHERE " + f.sql() + " ORDER BY " + order
	if f.decided() {
		query += fmt.Sprintf(" OFFSET %d", max(q.Offset, 0))
		if q.Limit > 0 {
			query += fmt.Sprintf(" LIMIT %d", q.Limit)
		}
	}
	rows, err := v.tx.Query(ctx, query, f.args...)
	if err != nil {
		return nil, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || f.decided() {
		return ids, err
	}
	if ids, err = v.decide(ctx, q.Kind, f, ids); err != nil {
		return nil, err
	}
	ids = ids[min(max(q.Offset, 0), len(ids)):]
	if q.Limit > 0 {
		ids = ids[:min(q.Limit, len(ids))]
	}
	return ids, nil
}

// decide leaves those of the records, in their order, for which what only the
// program can tell is so.
func (v *snapshot) decide(ctx context.Context, kind vuln.Kind, f *filter, ids []string) ([]string, error) {
	var out []string
	for len(ids) > 0 {
		some := ids[:min(chunk, len(ids))]
		ids = ids[len(some):]
		rows, err := v.tx.Query(ctx, `SELECT r.id, r.platform, w.texts, CASE WHEN $3 AND w.texts IS NULL THEN r.body END
			FROM unnest($2::text[]) WITH ORDINALITY AS u(id, nth) JOIN content.record r ON r.kind = $1 AND r.id = u.id
			LEFT JOIN content.wording w ON $3 AND w.kind = $1 AND w.id = u.id ORDER BY u.nth`, string(kind), some, f.phrase != nil)
		if err != nil {
			return nil, err
		}
		var id string
		var platform *string
		var texts []string
		var packed []byte
		_, err = pgx.ForEachRow(rows, []any{&id, &platform, &texts, &packed}, func() error {
			holds, err := f.holds(platform, texts, packed)
			if holds {
				out = append(out, id)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (f *filter) holds(platform *string, texts []string, packed []byte) (bool, error) {
	if f.platform != nil {
		if platform == nil {
			return false, nil
		}
		name, err := cpe.ParseLenient(*platform)
		if err != nil || !f.platform.Overlaps(name) {
			return false, nil //nolint:nilerr // what is no CPE name describes nothing
		}
	}
	if f.phrase == nil {
		return true, nil
	}
	if texts != nil {
		return slices.ContainsFunc(texts, func(t string) bool { return words.HasPhrase(t, f.phrase) }), nil
	}
	body, err := bodycodec.Decode(nil, packed)
	if err != nil {
		return false, err
	}
	return words.BodyHasPhrase(body, f.phrase)
}

// fetch yields records in the order of ids, and tells whether more are wanted.
func (v *snapshot) fetch(ctx context.Context, kind vuln.Kind, ids []string, yield func(vuln.Record) bool) (bool, error) {
	rows, err := v.tx.Query(ctx, "SELECT "+recordColumns+` FROM unnest($2::text[]) WITH ORDINALITY AS u(id, nth)
		JOIN content.record r ON r.kind = $1 AND r.id = u.id ORDER BY u.nth`, string(kind), ids)
	if err != nil {
		return false, err
	}
	records, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (vuln.Record, error) { return scan(row) })
	if err != nil {
		return false, err
	}
	for _, r := range records {
		// A chunk that is read already must not outlive its reader.
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if !yield(r) {
			return false, nil
		}
	}
	return true, nil
}

// Digest implements store.Reader. The revision of a set is the largest of its
// members'. A record that leaves lowers the count, and one that comes in or
// changes has a larger revision than any before.
func (v *snapshot) Digest(ctx context.Context, q store.Query) (store.Digest, error) {
	d, err := v.digest(ctx, q)
	return d, v.fault(err)
}

func (v *snapshot) digest(ctx context.Context, q store.Query) (store.Digest, error) {
	f := filterOf(q)
	query := "SELECT count(*), max(r.modified), coalesce(max(r.revision), 0) FROM content.record r WHERE " + f.sql()
	args := f.args
	question := fmt.Sprintf("%s %#v %q %v", query, args, f.phrase, f.platform)
	if d, ok := v.s.memory.get(v.revision, question); ok {
		return d, nil
	}
	if !f.decided() {
		all := q
		all.Offset, all.Limit, all.Order = 0, 0, store.ByID
		ids, err := v.ids(ctx, all)
		if err != nil {
			return store.Digest{}, fmt.Errorf("digest: %w", err)
		}
		query = "SELECT count(*), max(r.modified), coalesce(max(r.revision), 0) FROM content.record r WHERE r.kind = $1 AND r.id = ANY($2::text[])"
		args = []any{string(q.Kind), ids}
	}
	var d store.Digest
	var newest *time.Time
	if err := v.tx.QueryRow(ctx, query, args...).Scan(&d.Count, &newest, &d.Revision); err != nil {
		return store.Digest{}, fmt.Errorf("digest: %w", err)
	}
	d.Newest = orZero(newest)
	v.s.memory.put(v.revision, question, d)
	return d, nil
}

// Versions implements store.Reader.
func (v *snapshot) Versions(ctx context.Context, kind vuln.Kind, id string) ([]store.Version, error) {
	versions, err := v.versions(ctx, kind, id)
	return versions, v.fault(err)
}

func (v *snapshot) versions(ctx context.Context, kind vuln.Kind, id string) ([]store.Version, error) {
	rows, err := v.tx.Query(ctx, `
		SELECT x.published, x.modified, x.status, x.reporter, x.source, x.converted, x.body, o.source, o.filename, o.sha256, o.fetched
		FROM (
			SELECT h.revision AS nth, h.ordinal, h.published, h.modified, h.status, h.reporter, h.source, h.converted, h.origin, h.body
			FROM content.version h WHERE h.kind = $1 AND h.id = $2
			UNION ALL
			SELECT NULL, NULL, r.published, r.modified, r.status, r.reporter, r.source, r.converted, r.origin, r.body
			FROM content.record r WHERE r.kind = $1 AND r.id = $2
		) x JOIN content.origin o ON o.id = x.origin
		ORDER BY x.nth NULLS LAST, x.ordinal`, string(kind), text(id))
	if err != nil {
		return nil, fmt.Errorf("versions of %s: %w", id, err)
	}
	versions, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (n store.Version, err error) {
		var published, modified, fetched *time.Time
		var packed []byte
		n.Record = vuln.Record{Kind: kind, ID: id}
		r, o := &n.Record, &n.Origin
		if err := row.Scan(&published, &modified, &r.Status, &r.SourceIdentifier, &r.Source, &r.Converted, &packed, &o.Source, &o.Filename, &o.SHA256, &fetched); err != nil {
			return n, err
		}
		r.Published, r.Modified, o.Fetched = orZero(published), orZero(modified), orZero(fetched)
		n.Seen = o.Fetched
		r.Body, err = bodycodec.Decode(nil, packed)
		return n, err
	})
	if err != nil {
		return nil, fmt.Errorf("versions of %s: %w", id, err)
	}
	if len(versions) == 0 {
		return nil, fmt.Errorf("%s: %w", id, store.ErrNotFound)
	}
	return versions, nil
}
