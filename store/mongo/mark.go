package mongo

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"vulnmirror/store"
)

// mark is an archived file: in vulnmirror.origin once, and in
// vulnmirror.ingested when its last batch was applied.
type mark struct {
	ID       string     `bson:"_id"`
	Source   string     `bson:"source"`
	Filename string     `bson:"filename"`
	SHA256   string     `bson:"sha256"`
	Fetched  *time.Time `bson:"fetched"`

	// Of vulnmirror.ingested only.
	Origin string    `bson:"origin,omitempty"`
	Rev    int64     `bson:"rev,omitempty"`
	At     time.Time `bson:"at,omitempty"`
}

func originOf(o store.Origin) mark {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", o.Source, o.Filename, o.SHA256))
	return mark{ID: hex.EncodeToString(sum[:12]), Source: text(o.Source), Filename: text(o.Filename), SHA256: text(o.SHA256), Fetched: date(o.Fetched)}
}

func (m *mark) origin() store.Origin {
	o := store.Origin{Source: m.Source, Filename: m.Filename, SHA256: m.SHA256}
	if m.Fetched != nil {
		o.Fetched = m.Fetched.UTC()
	}
	return o
}

// ensureOrigin adds a file that is not known yet. It may stay when the batch is
// undone: alone it says nothing.
func (s *Store) ensureOrigin(ctx context.Context, t *turn, m mark) error {
	op, cancel, err := t.within(ctx)
	defer cancel()
	if err != nil {
		return err
	}
	m.Origin, m.Rev = "", 0
	if _, err = s.origin().InsertOne(op, m); mongo.IsDuplicateKeyError(err) {
		return nil
	}
	return err
}

// markIngested notes that the last batch of a file was applied.
func (t *turn) markIngested(ctx context.Context, m mark) error {
	v := view{t.s, t.at}
	done, err := v.ingested(ctx, m.ID)
	if err != nil || done {
		return err
	}
	t.touched = true
	return t.insertAll(ctx, t.s.ingested(), []any{t.ingestedMark(m)})
}

// ingestedMark marks a file as taken in by this turn.
func (t *turn) ingestedMark(m mark) mark {
	m.Origin, m.Rev, m.At = m.ID, t.revision, t.time()
	m.ID = fmt.Sprintf("%s %d", m.Origin, t.revision)
	return m
}

// seen selects marks that are committed and were not replaced with everything
// else.
func (v *view) seen() bson.E {
	return bson.E{Key: "rev", Value: bson.D{{Key: "$gte", Value: v.at.Base}, {Key: "$lte", Value: v.at.Committed}}}
}

func (v *view) ingested(ctx context.Context, origin string) (bool, error) {
	_, err := one[bson.Raw](ctx, v.s, v.s.ingested(), bson.D{{Key: "origin", Value: origin}, v.seen()})
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Ingested implements store.Reader.
func (v *view) Ingested(ctx context.Context, source, filename, sha256 string) (bool, error) {
	done, err := v.ingested(ctx, originOf(store.Origin{Source: source, Filename: filename, SHA256: sha256}).ID)
	return done, v.s.fail("look up "+filename, err)
}

// Origins implements store.Reader.
func (v *view) Origins(ctx context.Context) ([]store.Origin, error) {
	var out []store.Origin
	err := v.s.each(ctx, v.s.ingested(), bson.D{v.seen()}, options.Find(), func(raw bson.Raw) error {
		var m mark
		err := bson.Unmarshal(raw, &m)
		out = append(out, m.origin())
		return err
	})
	slices.SortFunc(out, func(a, b store.Origin) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Filename, b.Filename), cmp.Compare(a.SHA256, b.SHA256))
	})
	return out, v.s.fail("files taken in", err)
}

// stateDoc is the state of a source since a revision.
type stateDoc struct {
	ID        string     `bson:"_id"`
	Source    string     `bson:"source"`
	Completed *time.Time `bson:"completed"`
	Synced    *time.Time `bson:"synced"`
	Watermark *time.Time `bson:"watermark"`
	Failed    *time.Time `bson:"failed"`
	Reason    string     `bson:"reason"`
	Release   string     `bson:"release"`
	Rev       int64      `bson:"rev"`
	At        time.Time  `bson:"at"`
}

// SetSource implements store.Writer. Times are kept to the millisecond.
func (s *Store) SetSource(ctx context.Context, st store.SourceState) error {
	return s.write(ctx, "record the state of "+st.Source, func(ctx context.Context, t *turn) error {
		return t.setSource(ctx, st)
	})
}

func (t *turn) setSource(ctx context.Context, st store.SourceState) error {
	t.touched = true
	if err := t.forgetStates(ctx, st.Source); err != nil {
		return err
	}
	return t.insertAll(ctx, t.s.state(), []any{stateDoc{
		fmt.Sprintf("%s %d", text(st.Source), t.revision), text(st.Source), date(st.Completed), date(st.Synced), date(st.Watermark), date(st.Failed), text(st.Reason), text(st.Release), t.revision, t.time(),
	}})
}

// forgetStates removes the states of a source that were replaced so long ago that
// no snapshot needs them.
func (t *turn) forgetStates(ctx context.Context, source string) error {
	of := bson.E{Key: "source", Value: text(source)}
	old := bson.D{of, {Key: "at", Value: bson.D{{Key: "$lt", Value: t.time().Add(-keepShadows)}}}}
	d, err := one[stateDoc](ctx, t.s, t.s.state(), old, options.FindOne().SetSort(bson.D{{Key: "rev", Value: -1}}))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return t.delete(ctx, t.s.state(), bson.D{of, {Key: "rev", Value: bson.D{{Key: "$lt", Value: d.Rev}}}})
}

// Sources implements store.Reader.
func (v *view) Sources(ctx context.Context) ([]store.SourceState, error) {
	var newest []stateDoc
	err := v.s.each(ctx, v.s.state(), bson.D{v.seen()}, options.Find(), func(raw bson.Raw) error {
		var d stateDoc
		err := bson.Unmarshal(raw, &d)
		newest = append(newest, d)
		return err
	})
	slices.SortFunc(newest, func(a, b stateDoc) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(b.Rev, a.Rev))
	})
	newest = slices.CompactFunc(newest, func(a, b stateDoc) bool { return a.Source == b.Source })
	out := collect(newest, func(d stateDoc) store.SourceState {
		return store.SourceState{Source: d.Source, Completed: orZero(d.Completed), Synced: orZero(d.Synced), Watermark: orZero(d.Watermark), Failed: orZero(d.Failed), Reason: d.Reason, Release: d.Release}
	})
	return out, v.s.fail("states of sources", err)
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
