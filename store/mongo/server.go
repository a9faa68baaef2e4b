package mongo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// internal begins the names of collections that hold no records of a kind.
const internal = "vulnmirror."

// meta has what is committed. It is written through to the disk: what is in the
// journal before it is then there too.
func (s *Store) meta() *mongo.Collection {
	durable := true
	return s.db.Collection(internal+"meta", options.Collection().SetWriteConcern(&writeconcern.WriteConcern{W: writeconcern.WCMajority, Journal: &durable}))
}

func (s *Store) claims() *mongo.Collection    { return s.db.Collection(internal + "claim") }
func (s *Store) history() *mongo.Collection   { return s.db.Collection(internal + "history") }
func (s *Store) criterion() *mongo.Collection { return s.db.Collection(internal + "criterion") }
func (s *Store) origin() *mongo.Collection    { return s.db.Collection(internal + "origin") }
func (s *Store) ingested() *mongo.Collection  { return s.db.Collection(internal + "ingested") }
func (s *Store) state() *mongo.Collection     { return s.db.Collection(internal + "state") }

// of is the collection of a kind's records.
func (s *Store) of(kind vuln.Kind) *mongo.Collection {
	if kind == "" {
		kind = "unnamed" // a collection has a name
	}
	return s.db.Collection(string(kind))
}

// kinds lists the kinds of which there are collections.
func (s *Store) kinds(ctx context.Context) ([]vuln.Kind, error) {
	op, cancel := s.within(ctx)
	defer cancel()
	names, err := s.db.ListCollectionNames(op, bson.D{})
	if err != nil {
		return nil, err
	}
	var out []vuln.Kind
	for _, name := range names {
		if !strings.HasPrefix(name, internal) && !strings.HasPrefix(name, "system.") {
			out = append(out, vuln.Kind(name))
		}
	}
	return out, nil
}

// within bounds one request.
func (s *Store) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.options.Timeout)
}

// oldest is the wire version of MongoDB 5.0, the first that waits for a majority
// unless told otherwise.
const oldest = 13

// hello asks the server for its time, and refuses one that is too old.
func (s *Store) hello(ctx context.Context) (time.Time, error) {
	op, cancel := s.within(ctx)
	defer cancel()
	var is struct {
		Wire int       `bson:"maxWireVersion"`
		Time time.Time `bson:"localTime"`
	}
	if err := s.db.RunCommand(op, bson.D{{Key: "hello", Value: 1}}).Decode(&is); err != nil {
		return time.Time{}, err
	}
	if is.Wire < oldest {
		return time.Time{}, fmt.Errorf("the server is too old (wire version %d); MongoDB 5.0 or newer is needed", is.Wire)
	}
	return is.Time, nil
}

// one reads the document that filter names, or fails with store.ErrNotFound.
func one[T any](ctx context.Context, s *Store, from *mongo.Collection, filter bson.D, o ...options.Lister[options.FindOneOptions]) (doc T, err error) {
	op, cancel := s.within(ctx)
	defer cancel()
	err = from.FindOne(op, filter, o...).Decode(&doc)
	if errors.Is(err, mongo.ErrNoDocuments) {
		err = store.ErrNotFound
	}
	return doc, err
}

// each reads the documents that filter selects. Each is valid during its call.
func (s *Store) each(ctx context.Context, from *mongo.Collection, filter bson.D, o *options.FindOptionsBuilder, f func(bson.Raw) error) (err error) {
	op, cancel := s.within(ctx)
	cursor, err := from.Find(op, filter, o)
	cancel()
	if err != nil {
		return err
	}
	defer func() {
		op, cancel := s.within(context.WithoutCancel(ctx))
		defer cancel()
		err = errors.Join(err, cursor.Close(op))
	}()
	for s.next(ctx, cursor) {
		if err := f(cursor.Current); err != nil {
			return err
		}
	}
	return cursor.Err()
}

func (s *Store) next(ctx context.Context, cursor *mongo.Cursor) bool {
	if cursor.RemainingBatchLength() > 0 {
		return cursor.Next(ctx)
	}
	op, cancel := s.within(ctx)
	defer cancel()
	return cursor.Next(op)
}

func (s *Store) insert(ctx context.Context, into *mongo.Collection, doc any) error {
	op, cancel := s.within(ctx)
	defer cancel()
	_, err := into.InsertOne(op, doc)
	return err
}
