package mongo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"vulnmirror/store"
)

var (
	errReadOnly = errors.New("the database was opened read-only")
	errOvertook = errors.New("another writer took over, as if this one had died; try again")
)

// moment is the document of vulnmirror.meta that tells what is committed.
type moment struct {
	Committed int64 `bson:"committed"` // the newest revision to be seen
	Content   int64 `bson:"content"`   // the newest that changed records
	Base      int64 `bson:"base"`      // the one that replaced everything; what is older counts no more
	Turn      int64 `bson:"turn"`      // the only one that may commit
}

func theRevision(and ...bson.E) bson.D {
	return append(bson.D{{Key: "_id", Value: "revision"}}, and...)
}

func (s *Store) moment(ctx context.Context) (moment, error) {
	m, err := one[moment](ctx, s, s.meta(), theRevision())
	if errors.Is(err, store.ErrNotFound) {
		return m, store.ErrNoMirror
	}
	if err == nil && m.Committed > s.known.Load() {
		s.known.Store(m.Committed)
	}
	return m, err
}

// turn is one writer's right to write, under a revision of its own.
type turn struct {
	s        *Store
	at       moment // what was committed when it began
	revision int64
	claim    claim
	began    time.Time // before the server set the end of the claim
	dirty    bool      // what the turn before left is not undone yet
	touched  bool      // something was written that must be committed or undone
	content  bool      // records changed
	keeps    bool      // versions came into the history that stay there
	base     bool      // everything is replaced
}

// turnName is the name that writers claim.
const turnName = "writer"

// write runs f in a turn. What f wrote becomes visible as a whole, or is undone.
func (s *Store) write(ctx context.Context, what string, f func(ctx context.Context, t *turn) error) error {
	if s.options.ReadOnly {
		return s.fail(what, errReadOnly)
	}
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return s.fail(what, ctx.Err())
	}
	t, err := s.begin(ctx)
	if err != nil {
		return s.fail(what, err)
	}
	if err = f(ctx, t); err == nil {
		err = t.commit(ctx)
	}
	return s.fail(what, t.end(ctx, err))
}

// begin takes a turn as soon as nobody else has one, and undoes what the last one
// left unfinished.
func (s *Store) begin(ctx context.Context) (*turn, error) {
	t := &turn{s: s}
	var before claim
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		var err error
		if t.at, err = s.moment(ctx); err != nil {
			return nil, err
		}
		t.began = time.Now()
		t.claim, before, err = s.claim(ctx, turnName, s.holder, s.term, max(t.at.Turn, t.at.Committed))
		if err == nil {
			break
		}
		if !errors.Is(err, store.ErrLeased) {
			return nil, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), err)
		}
	}
	t.revision = t.claim.N
	t.dirty = before.N > 0 && !before.Done
	err := t.take(ctx)
	if err == nil && t.dirty {
		err = t.clean(ctx)
	}
	if err != nil {
		return nil, t.end(ctx, err)
	}
	t.dirty = false
	return t, nil
}

// take makes this the only turn that may commit.
func (t *turn) take(ctx context.Context) error {
	op, cancel := t.s.within(ctx)
	defer cancel()
	done, err := t.s.meta().UpdateOne(op, theRevision(bson.E{Key: "turn", Value: bson.D{{Key: "$lt", Value: t.revision}}}),
		bson.D{{Key: "$set", Value: bson.D{{Key: "turn", Value: t.revision}}}})
	if err == nil && done.MatchedCount == 0 {
		err = errOvertook
	}
	if err != nil {
		return err
	}
	// The turn before may have committed since.
	t.at, err = t.s.moment(ctx)
	return err
}

// time is when the turn began, by the server's clock.
func (t *turn) time() time.Time { return t.claim.Until.Add(-t.s.term) }

// margin is what is left of a turn when its requests must have ended.
func (t *turn) margin() time.Duration { return t.s.term / 10 }

// within bounds one request of the turn, so that it ends before the turn does.
func (t *turn) within(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if time.Since(t.began) > t.s.term/3 {
		if err := t.renew(ctx); err != nil {
			return ctx, func() {}, err
		}
	}
	end := t.began.Add(t.s.term - t.margin())
	if limit := time.Now().Add(t.s.options.Timeout); limit.Before(end) {
		end = limit
	}
	op, cancel := context.WithDeadline(ctx, end)
	return op, cancel, nil
}

// renew makes the turn last a term from now.
func (t *turn) renew(ctx context.Context) error {
	if time.Since(t.began) > t.s.term-t.margin() {
		return errOvertook
	}
	began := time.Now()
	now, err := t.s.hello(ctx)
	if err != nil {
		return err
	}
	still, err := t.s.alter(ctx, t.claim, bson.D{{Key: "until", Value: now.Add(t.s.term)}})
	if err == nil && !still {
		err = errOvertook
	}
	if err == nil {
		t.began = began
	}
	return err
}

// commit makes what was written visible.
func (t *turn) commit(ctx context.Context) error {
	if !t.touched {
		return nil
	}
	set := bson.D{{Key: "committed", Value: t.revision}}
	if t.content {
		set = append(set, bson.E{Key: "content", Value: t.revision})
	}
	if t.base {
		set = append(set, bson.E{Key: "base", Value: t.revision})
	}
	op, cancel, err := t.within(ctx)
	defer cancel()
	if err != nil {
		return err
	}
	done, err := t.s.meta().UpdateOne(op, theRevision(bson.E{Key: "turn", Value: t.revision}), bson.D{{Key: "$set", Value: set}})
	if err == nil && done.MatchedCount == 0 {
		err = errOvertook
	}
	return err
}

// end gives the turn back, after err undone. It returns err, unless the commit
// turns out to have been carried out although its answer never came.
func (t *turn) end(ctx context.Context, err error) error {
	if errors.Is(err, errOvertook) {
		return err // the turn is somebody else's, and so is undoing
	}
	// Whoever gave up still leaves things in order.
	ctx = context.WithoutCancel(ctx)
	done := true
	if err != nil {
		committed, undone := t.undo(ctx)
		if committed {
			err = nil
		}
		if undone != nil {
			err = fmt.Errorf("%w (it will be undone by the next writer: %w)", err, undone)
		}
		// A request that was given up may be carried out yet.
		done = undone == nil && !uncertain(err)
	}
	if err == nil && t.touched {
		done = t.after(ctx)
	}
	if _, lost := t.s.alter(ctx, t.claim, bson.D{{Key: "done", Value: done && !t.dirty}, {Key: "until", Value: time.UnixMilli(0)}}); lost != nil && err != nil {
		err = fmt.Errorf("%w (others wait for %v: %w)", err, t.s.term, lost)
	}
	return err
}

// uncertain tells whether a request that failed may be carried out later.
func uncertain(err error) bool {
	return mongo.IsNetworkError(err) || mongo.IsTimeout(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
