package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"vulnmirror/store"
	"vulnmirror/store/succession"
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
		a := applier{ctx: ctx, w: w, in: &s.interned, rosters: &s.rosters}
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
	rosters  *[len(tables)]*roster
	heads    map[name]head
	origin   int64
	revision int64
	touched  bool // some record changed
	manner   succession.Manner
	forgets  bool
	of       [len(tables)]tableState
	buf      []byte
}

// tableState is what a batch knows of one table.
type tableState struct {
	read     bool  // the rest is known
	last     int64 // largest record number
	bulk     bool  // a bulk load is under way
	wordings wordings
}

type name struct {
	kind vuln.Kind
	id   string
}

// head is what decides about a new version: the record's number and what is held of it.
type head struct {
	record    int64
	modified  any // milliseconds, or nil
	hash      key
	text      int64
	frame     int64 // in tables of prose
	converted bool
	withdrawn bool
	source    string
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
		out.Note(i, what)
	}
	for i := range a.of {
		if err := a.of[i].wordings.write(a.w, tables[i].words); err != nil {
			return err
		}
	}
	if a.touched {
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
	a.manner = succession.Manner{Copies: o.Copies, Replaces: o.Replaces}
	a.forgets = o.Forgets
	if err := a.w.exec("INSERT OR IGNORE INTO origin (source, filename, sha256, fetched) VALUES (?, ?, ?, ?)", o.Source, o.Filename, o.SHA256, millis(o.Fetched)); err != nil {
		return err
	}
	if a.origin, _, err = a.w.number("SELECT id FROM origin WHERE source = ? AND filename = ? AND sha256 = ?", o.Source, o.Filename, o.SHA256); err != nil {
		return err
	}
	if a.revision, _, err = a.w.number("SELECT value + 1 FROM counter WHERE name = 'revision'"); err != nil {
		return err
	}
	return a.lookUp(b.Records)
}

// read learns the state of a table, once for a batch.
func (a *applier) read(n int) (err error) {
	s, t := &a.of[n], &tables[n]
	if s.read {
		return nil
	}
	if s.last, _, err = a.w.number("SELECT coalesce(max(id), ?) FROM "+t.name, t.base); err != nil {
		return err
	}
	bulk, _, err := a.w.number("SELECT value FROM counter WHERE name = ?", t.bulk())
	s.bulk, s.read = bulk != 0, true
	return err
}

// lookUp reads the heads of all records of a batch at once.
func (a *applier) lookUp(records []vuln.Record) error {
	a.heads = make(map[name]head, len(records))
	ids := map[vuln.Kind][]string{}
	for i := range records {
		ids[records[i].Kind] = append(ids[records[i].Kind], records[i].ID)
	}
	for kind, list := range ids {
		n := tableOf(kind)
		if err := a.read(n); err != nil {
			return err
		}
		list, err := a.perhapsHeld(n, list)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			continue
		}
		frame := "0"
		if tables[n].prose {
			frame = "frame"
		}
		err = a.w.each(`SELECT name, id, modified, hash, text, converted, withdrawn IS NOT NULL, (SELECT value FROM term WHERE id = feed), `+frame+` FROM `+tables[n].name+` r
			WHERE `+tables[n].ofKind()+` AND name IN (SELECT value FROM json_each(?))`,
			func(v []driver.Value) error {
				h := head{record: v[1].(int64), modified: v[2], text: v[4].(int64), converted: v[5].(int64) != 0, withdrawn: v[6].(int64) != 0, source: v[7].(string), frame: v[8].(int64)}
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

// perhapsHeld returns those of the identifiers whose records table n may hold.
// During a bulk load of an entry table that is known without a look at it, until
// an identifier comes again: then it needs its index.
func (a *applier) perhapsHeld(n int, ids []string) ([]string, error) {
	if !tables[n].entry || !a.of[n].bulk {
		if a.of[n].last == tables[n].base {
			return nil, nil
		}
		return ids, nil
	}
	if r := a.rosters[n]; r != nil {
		again := false
		for _, id := range ids {
			again = r.add(id) || again
		}
		if !again {
			return nil, nil
		}
		a.rosters[n] = nil
	}
	by := tables[n].indexes()[0]
	return ids, a.w.exec("CREATE UNIQUE INDEX IF NOT EXISTS " + by.name + " ON " + by.on)
}

func (a *applier) record(r *vuln.Record, d *draft) (store.Disposition, error) {
	n := name{r.Kind, r.ID}
	held, ok := a.heads[n]
	if !ok {
		s := &a.of[tableOf(r.Kind)]
		s.last++
		a.touched = true
		a.heads[n] = head{record: s.last, modified: d.modified, hash: d.hash, text: d.text, frame: d.frame, converted: r.Converted, source: r.Source}
		return store.Added, a.insert(s.last, r, d)
	}
	verdict, err := succession.Decide(held.version(), succession.Of(r), a.manner, func() (bool, error) {
		if held.hash == d.hash {
			return true, nil
		}
		return a.sameContent(n.kind, held.record, r.Body)
	})
	switch {
	case err != nil:
		return 0, err
	case verdict == succession.Yields:
		return store.Older, nil
	case verdict == succession.Repeats:
		return a.again(n, held, r)
	}
	a.touched = true
	a.heads[n] = head{record: held.record, modified: d.modified, hash: d.hash, text: d.text, frame: d.frame, converted: r.Converted, source: r.Source}
	return store.Changed, a.replace(held, r, d)
}

// again notes that a record was found as it is held: it is withdrawn no longer,
// and belongs to whoever has it from upstream.
func (a *applier) again(n name, held head, r *vuln.Record) (store.Disposition, error) {
	if a.manner.Copies {
		return store.Unchanged, nil
	}
	table := tables[tableOf(n.kind)].name
	if held.source != r.Source {
		held.source = r.Source
		a.heads[n] = held
		feed, err := a.in.term(a.w, r.Source)
		if err != nil {
			return 0, err
		}
		if err := a.w.exec("UPDATE "+table+" SET feed = ? WHERE id = ?", feed, held.record); err != nil {
			return 0, err
		}
	}
	if !held.withdrawn {
		return store.Unchanged, nil
	}
	held.withdrawn = false
	a.heads[n] = held
	a.touched = true
	return store.Changed, a.w.exec("UPDATE "+table+" SET withdrawn = NULL, revision = ? WHERE id = ?", a.revision, held.record)
}

// version is what decides about the version held.
func (h *head) version() succession.Version {
	v := succession.Version{Converted: h.converted, Source: h.source}
	if h.modified != nil {
		v.Modified = time.UnixMilli(h.modified.(int64)).UTC()
	}
	return v
}

// sameContent reports whether the body held and the new one are one JSON value
// in two spellings (RFC 8785), as a feed and the API have.
func (a *applier) sameContent(kind vuln.Kind, record int64, body []byte) (same bool, err error) {
	t := &tables[tableOf(kind)]
	err = a.w.each("SELECT "+t.body()+" FROM "+t.from()+" WHERE r.id = ?", func(v []driver.Value) error {
		held, err := bodyOf(v[0])
		if err != nil {
			return err
		}
		same = vuln.SameContent(held, body)
		return nil
	}, record)
	return same, err
}
