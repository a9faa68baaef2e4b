package mongo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"vulnmirror/store"
)

// claim is a holder's claim to something that has a name. Claims to one name are
// numbered; the one with the largest number counts. Taking one is inserting a
// document, whose _id can only be inserted once: that is decided by the server
// even where it does not carry out conditional updates as a whole.
type claim struct {
	ID     string    `bson:"_id"`
	Name   string    `bson:"name"`
	N      int64     `bson:"n"`
	Holder string    `bson:"holder"`
	Until  time.Time `bson:"until"` // by the server's clock
	Done   bool      `bson:"done"`  // what it was made for is finished
}

func claimID(name string, n int64) string { return fmt.Sprintf("%s %d", name, n) }

// newestClaim is the claim to name that counts; without any it has number 0.
func (s *Store) newestClaim(ctx context.Context, name string) (claim, error) {
	c, err := one[claim](ctx, s, s.claims(), bson.D{{Key: "name", Value: name}}, options.FindOne().SetSort(bson.D{{Key: "n", Value: -1}}))
	if errors.Is(err, store.ErrNotFound) {
		return claim{}, nil
	}
	return c, err
}

// claim claims name for holder, with a number above least, and returns the claim
// that counted before. When somebody else's still counts the error is a
// *store.LeasedError, and when another was faster too.
func (s *Store) claim(ctx context.Context, name, holder string, term time.Duration, least int64) (mine, before claim, err error) {
	now, err := s.hello(ctx)
	if err != nil {
		return mine, before, err
	}
	if before, err = s.newestClaim(ctx, name); err != nil {
		return mine, before, err
	}
	taken := func(by claim) error { return &store.LeasedError{Name: name, Holder: by.Holder, Until: by.Until} }
	if before.Until.After(now) && before.Holder != holder {
		return mine, before, taken(before)
	}
	mine = claim{Name: name, N: max(before.N, least) + 1, Holder: holder, Until: now.Add(term)}
	mine.ID = claimID(name, mine.N)
	if err := s.insert(ctx, s.claims(), mine); err != nil && !mongo.IsDuplicateKeyError(err) {
		return mine, before, err
	}
	// Whoever was slow inserts a number that was given out and removed already.
	newest, err := s.newestClaim(ctx, name)
	if err != nil {
		return mine, before, err
	}
	if newest.ID != mine.ID || newest.Holder != holder {
		if newest.ID != mine.ID {
			err = s.remove(ctx, s.claims(), bson.D{{Key: "_id", Value: mine.ID}, {Key: "holder", Value: holder}})
		}
		return mine, before, errors.Join(err, taken(newest))
	}
	return mine, before, s.remove(ctx, s.claims(), bson.D{{Key: "name", Value: name}, {Key: "n", Value: bson.D{{Key: "$lt", Value: mine.N}}}})
}

// alter changes a claim that holder has, and tells whether it still has it.
func (s *Store) alter(ctx context.Context, c claim, set bson.D) (bool, error) {
	op, cancel := s.within(ctx)
	defer cancel()
	done, err := s.claims().UpdateOne(op, bson.D{{Key: "_id", Value: c.ID}, {Key: "holder", Value: c.Holder}}, bson.D{{Key: "$set", Value: set}})
	if err != nil {
		return false, err
	}
	return done.MatchedCount == 1, nil
}

func (s *Store) remove(ctx context.Context, from *mongo.Collection, filter bson.D) error {
	op, cancel := s.within(ctx)
	defer cancel()
	_, err := from.DeleteMany(op, filter)
	return err
}

// leasePrefix begins the names of claims that are leases.
const leasePrefix = "lease "

// Lease implements store.Leaser.
func (s *Store) Lease(ctx context.Context, name, holder string, term time.Duration) error {
	what := "lease " + name
	if s.options.ReadOnly {
		return s.fail(what, errReadOnly)
	}
	now, err := s.hello(ctx)
	if err != nil {
		return s.fail(what, err)
	}
	held, err := s.newestClaim(ctx, leasePrefix+name)
	if err != nil {
		return s.fail(what, err)
	}
	if held.Holder == holder && held.Until.After(now) {
		if still, err := s.alter(ctx, held, bson.D{{Key: "until", Value: now.Add(term)}}); still || err != nil {
			return s.fail(what, err)
		}
	}
	_, _, err = s.claim(ctx, leasePrefix+name, holder, term, 0)
	if other := new(store.LeasedError); errors.As(err, &other) {
		if other.Holder == holder {
			return nil // the same holder, at the same time
		}
		other.Name = name
		return other
	}
	return s.fail(what, err)
}

// Release implements store.Leaser.
func (s *Store) Release(ctx context.Context, name, holder string) error {
	held, err := s.newestClaim(ctx, leasePrefix+name)
	if err == nil && held.Holder == holder {
		_, err = s.alter(ctx, held, bson.D{{Key: "until", Value: time.UnixMilli(0)}})
	}
	return s.fail("release "+name, err)
}
