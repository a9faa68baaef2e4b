package mongo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"vulnmirror/cpe"
	"vulnmirror/store"
	"vulnmirror/store/bodycodec"
	"vulnmirror/store/words"
	"vulnmirror/vuln"
)

// held is what is read of a record's document, or of a version's.
type held struct {
	ID        string     `bson:"_id"`
	Published *time.Time `bson:"published"`
	Modified  *time.Time `bson:"lastModified"`
	Title     string     `bson:"title"`
	Status    string     `bson:"status"`
	Reporter  string     `bson:"sourceIdentifier"`
	Source    string     `bson:"source"`
	Converted bool       `bson:"converted"`
	Withdrawn *time.Time `bson:"withdrawn"`
	Best      *best      `bson:"best"`
	Body      []byte     `bson:"body"`
	Origin    string     `bson:"origin"`
	Rev       int64      `bson:"rev"`
}

var heldFields = func() (fields bson.D) {
	for _, name := range []string{"published", "lastModified", "title", "status", "sourceIdentifier", "source", "converted", "withdrawn", "best", "body", "origin", "rev"} {
		fields = append(fields, bson.E{Key: name, Value: 1})
	}
	return fields
}()

func (h *held) record(kind vuln.Kind, id string) (r vuln.Record, err error) {
	r = vuln.Record{
		Kind: kind, ID: id, Source: h.Source, Published: orZero(h.Published), Modified: orZero(h.Modified),
		Title: h.Title, Status: h.Status, SourceIdentifier: h.Reporter, Converted: h.Converted, Withdrawn: orZero(h.Withdrawn),
	}
	if b := h.Best; b != nil {
		r.Facts.Best = &vuln.Score{Version: b.Version, Scorer: b.Scorer, Type: b.Type, Base: b.Base, Severity: b.Severity, Vector: b.Vector}
	}
	if r.Body, err = bodycodec.Decode(nil, h.Body); err != nil {
		return r, fmt.Errorf("%s: %w", id, err)
	}
	return r, nil
}

// Get implements store.Reader. What was committed when it is found in place need
// not be asked for again.
func (s *Store) Get(ctx context.Context, kind vuln.Kind, id string) (vuln.Record, error) {
	h, err := one[held](ctx, s, s.of(kind), bson.D{{Key: "_id", Value: text(id)}}, options.FindOne().SetProjection(heldFields))
	if err == nil && h.Rev <= s.known.Load() {
		return h.record(kind, h.ID)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return vuln.Record{}, s.fail("get "+id, err)
	}
	if err != nil && s.known.Load() > 0 {
		return vuln.Record{}, fmt.Errorf("%s: %w", id, err)
	}
	return frozen(ctx, s, func(v *view) (vuln.Record, error) { return v.Get(ctx, kind, id) })
}

// Get implements store.Reader.
func (v *view) Get(ctx context.Context, kind vuln.Kind, id string) (vuln.Record, error) {
	h, err := v.held(ctx, kind, id)
	if errors.Is(err, store.ErrNotFound) {
		return vuln.Record{}, fmt.Errorf("%s: %w", id, err)
	}
	if err != nil {
		return vuln.Record{}, v.s.fail("get "+id, err)
	}
	return h.record(kind, id)
}

// held reads the record that was current at the view's revision.
func (v *view) held(ctx context.Context, kind vuln.Kind, id string) (held, error) {
	h, err := one[held](ctx, v.s, v.s.of(kind), bson.D{{Key: "_id", Value: text(id)}}, options.FindOne().SetProjection(heldFields))
	if err == nil && h.Rev <= v.at.Committed || err != nil && !errors.Is(err, store.ErrNotFound) {
		return h, err
	}
	old := append(bson.D{{Key: "id", Value: text(id)}}, v.replaced(kind)...)
	return one[held](ctx, v.s, v.s.history(), old, options.FindOne().SetProjection(heldFields))
}

// List implements store.Reader.
func (v *view) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		more := true
		give := func(records []vuln.Record) error {
			for _, r := range records {
				if err := ctx.Err(); err != nil {
					return err
				}
				if more = yield(r, nil); !more {
					break
				}
			}
			return nil
		}
		if err := v.list(ctx, q, give, &more); err != nil {
			yield(vuln.Record{}, v.s.fail("list", err))
		}
	}
}

// list gives the records that q asks for in portions, while more are wanted.
func (v *view) list(ctx context.Context, q store.Query, give func([]vuln.Record) error, more *bool) error {
	records, all, err := v.direct(ctx, q)
	if err != nil {
		return err
	}
	if all {
		return give(records)
	}
	entries, err := v.find(ctx, q)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(entries, chunk) {
		if records, err = v.fetch(ctx, q.Kind, some); err == nil {
			err = give(records)
		}
		if err != nil || !*more {
			return err
		}
	}
	return nil
}

// direct reads a short answer at once, ordered and paged by the server, and tells
// whether it has all of it. Otherwise identifiers are found first: to skip many
// records, or read many in one state, is cheaper with them.
func (v *view) direct(ctx context.Context, q store.Query) (records []vuln.Record, all bool, err error) {
	f, by := filterOf(q), orders[q.Order]
	short := min(chunk, v.s.small)
	if !f.decided() || by.fields == nil || q.Offset > short {
		return nil, false, nil
	}
	limit := short + 1
	if q.Limit > 0 {
		limit = min(q.Limit, limit)
	}
	o := options.Find().SetSort(by.fields).SetSkip(int64(max(q.Offset, 0))).SetLimit(int64(limit)).SetProjection(heldFields).SetAllowDiskUse(true)
	err = v.s.each(ctx, v.s.of(q.Kind), f.where("_id", v.placed()), o, func(doc bson.Raw) error {
		var h held
		if err := bson.Unmarshal(doc, &h); err != nil {
			return err
		}
		r, err := h.record(q.Kind, h.ID)
		records = append(records, r)
		return err
	})
	if err != nil || len(records) > short {
		return nil, false, err
	}
	pending, err := v.pending(ctx, q.Kind)
	return records, err == nil && !pending, err
}

// entry is what orders and sums up records.
type entry struct {
	ID        string    `bson:"_id"`
	Published time.Time `bson:"published"`
	Modified  time.Time `bson:"lastModified"`
	Changed   int64     `bson:"changed"`
}

var entryFields = bson.D{{Key: "published", Value: 1}, {Key: "lastModified", Value: 1}, {Key: "changed", Value: 1}}

// order is an order, for the server and for the program.
type order struct {
	fields  bson.D
	compare func(a, b entry) int
}

var orders = map[store.Order]order{
	store.ByPublished: {bson.D{{Key: "published", Value: 1}, {Key: "_id", Value: 1}}, func(a, b entry) int {
		return cmp.Or(a.Published.Compare(b.Published), cmp.Compare(a.ID, b.ID))
	}},
	store.ByID: {bson.D{{Key: "_id", Value: 1}}, func(a, b entry) int { return cmp.Compare(a.ID, b.ID) }},
	store.ByModifiedDesc: {bson.D{{Key: "lastModified", Value: -1}, {Key: "_id", Value: 1}}, func(a, b entry) int {
		return cmp.Or(b.Modified.Compare(a.Modified), cmp.Compare(a.ID, b.ID))
	}},
}

// find finds the records that q asks for, in order and paged.
func (v *view) find(ctx context.Context, q store.Query) ([]entry, error) {
	by, ok := orders[q.Order]
	if !ok {
		return nil, fmt.Errorf("order %d is not known", q.Order)
	}
	f := filterOf(q)
	if f.decided() {
		found, err := v.page(ctx, f, by, q)
		if err != nil {
			return nil, err
		}
		if pending, err := v.pending(ctx, q.Kind); err != nil || !pending {
			return found, err
		}
	}
	entries, err := v.entries(ctx, f)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entries, by.compare)
	entries = entries[min(max(q.Offset, 0), len(entries)):]
	if q.Limit > 0 {
		entries = entries[:min(q.Limit, len(entries))]
	}
	return entries, nil
}

// page lets the server order and page what is in place.
func (v *view) page(ctx context.Context, f *filter, by order, q store.Query) ([]entry, error) {
	o := options.Find().SetSort(by.fields).SetSkip(int64(max(q.Offset, 0))).SetProjection(bson.D{{Key: "_id", Value: 1}}).SetAllowDiskUse(true)
	if q.Limit > 0 {
		o.SetLimit(int64(q.Limit))
	}
	var out []entry
	err := v.s.each(ctx, v.s.of(f.kind), f.where("_id", v.placed()), o, func(doc bson.Raw) error {
		out = append(out, entry{ID: doc.Lookup("_id").StringValue()})
		return nil
	})
	return out, err
}

// entries finds everything that f selects, in no order.
func (v *view) entries(ctx context.Context, f *filter) ([]entry, error) {
	var out []entry
	err := v.all(ctx, f, entryFields, func(id string, doc bson.Raw) error {
		e, err := entryOf(id, doc)
		out = append(out, e)
		return err
	})
	if err != nil || f.decided() {
		return out, err
	}
	return v.decide(ctx, f, out)
}

func entryOf(id string, doc bson.Raw) (e entry, err error) {
	err = bson.Unmarshal(doc, &e)
	e.ID, e.Published, e.Modified = id, e.Published.UTC(), e.Modified.UTC()
	return e, err
}

// decide leaves those of the records for which what only the program can tell is
// so.
func (v *view) decide(ctx context.Context, f *filter, entries []entry) ([]entry, error) {
	fields := bson.D{{Key: "platform", Value: 1}}
	if f.phrase != nil {
		fields = append(fields, bson.E{Key: "texts", Value: 1}, bson.E{Key: "body", Value: 1})
	}
	var out []entry
	for some := range slices.Chunk(entries, chunk) {
		one := &filter{kind: f.kind, ids: collect(some, func(e entry) string { return e.ID })}
		yes := map[string]bool{}
		err := v.all(ctx, one, fields, func(id string, doc bson.Raw) error {
			var d undecided
			if err := bson.Unmarshal(doc, &d); err != nil {
				return err
			}
			is, err := f.holds(&d)
			yes[id] = is
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, e := range some {
			if yes[e.ID] {
				out = append(out, e)
			}
		}
	}
	return out, nil
}

// undecided is what the program decides by.
type undecided struct {
	Platform *string  `bson:"platform"`
	Texts    []string `bson:"texts"` // of kinds whose bodies cannot be searched
	Body     []byte   `bson:"body"`
}

func (f *filter) holds(d *undecided) (bool, error) {
	if f.platform != nil {
		if d.Platform == nil {
			return false, nil
		}
		name, err := cpe.ParseLenient(*d.Platform)
		if err != nil || !f.platform.Overlaps(name) {
			return false, nil //nolint:nilerr // what is no CPE name describes nothing
		}
	}
	if f.phrase == nil {
		return true, nil
	}
	if d.Texts != nil {
		return slices.ContainsFunc(d.Texts, func(text string) bool { return words.HasPhrase(text, f.phrase) }), nil
	}
	body, err := bodycodec.Decode(nil, d.Body)
	if err != nil {
		return false, err
	}
	return words.BodyHasPhrase(body, f.phrase)
}

// fetch reads records in the order of entries.
func (v *view) fetch(ctx context.Context, kind vuln.Kind, entries []entry) ([]vuln.Record, error) {
	f := &filter{kind: kind, ids: collect(entries, func(e entry) string { return e.ID })}
	found := map[string]vuln.Record{}
	if err := v.all(ctx, f, heldFields, func(id string, doc bson.Raw) error {
		var h held
		if err := bson.Unmarshal(doc, &h); err != nil {
			return err
		}
		r, err := h.record(kind, id)
		found[id] = r
		return err
	}); err != nil {
		return nil, err
	}
	out := make([]vuln.Record, len(entries))
	for i, e := range entries {
		r, ok := found[e.ID]
		if !ok {
			return nil, fmt.Errorf("%s is not in the history any more: the snapshot is older than %v", e.ID, keepShadows)
		}
		out[i] = r
	}
	return out, nil
}

// Versions implements store.Reader.
func (v *view) Versions(ctx context.Context, kind vuln.Kind, id string) ([]store.Version, error) {
	what := "versions of " + id
	var all []held
	was := bson.D{
		{Key: "kind", Value: kind},
		{Key: "id", Value: text(id)},
		{Key: "until", Value: bson.D{{Key: "$gte", Value: v.at.Base}, {Key: "$lte", Value: v.at.Committed}}},
		{Key: "shadow", Value: false},
	}
	o := options.Find().SetSort(bson.D{{Key: "until", Value: 1}, {Key: "nth", Value: 1}}).SetProjection(append(bson.D{{Key: "until", Value: 1}, {Key: "nth", Value: 1}}, heldFields...))
	if err := v.s.each(ctx, v.s.history(), was, o, func(doc bson.Raw) error {
		var h held
		err := bson.Unmarshal(doc, &h)
		all = append(all, h)
		return err
	}); err != nil {
		return nil, v.s.fail(what, err)
	}
	current, err := v.held(ctx, kind, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("%s: %w", id, err)
	}
	if err != nil {
		return nil, v.s.fail(what, err)
	}
	all = append(all, current)
	origins, err := v.s.origins(ctx, collect(all, func(h held) string { return h.Origin }))
	if err != nil {
		return nil, v.s.fail(what, err)
	}
	out := make([]store.Version, len(all))
	for i := range all {
		o := origins[all[i].Origin]
		out[i] = store.Version{Origin: o, Seen: o.Fetched}
		if out[i].Record, err = all[i].record(kind, id); err != nil {
			return nil, v.s.fail(what, err)
		}
		out[i].Record.Title = ""
		if i < len(all)-1 {
			out[i].Record.Facts.Best, out[i].Record.Withdrawn = nil, time.Time{}
		}
	}
	return out, nil
}

// origins reads archived files by their identifiers.
func (s *Store) origins(ctx context.Context, ids []string) (map[string]store.Origin, error) {
	out := map[string]store.Origin{}
	err := s.each(ctx, s.origin(), bson.D{{Key: "_id", Value: in(distinct(ids))}}, options.Find(), func(raw bson.Raw) error {
		var m mark
		err := bson.Unmarshal(raw, &m)
		out[m.ID] = m.origin()
		return err
	})
	return out, err
}
