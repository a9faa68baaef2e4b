package mongo

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"vulnmirror/store/draft"
	"vulnmirror/store/platform"
	"vulnmirror/vuln"
)

// chunk is how many documents are asked for or sent at once.
const chunk = 500

// errElsewhere: what was looked up in this turn is not there any more.
var errElsewhere = errors.New("records were changed by another writer in the meantime; try again")

// put writes what the batch changes.
func (a *applier) put() error {
	a.t.touched, a.t.content = true, true
	if err := a.s.ensureOrigin(a.ctx, a.t, a.origin); err != nil {
		return err
	}
	added, changed, moved := map[vuln.Kind][]any{}, map[vuln.Kind][]mongo.WriteModel{}, map[move][]string{}
	replaced, shadows := map[vuln.Kind][]string{}, map[vuln.Kind][]string{}
	var uses []draft.Use
	for _, n := range a.order {
		h := a.heads[n]
		if h.next < 0 {
			m := move{kind: n.kind, readmit: h.readmit, adopter: h.adopter}
			moved[m] = append(moved[m], n.id)
			shadows[n.kind] = append(shadows[n.kind], n.id)
			continue
		}
		doc, err := a.document(h.next, h.source)
		if err != nil {
			return err
		}
		uses = append(uses, a.prepared.drafts[h.next].Uses...)
		if !h.held {
			added[n.kind] = append(added[n.kind], doc)
			continue
		}
		replaced[n.kind] = append(replaced[n.kind], n.id)
		changed[n.kind] = append(changed[n.kind], mongo.NewReplaceOneModel().SetFilter(a.place(h, n.id)).SetReplacement(doc))
	}
	if err := a.t.putCriteria(a.ctx, uses); err != nil {
		return err
	}
	if err := a.keep(replaced, shadows); err != nil {
		return err
	}
	for kind, docs := range added {
		if err := a.s.index(a.ctx, kind); err != nil {
			return err
		}
		if err := a.t.insertAll(a.ctx, a.s.of(kind), docs); err != nil {
			return err
		}
	}
	for kind, models := range changed {
		if err := a.t.writeAll(a.ctx, a.s.of(kind), models); err != nil {
			return err
		}
	}
	for m, ids := range moved {
		if err := a.t.updateAll(a.ctx, a.s.of(m.kind), ids, m.set(a.t.revision)); err != nil {
			return err
		}
	}
	return nil
}

// place is where the new version of a record goes: over the one looked up, and
// over no newer one.
func (a *applier) place(h *head, id string) bson.D {
	filter := bson.D{{Key: "_id", Value: id}, {Key: "rev", Value: h.rev}}
	switch {
	case a.manner.Replaces, h.first != h.converted: // whatever its age
	case h.was.IsZero():
		filter = append(filter, bson.E{Key: "lastModified", Value: nil})
	default:
		filter = append(filter, bson.E{Key: "lastModified", Value: bson.D{{Key: "$lte", Value: h.modified}}})
	}
	return filter
}

// document is the i-th record of the batch as it is written.
func (a *applier) document(i int, source string) (bson.Raw, error) {
	standing, err := bson.Marshal(state{Source: source, Origin: a.origin.ID, Rev: a.t.revision, Changed: a.t.revision})
	if err != nil {
		return nil, err
	}
	return join(a.prepared.fixed[i], standing), nil
}

// move is a change of where records stand; their content stays.
type move struct {
	kind    vuln.Kind
	readmit bool
	adopter string
}

func (m move) set(revision int64) bson.D {
	set := bson.D{{Key: "rev", Value: revision}}
	if m.readmit {
		set = append(set, bson.E{Key: "gone", Value: false}, bson.E{Key: "withdrawn", Value: nil}, bson.E{Key: "changed", Value: revision})
	}
	if m.adopter != "" {
		set = append(set, bson.E{Key: "source", Value: m.adopter})
	}
	return set
}

// keep keeps what is about to be replaced, and what was replaced within the
// batch. What is to be forgotten is a shadow: snapshots need it for a while, and
// undoing the batch does.
func (a *applier) keep(replaced, shadows map[vuln.Kind][]string) error {
	for kind, ids := range replaced {
		if err := a.t.keep(a.ctx, kind, ids, a.forgets); err != nil {
			return err
		}
	}
	for kind, ids := range shadows {
		if err := a.t.keep(a.ctx, kind, ids, true); err != nil {
			return err
		}
	}
	if a.forgets {
		return nil
	}
	var docs []any
	for nth, i := range a.between {
		d := &a.prepared.drafts[i]
		doc, err := a.document(i, text(d.Source))
		if err != nil {
			return err
		}
		v := version{
			ID: versionID(d.Kind, text(d.ID), a.t.revision, nth+1), Kind: d.Kind, RecordID: text(d.ID),
			From: a.t.revision, Until: a.t.revision, Nth: nth + 1, At: a.t.time(),
		}
		kept, err := v.document(doc)
		if err != nil {
			return err
		}
		docs = append(docs, kept)
	}
	a.t.keeps = a.t.keeps || docs != nil
	return a.t.insertAll(a.ctx, a.s.history(), docs)
}

// keep puts the documents held of these records into the history.
func (t *turn) keep(ctx context.Context, kind vuln.Kind, ids []string, shadow bool) error {
	t.keeps = t.keeps || !shadow
	for some := range slices.Chunk(ids, chunk) {
		var docs []any
		err := t.s.each(ctx, t.s.of(kind), bson.D{{Key: "_id", Value: in(some)}}, options.Find(), func(raw bson.Raw) error {
			v, err := t.replaced(kind, raw)
			if err != nil {
				return err
			}
			v.Shadow = shadow
			doc, err := v.document(raw)
			docs = append(docs, doc)
			return err
		})
		if err != nil {
			return err
		}
		if len(docs) != len(some) {
			return errElsewhere
		}
		if err := t.insertAll(ctx, t.s.history(), docs); err != nil {
			return fmt.Errorf("keep versions: %w", err)
		}
	}
	return nil
}

// insertAll adds documents that are not there.
func (t *turn) insertAll(ctx context.Context, into *mongo.Collection, docs []any) error {
	for some := range slices.Chunk(docs, chunk) {
		op, cancel, err := t.within(ctx)
		if err == nil {
			_, err = into.InsertMany(op, some, options.InsertMany().SetOrdered(false))
		}
		cancel()
		if mongo.IsDuplicateKeyError(err) {
			err = fmt.Errorf("%w (%w)", errElsewhere, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writeAll carries out replacements, each of which must find its place.
func (t *turn) writeAll(ctx context.Context, into *mongo.Collection, models []mongo.WriteModel) error {
	for some := range slices.Chunk(models, chunk) {
		op, cancel, err := t.within(ctx)
		if err != nil {
			cancel()
			return err
		}
		done, err := into.BulkWrite(op, some, options.BulkWrite().SetOrdered(false))
		cancel()
		if err != nil {
			return err
		}
		if done.MatchedCount != int64(len(some)) {
			return errElsewhere
		}
	}
	return nil
}

// updateAll changes fields of documents that are all there, and older.
func (t *turn) updateAll(ctx context.Context, into *mongo.Collection, ids []string, set bson.D) error {
	for some := range slices.Chunk(ids, chunk) {
		op, cancel, err := t.within(ctx)
		if err != nil {
			cancel()
			return err
		}
		older := bson.D{{Key: "_id", Value: in(some)}, {Key: "rev", Value: bson.D{{Key: "$lt", Value: t.revision}}}}
		done, err := into.UpdateMany(op, older, bson.D{{Key: "$set", Value: set}})
		cancel()
		if err != nil {
			return err
		}
		if done.MatchedCount != int64(len(some)) {
			return errElsewhere
		}
	}
	return nil
}

// criterionDoc is a match criterion as configurations use it.
type criterionDoc struct {
	ID                    string `bson:"_id"`
	MatchCriteriaID       string `bson:"matchCriteriaId"`
	Criteria              string `bson:"criteria"`
	VersionStartIncluding string `bson:"versionStartIncluding"`
	VersionStartExcluding string `bson:"versionStartExcluding"`
	VersionEndIncluding   string `bson:"versionEndIncluding"`
	VersionEndExcluding   string `bson:"versionEndExcluding"`
	Part                  string `bson:"part"`
	Vendor                string `bson:"vendor"`
	Product               string `bson:"product"`
	Open                  bool   `bson:"open"`
	Rev                   int64  `bson:"rev"` // the revision that added it
}

// rememberCriteria bounds how many criteria are known to be held.
const rememberCriteria = 1 << 18

// putCriteria adds the criteria that are not held. They are never changed, so
// they may stay when the batch is undone.
func (t *turn) putCriteria(ctx context.Context, uses []draft.Use) error {
	news := map[string]*vuln.MatchCriteria{}
	for _, u := range uses {
		key := keyOf(u.Key)
		if _, held := t.s.criteria[key]; !held {
			news[key] = u.Of
		}
	}
	keys := make([]string, 0, len(news))
	for key := range news {
		keys = append(keys, key)
	}
	if len(t.s.criteria)+len(keys) > rememberCriteria {
		clear(t.s.criteria)
	}
	for some := range slices.Chunk(keys, chunk) {
		if err := t.putSomeCriteria(ctx, some, news); err != nil {
			return fmt.Errorf("put criteria: %w", err)
		}
	}
	return nil
}

func (t *turn) putSomeCriteria(ctx context.Context, keys []string, news map[string]*vuln.MatchCriteria) error {
	held := map[string]bool{}
	err := t.s.each(ctx, t.s.criterion(), bson.D{{Key: "_id", Value: in(keys)}}, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}), func(raw bson.Raw) error {
		held[raw.Lookup("_id").StringValue()] = true
		return nil
	})
	if err != nil {
		return err
	}
	var docs []any
	for _, key := range keys {
		if held[key] {
			continue
		}
		m := news[key]
		p := platform.Of(m.Criteria)
		docs = append(docs, criterionDoc{
			key, text(m.ID), text(m.Criteria), text(m.VersionStartIncluding), text(m.VersionStartExcluding), text(m.VersionEndIncluding), text(m.VersionEndExcluding),
			text(p.Part), text(p.Vendor), text(p.Product), p.Open(), t.revision,
		})
	}
	if err := t.insertAll(ctx, t.s.criterion(), docs); err != nil {
		return err
	}
	for _, key := range keys {
		t.s.criteria[key] = struct{}{}
	}
	return nil
}
