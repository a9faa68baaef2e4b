package sqlite

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

var errReadOnly = errors.New("the database was opened read-only")

// lock waits for the writer's turn; the caller unlocks s.mu when err is nil.
func (s *Store) lock(ctx context.Context) error {
	s.mu.Lock()
	err := ctx.Err()
	if err == nil && s.writer == nil {
		err = errReadOnly
	}
	if err != nil {
		s.mu.Unlock()
	}
	return err
}

// write runs f in one transaction.
func (s *Store) write(ctx context.Context, what string, f func(w *session) error) error {
	if err := s.lock(ctx); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer s.mu.Unlock()
	err := s.writer.use(func() error {
		return s.writer.within(func() error { return f(s.writer) })
	})
	if err != nil {
		// Numbers given out in the transaction were taken back with it.
		s.interned.seen = 0
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Apply implements store.Writer.
func (s *Store) Apply(ctx context.Context, b *store.Batch) (store.Outcome, error) {
	p, ok := b.Prepared.(*prepared)
	if !ok || p.store != s || len(p.drafts) != len(b.Records) {
		if err := s.Prepare(b); err != nil {
			return store.Outcome{}, err
		}
		p = b.Prepared.(*prepared)
	}
	var out store.Outcome
	err := s.write(ctx, "apply a batch of "+b.Origin.Filename, func(w *session) error {
		a := applier{ctx: ctx, w: w, in: &s.interned}
		return a.batch(b, p.drafts, &out)
	})
	if err != nil {
		return store.Outcome{}, err
	}
	return out, nil
}

// applier carries out one batch inside a transaction.
type applier struct {
	ctx      context.Context
	w        *session
	in       *interned
	heads    map[name]head
	origin   int64
	last     int64 // largest record number
	revision int64
	bulk     bool
	wordings wordings
	buf      []byte
}

type name struct {
	kind vuln.Kind
	id   string
}

// head is what decides about a new version: the record's number and what is held of it.
type head struct {
	record   int64
	modified any // milliseconds, or nil
	hash     key
	text     int64
}

func (a *applier) batch(b *store.Batch, drafts []draft, out *store.Outcome) error {
	if err := a.begin(b); err != nil {
		return err
	}
	out.Dispositions = make([]store.Disposition, len(b.Records))
	for i := range b.Records {
		if err := a.ctx.Err(); err != nil {
			return err
		}
		what, err := a.record(&b.Records[i], &drafts[i])
		if err != nil {
			return fmt.Errorf("%s: %w", b.Records[i].ID, err)
		}
		out.Dispositions[i] = what
		switch what {
		case store.Added:
			out.Added++
		case store.Changed:
			out.Changed++
		case store.Unchanged:
			out.Unchanged++
		case store.Older:
			out.Older++
		}
	}
	if err := a.wordings.write(a.w); err != nil {
		return err
	}
	if out.Added+out.Changed > 0 {
		if err := a.w.exec("UPDATE counter SET value = ? WHERE name = 'revision'", a.revision); err != nil {
			return err
		}
	}
	if b.Last {
		return a.w.exec("UPDATE origin SET complete = 1 WHERE id = ?", a.origin)
	}
	return nil
}

func (a *applier) begin(b *store.Batch) (err error) {
	if err := a.in.refresh(a.w); err != nil {
		return err
	}
	o := b.Origin
	if err := a.w.exec("INSERT OR IGNORE INTO origin (source, filename, sha256, fetched) VALUES (?, ?, ?, ?)", o.Source, o.Filename, o.SHA256, millis(o.Fetched)); err != nil {
		return err
	}
	if a.origin, _, err = a.w.number("SELECT id FROM origin WHERE source = ? AND filename = ? AND sha256 = ?", o.Source, o.Filename, o.SHA256); err != nil {
		return err
	}
	if a.last, _, err = a.w.number("SELECT coalesce(max(id), 0) FROM record"); err != nil {
		return err
	}
	if a.revision, _, err = a.w.number("SELECT value + 1 FROM counter WHERE name = 'revision'"); err != nil {
		return err
	}
	bulk, _, err := a.w.number("SELECT value FROM counter WHERE name = 'bulk'")
	if err != nil {
		return err
	}
	a.bulk = bulk != 0
	return a.lookUp(b.Records)
}

// lookUp reads the heads of all records of a batch at once.
func (a *applier) lookUp(records []vuln.Record) error {
	a.heads = make(map[name]head, len(records))
	if a.last == 0 {
		return nil
	}
	ids := map[vuln.Kind][]string{}
	for i := range records {
		ids[records[i].Kind] = append(ids[records[i].Kind], records[i].ID)
	}
	for kind, list := range ids {
		err := a.w.each(`SELECT name, id, modified, hash, text FROM record
			WHERE kind = (SELECT id FROM term WHERE value = ?) AND name IN (SELECT value FROM json_each(?))`,
			func(v []driver.Value) error {
				h := head{record: v[1].(int64), modified: v[2], text: v[4].(int64)}
				copy(h.hash[:], v[3].([]byte))
				a.heads[name{kind, v[0].(string)}] = h
				return nil
			}, string(kind), jsonList(list))
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) record(r *vuln.Record, d *draft) (store.Disposition, error) {
	n := name{r.Kind, r.ID}
	held, ok := a.heads[n]
	if !ok {
		a.last++
		a.heads[n] = head{a.last, d.modified, d.hash, d.text}
		return store.Added, a.insert(a.last, r, d)
	}
	switch order := compareMillis(d.modified, held.modified); {
	case order < 0:
		return store.Older, nil
	case order == 0:
		same := held.hash == d.hash
		if !same {
			var err error
			if same, err = a.sameContent(held.record, r.Body); err != nil {
				return 0, err
			}
		}
		if same {
			return store.Unchanged, nil
		}
	}
	a.heads[n] = head{held.record, d.modified, d.hash, d.text}
	return store.Changed, a.replace(held, r, d)
}

// compareMillis orders times, no time before all others.
func compareMillis(x, y any) int {
	a, b := time.Time{}, time.Time{}
	if x != nil {
		a = time.UnixMilli(x.(int64))
	}
	if y != nil {
		b = time.UnixMilli(y.(int64))
	}
	return a.Compare(b)
}

// sameContent reports whether the body held and the new one are one JSON value
// in two spellings (RFC 8785), as a feed and the API have.
func (a *applier) sameContent(record int64, body []byte) (same bool, err error) {
	err = a.w.each("SELECT body FROM body WHERE record = ?", func(v []driver.Value) error {
		held, err := bodyOf(v[0])
		if err != nil {
			return err
		}
		same = canonicalEqual(held, body)
		return nil
	}, record)
	return same, err
}

func canonicalEqual(x, y []byte) bool {
	cx, cy := jsontext.Value(bytes.Clone(x)), jsontext.Value(bytes.Clone(y))
	// Text that has no canonical form (names twice, not UTF-8) is compared as it is.
	if cx.Canonicalize() != nil || cy.Canonicalize() != nil {
		return bytes.Equal(x, y)
	}
	return bytes.Equal(cx, cy)
}
