package mongo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"vulnmirror/store"
	"vulnmirror/store/bodycodec"
	"vulnmirror/store/draft"
	"vulnmirror/store/succession"
	"vulnmirror/vuln"
)

// prepared is what Prepare leaves in a batch.
type prepared struct {
	drafts []draft.Draft
	fixed  []bson.Raw // of each draft
}

// Prepare works out what Apply will write. It fails for a body that cannot be
// compressed, and for a record that is larger than MongoDB can keep.
func (s *Store) Prepare(b *store.Batch) (err error) {
	p := &prepared{drafts: make([]draft.Draft, len(b.Records)), fixed: make([]bson.Raw, len(b.Records))}
	for i := range b.Records {
		if p.drafts[i], err = draft.Of(&b.Records[i]); err != nil {
			return err
		}
		if p.fixed[i], err = fixed(&p.drafts[i], !s.options.NoJSON); err != nil {
			return err
		}
	}
	b.Prepared = p
	return nil
}

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
	err := s.write(ctx, "apply a batch of "+b.Origin.Filename, func(ctx context.Context, t *turn) error {
		out = store.Outcome{Dispositions: make([]store.Disposition, len(b.Records))}
		a := applier{ctx: ctx, t: t, s: s, origin: originOf(b.Origin), manner: succession.Manner{Copies: b.Origin.Copies, Replaces: b.Origin.Replaces}, forgets: b.Origin.Forgets, prepared: p, heads: map[name]*head{}}
		return a.batch(b, &out)
	})
	if err != nil {
		return store.Outcome{}, err
	}
	return out, nil
}

type name struct {
	kind vuln.Kind
	id   string
}

// head is what is known of a record: as held, and as it will be.
type head struct {
	held      bool  // before this batch
	rev       int64 // of the document held
	was       time.Time
	first     bool // whether it was converted
	modified  time.Time
	hash      []byte
	body      []byte // as far as it was needed
	converted bool
	gone      bool
	source    string
	next      int    // the new version in the batch; -1 while there is none
	readmit   bool   // it is withdrawn no longer, and nothing else changes
	adopter   string // the source it belongs to from now on, when nothing else changes
}

// applier carries out one batch in a turn.
type applier struct {
	ctx      context.Context
	t        *turn
	s        *Store
	origin   mark
	manner   succession.Manner
	forgets  bool // Origin.Forgets
	prepared *prepared
	heads    map[name]*head
	order    []name // of heads that change
	between  []int  // versions that a later one of the same batch replaced
}

func (a *applier) batch(b *store.Batch, out *store.Outcome) error {
	if err := a.lookUp(b.Records); err != nil {
		return err
	}
	for i := range b.Records {
		what, err := a.record(i)
		if err != nil {
			return fmt.Errorf("%s: %w", b.Records[i].ID, err)
		}
		out.Note(i, what)
	}
	if len(a.order) > 0 {
		if err := a.put(); err != nil {
			return err
		}
	}
	if b.Last {
		return a.t.markIngested(a.ctx, a.origin)
	}
	return nil
}

// lookUp reads what is held of all records of a batch at once.
func (a *applier) lookUp(records []vuln.Record) error {
	ids := map[vuln.Kind][]string{}
	for i := range records {
		ids[records[i].Kind] = append(ids[records[i].Kind], text(records[i].ID))
	}
	fields := bson.D{}
	for _, f := range []string{"rev", "lastModified", "hash", "converted", "gone", "source"} {
		fields = append(fields, bson.E{Key: f, Value: 1})
	}
	for kind, some := range ids {
		err := a.s.each(a.ctx, a.s.of(kind), bson.D{{Key: "_id", Value: in(distinct(some))}}, options.Find().SetProjection(fields), func(raw bson.Raw) error {
			var doc struct {
				ID        string    `bson:"_id"`
				Rev       int64     `bson:"rev"`
				Modified  time.Time `bson:"lastModified"`
				Hash      []byte    `bson:"hash"`
				Converted bool      `bson:"converted"`
				Gone      bool      `bson:"gone"`
				Source    string    `bson:"source"`
			}
			if err := bson.Unmarshal(raw, &doc); err != nil {
				return err
			}
			a.heads[name{kind, doc.ID}] = &head{
				held: true, rev: doc.Rev, was: doc.Modified, first: doc.Converted,
				modified: doc.Modified, hash: doc.Hash, converted: doc.Converted, gone: doc.Gone, source: doc.Source, next: -1,
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) record(i int) (store.Disposition, error) {
	d := &a.prepared.drafts[i]
	n := name{d.Kind, text(d.ID)}
	h, ok := a.heads[n]
	if !ok {
		h = &head{next: -1}
		a.heads[n] = h
		a.replace(n, h, i)
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
	a.replace(n, h, i)
	return store.Changed, nil
}

// again notes that a record was found as it is held: it is withdrawn no longer,
// and belongs to whoever has it from upstream.
func (a *applier) again(n name, h *head, d *draft.Draft) store.Disposition {
	if a.manner.Copies {
		return store.Unchanged
	}
	if source := text(d.Source); h.source != source {
		h.source = source
		if h.next < 0 {
			a.change(n, h)
			h.adopter = source
		}
	}
	if !h.gone {
		return store.Unchanged
	}
	a.change(n, h)
	h.gone, h.readmit = false, true
	return store.Changed
}

// replace makes the i-th record of the batch the version of a record.
func (a *applier) replace(n name, h *head, i int) {
	d := &a.prepared.drafts[i]
	if h.next >= 0 {
		a.between = append(a.between, h.next)
	} else {
		a.change(n, h)
	}
	h.next, h.readmit, h.adopter, h.gone, h.source = i, false, "", false, text(d.Source)
	h.modified, h.hash, h.converted, h.body = succession.Of(d.Record).Modified, d.Hash, d.Converted, d.Body
}

// change notes once that a record changes.
func (a *applier) change(n name, h *head) {
	if h.next < 0 && !h.readmit && h.adopter == "" {
		a.order = append(a.order, n)
	}
}

func (a *applier) same(n name, h *head, d *draft.Draft) (bool, error) {
	if bytes.Equal(h.hash, d.Hash) {
		return true, nil
	}
	if h.body == nil {
		doc, err := one[struct {
			Body []byte `bson:"body"`
		}](a.ctx, a.s, a.s.of(n.kind), bson.D{{Key: "_id", Value: n.id}}, options.FindOne().SetProjection(bson.D{{Key: "body", Value: 1}}))
		if errors.Is(err, store.ErrNotFound) {
			err = errElsewhere
		}
		if err != nil {
			return false, err
		}
		if h.body, err = bodycodec.Decode(nil, doc.Body); err != nil {
			return false, err
		}
	}
	return vuln.SameContent(h.body, d.Body), nil
}

func in[T any](values []T) bson.D { return bson.D{{Key: "$in", Value: values}} }
