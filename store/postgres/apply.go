package postgres

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"vulnmirror/store"
	"vulnmirror/store/succession"
	"vulnmirror/vuln"
)

// Apply implements store.Writer.
func (s *Store) Apply(ctx context.Context, b *store.Batch) (store.Outcome, error) {
	p, ok := b.Prepared.(*prepared)
	if !ok || len(p.drafts) != len(b.Records) {
		if err := s.Prepare(b); err != nil {
			return store.Outcome{}, err
		}
		p = b.Prepared.(*prepared)
	}
	var out store.Outcome
	err := s.write(ctx, "apply a batch of "+b.Origin.Filename, func(tx contentTx, revision int64) error {
		out = store.Outcome{Dispositions: make([]store.Disposition, len(b.Records))}
		a := applier{ctx: ctx, tx: tx, revision: revision + 1, jsonb: s.jsonb, heads: map[name]*head{}}
		return a.batch(b, p.drafts, &out)
	})
	if err != nil {
		return store.Outcome{}, err
	}
	s.added.Add(int64(out.Added))
	return out, nil
}

type name struct {
	kind vuln.Kind
	id   string
}

// head is what is known of a record: as held, and as it will be.
type head struct {
	held      bool // before this batch
	modified  time.Time
	hash      []byte
	parts     parts  // as held before this batch
	title     string // likewise
	packed    []byte // the body held before this batch, as far as it was read
	body      []byte // as far as it was needed
	converted bool
	withdrawn bool
	source    string
	draft     *incoming // the new version; nil while there is none
	readmit   bool      // it is withdrawn no longer, and nothing else changes
	reading   *incoming // the version held, read in another way
	adopter   string    // the source it belongs to from now on, when nothing else changes
}

// applier carries out one batch inside a transaction.
type applier struct {
	ctx      context.Context
	tx       contentTx
	revision int64
	origin   int64
	jsonb    bool
	manner   succession.Manner
	forgets  bool // versions replaced are not kept
	heads    map[name]*head
	order    []name      // of heads that change
	adopted  []name      // of heads that may have an adopter
	reread   []name      // of heads that have a reading
	between  []*incoming // versions that a later one of the same batch replaced
}

func (a *applier) batch(b *store.Batch, drafts []incoming, out *store.Outcome) error {
	if err := a.begin(b, drafts); err != nil {
		return err
	}
	for i := range drafts {
		what, err := a.record(&drafts[i])
		if err != nil {
			return fmt.Errorf("%s: %w", b.Records[i].ID, err)
		}
		out.Note(i, what)
	}
	if err := a.adopt(); err != nil {
		return err
	}
	if err := a.readAgain(); err != nil {
		return err
	}
	if len(a.order) > 0 {
		if err := a.put(); err != nil {
			return err
		}
		if _, err := a.tx.Exec(a.ctx, "UPDATE content.counter SET value = $1 WHERE name = 'revision'", a.revision); err != nil {
			return err
		}
	}
	if b.Last {
		_, err := a.tx.Exec(a.ctx, "UPDATE content.origin SET complete = true WHERE id = $1", a.origin)
		return err
	}
	return nil
}

func (a *applier) begin(b *store.Batch, drafts []incoming) error {
	o := b.Origin
	a.manner, a.forgets = succession.Manner{Copies: o.Copies, Replaces: o.Replaces}, o.Forgets
	// The row counter.revision is held, so nobody else takes the number.
	err := a.tx.QueryRow(a.ctx, `INSERT INTO content.origin (id, source, filename, sha256, fetched)
		SELECT coalesce(max(id), 0) + 1, $1, $2, $3, $4 FROM content.origin
		ON CONFLICT (source, filename, sha256) DO UPDATE SET fetched = content.origin.fetched RETURNING id`,
		text(o.Source), text(o.Filename), o.SHA256, orNull(o.Fetched)).Scan(&a.origin)
	if err != nil || len(drafts) == 0 {
		return err
	}
	return a.lookUp(drafts)
}

func (a *applier) record(d *incoming) (store.Disposition, error) {
	n := name{d.Kind, text(d.ID)}
	h, ok := a.heads[n]
	if !ok {
		h = &head{}
		a.heads[n] = h
		a.replace(n, h, d)
		return store.Added, nil
	}
	held := succession.Version{Modified: h.modified, Converted: h.converted, Source: h.source}
	next := succession.Of(d.Record)
	next.Source = text(next.Source)
	verdict, err := succession.Decide(held, next, a.manner, func() (bool, error) { return a.same(n, h, d) })
	switch {
	case err != nil:
		return 0, err
	case verdict == succession.Yields:
		return store.Older, nil
	case verdict == succession.Repeats:
		return a.again(n, h, d), nil
	}
	a.replace(n, h, d)
	return store.Changed, nil
}

// again notes that a record was found as it is held: it is withdrawn no longer,
// and belongs to whoever has it from upstream.
func (a *applier) again(n name, h *head, d *incoming) store.Disposition {
	if a.manner.Copies {
		return store.Unchanged
	}
	if h.source != text(d.Source) {
		h.source = text(d.Source)
		if h.draft != nil {
			h.draft.Source = d.Source
		} else {
			h.adopter = h.source
			a.adopted = append(a.adopted, n)
		}
	}
	if h.draft == nil && h.reading == nil && (h.title != text(d.Title) || !bytes.Equal(h.parts.link, d.parts.link)) {
		h.reading = d
		a.reread = append(a.reread, n)
	}
	if !h.withdrawn {
		return store.Unchanged
	}
	h.withdrawn, h.readmit = false, true
	a.order = append(a.order, n)
	return store.Changed
}

// replace makes d the version of a record.
func (a *applier) replace(n name, h *head, d *incoming) {
	if h.draft != nil {
		a.between = append(a.between, h.draft)
	} else if !h.readmit {
		a.order = append(a.order, n)
	}
	h.draft, h.readmit, h.withdrawn, h.adopter, h.source = d, false, false, "", text(d.Source)
	h.modified, h.hash, h.converted, h.body = d.Modified.Truncate(time.Millisecond), d.Hash, d.Converted, d.Body
}
