package mongo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"vulnmirror/vuln"
)

// index is an index: of a collection of ours, or of records of some kinds.
type index struct {
	on     string // the collection, "" for records
	kinds  []vuln.Kind
	keys   []string // -key is descending
	unique bool
}

var internalIndexes = []index{
	{on: "history", keys: []string{"until", "nth"}},
	{on: "history", keys: []string{"kind", "id", "until"}},
	{on: "history", keys: []string{"shadow", "at"}},
	{on: "claim", keys: []string{"name", "n"}},
	{on: "criterion", keys: []string{"vendor", "product", "part"}},
	{on: "criterion", keys: []string{"product"}},
	{on: "criterion", keys: []string{"open"}},
	{on: "ingested", keys: []string{"origin", "rev"}},
}

var (
	onlyCVE   = []vuln.Kind{vuln.KindCVE}
	platforms = []vuln.Kind{vuln.KindCVE, vuln.KindCPE, vuln.KindMatchCriteria} // kinds about them
)

var recordIndexes = []index{
	{keys: []string{"rev"}},
	{keys: []string{"changed"}},
	{keys: []string{"published", "_id", "gone", "rev"}},
	{keys: []string{"-lastModified", "_id", "gone", "rev"}},
	{keys: []string{"words"}},
	{keys: []string{"aliases"}},
	{keys: []string{"links"}},
	{kinds: platforms, keys: []string{"about"}},
	{kinds: platforms, keys: []string{"products"}},
	{kinds: onlyCVE, keys: []string{"cveId"}, unique: true},
	{kinds: []vuln.Kind{vuln.KindCVE, vuln.KindCPE}, keys: []string{"cpeName"}},
	{kinds: []vuln.Kind{vuln.KindCVE, vuln.KindCPE}, keys: []string{"cpeNameProductPrefix"}},
	{kinds: onlyCVE, keys: []string{"year", "lastModified"}},
	{kinds: onlyCVE, keys: []string{"uses.k"}},
	{kinds: onlyCVE, keys: []string{"vulnerable"}},
	{kinds: onlyCVE, keys: []string{"sources"}},
	{kinds: onlyCVE, keys: []string{"cwes"}},
	{kinds: onlyCVE, keys: []string{"tags"}},
	{kinds: onlyCVE, keys: []string{"kev"}},
	{kinds: onlyCVE, keys: []string{"scores"}},
	{kinds: onlyCVE, keys: []string{"best.severity"}},
	{kinds: []vuln.Kind{vuln.KindMatchCriteria}, keys: []string{"members"}},
}

// fewRecords is how many of a kind may be held for a bulk load to pay.
const fewRecords = 1000

// BeginBulk implements store.BulkLoader: indexes other than that of identifiers
// are left out until EndBulk. Should the program die before, the next Open makes
// them.
func (s *Store) BeginBulk(ctx context.Context, kind vuln.Kind) error {
	what := "begin a bulk load"
	if s.options.ReadOnly {
		return s.fail(what, errReadOnly)
	}
	held := 0
	if err := s.each(ctx, s.of(kind), bson.D{}, options.Find().SetLimit(fewRecords+1).SetProjection(bson.D{{Key: "_id", Value: 1}}), func(bson.Raw) error {
		held++
		return nil
	}); err != nil || held > fewRecords {
		return s.fail(what, err)
	}
	return s.fail(what, s.alone(ctx, func() error {
		op, cancel := s.within(ctx)
		defer cancel()
		err := s.of(kind).Indexes().DropAll(op)
		if told := mongo.ServerError(nil); errors.As(err, &told) && (told.HasErrorCode(codeNamespaceNotFound) || told.HasErrorCode(codeIndexNotFound)) {
			err = nil
		}
		s.bulk[kind] = err == nil
		delete(s.indexed, kind)
		return err
	}))
}

// EndBulk implements store.BulkLoader.
func (s *Store) EndBulk(ctx context.Context, kind vuln.Kind) error {
	what := "end a bulk load"
	if s.options.ReadOnly {
		return s.fail(what, errReadOnly)
	}
	return s.fail(what, s.alone(ctx, func() error {
		delete(s.bulk, kind)
		return s.index(ctx, kind)
	}))
}

// alone runs f while this program does not write.
func (s *Store) alone(ctx context.Context, f func() error) error {
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
		return f()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// index makes the indexes of a kind, unless it is being loaded.
func (s *Store) index(ctx context.Context, kind vuln.Kind) error {
	if s.bulk[kind] || s.indexed[kind] {
		return nil
	}
	if err := s.makeIndexes(ctx, kind, recordIndexes); err != nil {
		return err
	}
	if err := s.textIndex(ctx, kind); err != nil {
		return err
	}
	s.indexed[kind] = true
	return nil
}

// makeIndexes makes those that are missing. That may take as long as it takes.
func (s *Store) makeIndexes(ctx context.Context, kind vuln.Kind, all []index) error {
	models := map[string][]mongo.IndexModel{}
	for _, x := range all {
		if x.on == "" && !x.concerns(kind) {
			continue
		}
		name := string(kind)
		if x.on != "" {
			name = internal + x.on
		}
		models[name] = append(models[name], x.model())
	}
	for name, some := range models {
		if err := s.makeMissing(ctx, s.db.Collection(name), some); err != nil {
			return fmt.Errorf("make the indexes of %s: %w", name, err)
		}
	}
	return nil
}

// makeMissing asks first which indexes there are: some servers fail to make one
// again.
func (s *Store) makeMissing(ctx context.Context, of *mongo.Collection, models []mongo.IndexModel) error {
	op, cancel := s.within(ctx)
	defer cancel()
	held, err := of.Indexes().ListSpecifications(op)
	if refused := mongo.ServerError(nil); errors.As(err, &refused) && refused.HasErrorCode(codeNamespaceNotFound) {
		err = nil // there is no such collection yet
	}
	if err != nil {
		return err
	}
	var missing []mongo.IndexModel
	for _, m := range models {
		name := nameOf(m.Keys.(bson.D))
		if !slices.ContainsFunc(held, func(h mongo.IndexSpecification) bool { return h.Name == name }) {
			missing = append(missing, m)
		}
	}
	if missing == nil {
		return nil
	}
	_, err = of.Indexes().CreateMany(ctx, missing)
	if refused := mongo.ServerError(nil); errors.As(err, &refused) && refused.HasErrorCode(codeCannotCreateIndex) {
		// A collection that is spread by its _id has no other unique index.
		for i := range missing {
			missing[i].Options = nil
		}
		_, err = of.Indexes().CreateMany(ctx, missing)
	}
	return err
}

// nameOf is the name that an index has by default.
func nameOf(keys bson.D) string {
	var parts []string
	for _, k := range keys {
		parts = append(parts, fmt.Sprintf("%s_%v", k.Key, k.Value))
	}
	return strings.Join(parts, "_")
}

func (x *index) concerns(kind vuln.Kind) bool {
	for _, k := range x.kinds {
		if k == kind {
			return true
		}
	}
	return x.kinds == nil
}

func (x *index) model() mongo.IndexModel {
	var keys bson.D
	for _, key := range x.keys {
		if key[0] == '-' {
			keys = append(keys, bson.E{Key: key[1:], Value: -1})
			continue
		}
		keys = append(keys, bson.E{Key: key, Value: 1})
	}
	m := mongo.IndexModel{Keys: keys}
	if x.unique {
		m.Options = options.Index().SetUnique(true)
	}
	return m
}

// textIndex makes the index that people's $text asks, where the server has such
// indexes. No answer needs it.
func (s *Store) textIndex(ctx context.Context, kind vuln.Kind) error {
	if kind != vuln.KindCVE && kind != vuln.KindCPE {
		return nil
	}
	// A field of that name chooses the language of a document; there is none.
	o := options.Index().SetName("keyword_text").SetDefaultLanguage("english").SetLanguageOverride("keywordLanguage")
	_, err := s.of(kind).Indexes().CreateOne(ctx, mongo.IndexModel{Keys: bson.D{{Key: "keyword", Value: "text"}}, Options: o})
	if refused := new(mongo.CommandError); errors.As(err, refused) && !refused.HasErrorCode(codeUnauthorized) && !mongo.IsNetworkError(err) && !mongo.IsTimeout(err) {
		return nil
	}
	return err
}
