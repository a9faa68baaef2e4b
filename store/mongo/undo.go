package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"vulnmirror/vuln"
)

// undo takes back what a turn wrote, and tells whether that was too late since it
// is committed.
func (t *turn) undo(ctx context.Context) (committed bool, err error) {
	if !t.touched {
		return false, nil
	}
	// From here on a commit that is still on its way has no effect.
	op, cancel, err := t.within(ctx)
	defer cancel()
	if err != nil {
		return false, err
	}
	done, err := t.s.meta().UpdateOne(op, theRevision(bson.E{Key: "turn", Value: t.revision}, bson.E{Key: "committed", Value: bson.D{{Key: "$lt", Value: t.revision}}}),
		bson.D{{Key: "$inc", Value: bson.D{{Key: "turn", Value: int64(1)}}}})
	if err != nil {
		return false, err
	}
	if t.at, err = t.s.moment(ctx); err != nil {
		return false, err
	}
	if done.MatchedCount == 0 {
		if t.at.Committed == t.revision {
			return true, nil
		}
		return false, errOvertook
	}
	return false, t.clean(ctx)
}

// clean takes away everything that is not committed.
func (t *turn) clean(ctx context.Context) error {
	pending := bson.D{{Key: "until", Value: bson.D{{Key: "$gt", Value: t.at.Committed}}}, {Key: "aborted", Value: false}}
	if err := t.restore(ctx, pending); err != nil {
		return err
	}
	later := bson.D{{Key: "rev", Value: bson.D{{Key: "$gt", Value: t.at.Committed}}}}
	kinds, err := t.s.kinds(ctx)
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		if err := t.delete(ctx, t.s.of(kind), later); err != nil {
			return err
		}
	}
	for _, marks := range []*mongo.Collection{t.s.ingested(), t.s.state()} {
		if err := t.delete(ctx, marks, later); err != nil {
			return err
		}
	}
	// What was restored stays for a while: somebody may have looked for the
	// record before it was back, and look in the history now.
	op, cancel, err := t.within(ctx)
	defer cancel()
	if err != nil {
		return err
	}
	_, err = t.s.history().UpdateMany(op, pending, bson.D{{Key: "$set", Value: bson.D{{Key: "shadow", Value: true}, {Key: "aborted", Value: true}}}})
	return err
}

func (t *turn) delete(ctx context.Context, from *mongo.Collection, filter bson.D) error {
	op, cancel, err := t.within(ctx)
	defer cancel()
	if err != nil {
		return err
	}
	_, err = from.DeleteMany(op, filter)
	return err
}

// restore puts versions back that were replaced by what was never committed.
func (t *turn) restore(ctx context.Context, pending bson.D) error {
	old := map[vuln.Kind][]mongo.WriteModel{}
	flush := func(kind vuln.Kind) error {
		models := old[kind]
		old[kind] = nil
		if len(models) == 0 {
			return nil
		}
		op, cancel, err := t.within(ctx)
		defer cancel()
		if err != nil {
			return err
		}
		_, err = t.s.of(kind).BulkWrite(op, models, options.BulkWrite().SetOrdered(false))
		return err
	}
	err := t.s.each(ctx, t.s.history(), pending, options.Find(), func(raw bson.Raw) error {
		v, err := versionOf(raw)
		if err != nil || v.From == v.Until {
			return err // such a version was never in place
		}
		doc, err := v.record(raw)
		if err != nil {
			return err
		}
		in := bson.D{{Key: "_id", Value: v.RecordID}, {Key: "rev", Value: bson.D{{Key: "$in", Value: bson.A{v.Until, tombstone}}}}}
		old[v.Kind] = append(old[v.Kind], mongo.NewReplaceOneModel().SetFilter(in).SetReplacement(doc))
		if len(old[v.Kind]) < chunk {
			return nil
		}
		return flush(v.Kind)
	})
	if err != nil {
		return err
	}
	for kind := range old {
		if err := flush(kind); err != nil {
			return err
		}
	}
	return nil
}

const (
	// keepShadows is how long what no reader of the newest state needs is kept.
	keepShadows = time.Hour
	sweepEvery  = 10 * time.Minute
)

// after does what need not be done for the turn to count, and tells whether
// that is done as far as the next turn must know.
func (t *turn) after(ctx context.Context) (done bool) {
	done = true
	if t.base {
		done = t.bury(ctx) == nil
	}
	if t.keeps {
		op, cancel := t.s.within(ctx)
		// Fields for people's queries are needed in current versions only; versions
		// that keep them are merely larger.
		_, _ = t.s.history().UpdateMany(op, bson.D{{Key: "until", Value: t.revision}, {Key: "shadow", Value: false}}, bson.D{{Key: "$unset", Value: people()}})
		cancel()
	}
	if time.Since(t.s.swept) >= sweepEvery {
		t.s.swept = time.Now()
		_ = t.sweep(ctx) // what stays takes room until the next time
	}
	return done
}

// bury removes the records that the turn let vanish.
func (t *turn) bury(ctx context.Context) error {
	kinds, err := t.s.kinds(ctx)
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		if err := t.delete(ctx, t.s.of(kind), bson.D{{Key: "rev", Value: tombstone}}); err != nil {
			return err
		}
	}
	return nil
}

// sweep removes what no snapshot younger than keepShadows can see.
func (t *turn) sweep(ctx context.Context) error {
	base := t.at.Base
	if t.base {
		base = t.revision
	}
	old := bson.E{Key: "at", Value: bson.D{{Key: "$lt", Value: t.time().Add(-keepShadows)}}}
	outlived := func(field string) bson.D { return bson.D{old, {Key: field, Value: bson.D{{Key: "$lt", Value: base}}}} }
	if err := t.s.remove(ctx, t.s.history(), bson.D{old, {Key: "shadow", Value: true}}); err != nil {
		return err
	}
	if err := t.s.remove(ctx, t.s.history(), outlived("until")); err != nil {
		return err
	}
	for _, marks := range []*mongo.Collection{t.s.ingested(), t.s.state()} {
		if err := t.s.remove(ctx, marks, outlived("rev")); err != nil {
			return err
		}
	}
	return nil
}
