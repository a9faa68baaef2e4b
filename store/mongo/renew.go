package mongo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// besideName names the database that Renew fills.
func besideName(database string) string { return database + "_rebuild" }

// renewal is the database beside the one in service. It shares its connections.
type renewal struct {
	*Store
	serving *Store
	ended   bool
}

// Renew implements store.Renewer: the new store is a database beside this one.
func (s *Store) Renew(ctx context.Context) (store.Renewal, error) {
	what := "renew " + Place(s.url)
	if s.options.ReadOnly {
		return nil, s.fail(what, errReadOnly)
	}
	beside := &Store{
		client: s.client, db: s.client.Database(besideName(s.db.Name())), url: s.url, options: s.options, secrets: s.secrets,
		holder: s.holder, term: s.term, small: s.small, writing: make(chan struct{}, 1),
		bulk: map[vuln.Kind]bool{}, indexed: map[vuln.Kind]bool{}, criteria: map[string]struct{}{},
	}
	if err := beside.drop(ctx); err != nil {
		return nil, s.fail(what, err)
	}
	if err := beside.setup(ctx); err != nil {
		return nil, s.fail(what, errors.Join(err, beside.drop(ctx)))
	}
	return &renewal{Store: beside, serving: s}, nil
}

// drop removes every collection, and with the last the database. That takes the
// right to write only.
func (s *Store) drop(ctx context.Context) error {
	op, cancel := s.within(ctx)
	names, err := s.db.ListCollectionNames(op, bson.D{})
	cancel()
	for _, name := range names {
		if err == nil && !strings.HasPrefix(name, "system.") {
			op, cancel := s.within(ctx)
			err = s.db.Collection(name).Drop(op)
			cancel()
		}
	}
	return err
}

// Close discards what was not taken.
func (r *renewal) Close() error {
	if r.ended {
		return nil
	}
	r.ended = true
	return r.fail("discard the database beside", r.drop(context.Background()))
}

// Take implements store.Renewal. It is one turn in the database in service, which
// replaces what differs: until it is committed nobody sees anything of it, and
// when it fails or is killed it is undone like any other.
func (r *renewal) Take(ctx context.Context) error {
	err := r.serving.write(ctx, "take over the database beside", func(ctx context.Context, t *turn) error {
		from, err := r.view(ctx)
		if err != nil {
			return err
		}
		t.touched, t.content, t.base = true, true, true
		return t.takeOver(ctx, from)
	})
	return errors.Join(err, r.Close())
}

// takeOver makes the content of from that of the turn's store.
func (t *turn) takeOver(ctx context.Context, from *view) error {
	held, err := t.s.kinds(ctx)
	if err != nil {
		return err
	}
	news, err := from.s.kinds(ctx)
	if err != nil {
		return err
	}
	kinds := append(held, news...)
	slices.Sort(kinds)
	for _, kind := range slices.Compact(kinds) {
		if err := t.s.index(ctx, kind); err != nil {
			return err
		}
		if err := (&exchange{t: t, kind: kind}).run(ctx, from); err != nil {
			return fmt.Errorf("take over %s: %w", kind, err)
		}
	}
	if err := t.takeCriteria(ctx, from); err != nil {
		return err
	}
	if err := t.takeVersions(ctx, from); err != nil {
		return err
	}
	return t.takeMarks(ctx, from)
}

// exchange replaces the records of a kind by others.
type exchange struct {
	t    *turn
	kind vuln.Kind

	versions, added []any
	changed         []mongo.WriteModel
}

// run goes through both sets of records in the order of their identifiers.
func (x *exchange) run(ctx context.Context, from *view) error {
	byID := options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetBatchSize(chunk)
	old := &walk{s: x.t.s, from: x.t.s.of(x.kind), options: byID}
	news := &walk{s: from.s, from: from.s.of(x.kind), options: byID}
	defer old.close()
	defer news.close()
	for _, w := range []*walk{old, news} {
		if err := w.next(ctx); err != nil {
			return err
		}
	}
	for old.doc != nil || news.doc != nil {
		var err error
		switch {
		case news.doc == nil || old.doc != nil && old.id < news.id:
			err = errors.Join(x.bury(old.id, old.doc), old.next(ctx))
		case old.doc == nil || news.id < old.id:
			err = errors.Join(x.add(news.doc), news.next(ctx))
		default:
			err = errors.Join(x.replace(old.id, old.doc, news.doc), old.next(ctx), news.next(ctx))
		}
		if err == nil && len(x.versions)+len(x.added) >= chunk {
			err = x.flush(ctx)
		}
		if err != nil {
			return err
		}
	}
	return x.flush(ctx)
}

// revised is doc as this turn writes it.
func (x *exchange) revised(doc bson.Raw) (bson.Raw, error) {
	rest, err := without(doc, "rev", "changed")
	if err != nil {
		return nil, err
	}
	now, err := bson.Marshal(bson.D{{Key: "rev", Value: x.t.revision}, {Key: "changed", Value: x.t.revision}})
	if err != nil {
		return nil, err
	}
	return join(rest, now), nil
}

func (x *exchange) keep(old bson.Raw) (version, error) {
	v, err := x.t.replaced(x.kind, old)
	if err != nil {
		return v, err
	}
	v.Shadow = true
	doc, err := v.document(old)
	x.versions = append(x.versions, doc)
	return v, err
}

func (x *exchange) add(doc bson.Raw) error {
	doc, err := x.revised(doc)
	x.added = append(x.added, doc)
	return err
}

func (x *exchange) replace(id string, old, doc bson.Raw) error {
	was, err := without(old, "rev", "changed")
	if err != nil {
		return err
	}
	is, err := without(doc, "rev", "changed")
	if err != nil || bytes.Equal(was, is) {
		return err
	}
	v, err := x.keep(old)
	if err != nil {
		return err
	}
	if doc, err = x.revised(doc); err != nil {
		return err
	}
	x.changed = append(x.changed, mongo.NewReplaceOneModel().SetFilter(bson.D{{Key: "_id", Value: id}, {Key: "rev", Value: v.From}}).SetReplacement(doc))
	return nil
}

// bury lets a record vanish when the turn is committed: it is removed after.
func (x *exchange) bury(id string, old bson.Raw) error {
	v, err := x.keep(old)
	if err != nil {
		return err
	}
	x.changed = append(x.changed, mongo.NewUpdateOneModel().SetFilter(bson.D{{Key: "_id", Value: id}, {Key: "rev", Value: v.From}}).
		SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "rev", Value: tombstone}}}}))
	return nil
}

func (x *exchange) flush(ctx context.Context) error {
	if err := x.t.insertAll(ctx, x.t.s.history(), x.versions); err != nil {
		return err
	}
	if err := x.t.insertAll(ctx, x.t.s.of(x.kind), x.added); err != nil {
		return err
	}
	err := x.t.writeAll(ctx, x.t.s.of(x.kind), x.changed)
	x.versions, x.added, x.changed = nil, nil, nil
	return err
}

// walk reads documents one by one.
type walk struct {
	s       *Store
	from    *mongo.Collection
	options *options.FindOptionsBuilder
	cursor  *mongo.Cursor
	id      string
	doc     bson.Raw // nil after the last; valid until the next
}

func (w *walk) next(ctx context.Context) error {
	if w.cursor == nil {
		op, cancel := w.s.within(ctx)
		defer cancel()
		var err error
		if w.cursor, err = w.from.Find(op, bson.D{}, w.options); err != nil {
			return err
		}
	}
	w.doc = nil
	if w.s.next(ctx, w.cursor) {
		w.doc, w.id = bytes.Clone(w.cursor.Current), w.cursor.Current.Lookup("_id").StringValue()
	}
	return w.cursor.Err()
}

func (w *walk) close() {
	if w.cursor != nil {
		_ = w.cursor.Close(context.Background()) // it was read to its end, or something else failed
	}
}

func (t *turn) takeCriteria(ctx context.Context, from *view) error {
	rev, err := bson.Marshal(bson.D{{Key: "rev", Value: t.revision}})
	if err != nil {
		return err
	}
	var docs []any
	flush := func() error {
		op, cancel, err := t.within(ctx)
		defer cancel()
		if err == nil && len(docs) > 0 {
			// Those that are held are the same.
			if _, err = t.s.criterion().InsertMany(op, docs, options.InsertMany().SetOrdered(false)); mongo.IsDuplicateKeyError(err) {
				err = nil
			}
		}
		docs = nil
		return err
	}
	err = from.s.each(ctx, from.s.criterion(), bson.D{}, options.Find(), func(raw bson.Raw) error {
		rest, err := without(raw, "rev")
		if err != nil {
			return err
		}
		if docs = append(docs, join(rest, rev)); len(docs) < chunk {
			return nil
		}
		return flush()
	})
	return errors.Join(err, flush())
}

// takeVersions makes the versions that from has of records the only ones: those
// held before are of revisions that do not count any more.
func (t *turn) takeVersions(ctx context.Context, from *view) error {
	var docs []any
	nth := 0
	was := bson.D{{Key: "until", Value: bson.D{{Key: "$gte", Value: from.at.Base}, {Key: "$lte", Value: from.at.Committed}}}, {Key: "shadow", Value: false}}
	inOrder := options.Find().SetSort(bson.D{{Key: "until", Value: 1}, {Key: "nth", Value: 1}}).SetAllowDiskUse(true)
	err := from.s.each(ctx, from.s.history(), was, inOrder, func(raw bson.Raw) error {
		v, err := versionOf(raw)
		if err != nil {
			return err
		}
		rest, err := without(raw, versionFields...)
		if err != nil {
			return err
		}
		nth++
		v.ID = versionID(v.Kind, v.RecordID, t.revision, nth)
		v.From, v.Until, v.Nth, v.At = t.revision, t.revision, nth, t.time()
		head, err := bson.Marshal(v)
		if err != nil {
			return err
		}
		if docs = append(docs, join(head, rest)); len(docs) < chunk {
			return nil
		}
		err = t.insertAll(ctx, t.s.history(), docs)
		docs = nil
		return err
	})
	if err != nil {
		return err
	}
	return t.insertAll(ctx, t.s.history(), docs)
}

// takeMarks takes over archived files and the states of sources.
func (t *turn) takeMarks(ctx context.Context, from *view) error {
	if err := from.s.each(ctx, from.s.origin(), bson.D{}, options.Find(), func(raw bson.Raw) error {
		var m mark
		if err := bson.Unmarshal(raw, &m); err != nil {
			return err
		}
		return t.s.ensureOrigin(ctx, t, m)
	}); err != nil {
		return err
	}
	origins, err := from.Origins(ctx)
	if err != nil {
		return err
	}
	var docs []any
	for _, o := range origins {
		docs = append(docs, t.ingestedMark(originOf(o)))
	}
	if err := t.insertAll(ctx, t.s.ingested(), docs); err != nil {
		return err
	}
	states, err := from.Sources(ctx)
	if err != nil {
		return err
	}
	for _, st := range states {
		if err := t.setSource(ctx, st); err != nil {
			return err
		}
	}
	return nil
}
