package serve

import (
	"context"
	"errors"
	"iter"
	"sync"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

var errClosed = errors.New("the store is closed")

// Live reads from a store that another may replace at any time, as a rebuild
// does. A reading that has begun ends on the store it began on.
type Live struct {
	mu      sync.RWMutex
	current *lease // nil when closed
}

// lease is a store and those who are reading from it.
type lease struct {
	store.Store
	readers sync.WaitGroup
}

// NewLive reads from s, which it will close.
func NewLive(s store.Store) *Live {
	return &Live{current: &lease{Store: s}}
}

// Swap makes next the store that is read from. It returns when nobody reads
// from the previous one any more and it is closed, with the error of closing it.
func (l *Live) Swap(next store.Store) error {
	return l.replace(&lease{Store: next})
}

// Close waits for readings under way and closes the store.
func (l *Live) Close() error {
	return l.replace(nil)
}

func (l *Live) replace(next *lease) error {
	l.mu.Lock()
	previous := l.current
	l.current = next
	l.mu.Unlock()
	if previous == nil {
		return nil
	}
	previous.readers.Wait()
	return previous.Store.Close()
}

// borrow gives the store to read from until the lease's readers.Done.
func (l *Live) borrow() (*lease, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.current == nil {
		return nil, errClosed
	}
	l.current.readers.Add(1)
	return l.current, nil
}

// Get is store.Reader's.
func (l *Live) Get(ctx context.Context, kind vuln.Kind, id string) (vuln.Record, error) {
	s, err := l.borrow()
	if err != nil {
		return vuln.Record{}, err
	}
	defer s.readers.Done()
	return s.Get(ctx, kind, id)
}

// List is store.Reader's.
func (l *Live) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		s, err := l.borrow()
		if err != nil {
			yield(vuln.Record{}, err)
			return
		}
		defer s.readers.Done()
		s.List(ctx, q)(yield)
	}
}

// Digest is store.Reader's.
func (l *Live) Digest(ctx context.Context, q store.Query) (store.Digest, error) {
	s, err := l.borrow()
	if err != nil {
		return store.Digest{}, err
	}
	defer s.readers.Done()
	return s.Digest(ctx, q)
}

// Versions is store.Reader's.
func (l *Live) Versions(ctx context.Context, kind vuln.Kind, id string) ([]store.Version, error) {
	s, err := l.borrow()
	if err != nil {
		return nil, err
	}
	defer s.readers.Done()
	return s.Versions(ctx, kind, id)
}

// Sources is store.Reader's.
func (l *Live) Sources(ctx context.Context) ([]store.SourceState, error) {
	s, err := l.borrow()
	if err != nil {
		return nil, err
	}
	defer s.readers.Done()
	return s.Sources(ctx)
}

// Ingested is store.Reader's.
func (l *Live) Ingested(ctx context.Context, source, filename, sha256 string) (bool, error) {
	s, err := l.borrow()
	if err != nil {
		return false, err
	}
	defer s.readers.Done()
	return s.Ingested(ctx, source, filename, sha256)
}

// Snapshot is store.Store's. The store stays open until the snapshot is closed.
func (l *Live) Snapshot(ctx context.Context) (store.Snapshot, error) {
	s, err := l.borrow()
	if err != nil {
		return nil, err
	}
	snapshot, err := s.Store.Snapshot(ctx)
	if err != nil {
		s.readers.Done()
		return nil, err
	}
	return &borrowed{Snapshot: snapshot, done: sync.OnceFunc(s.readers.Done)}, nil
}

// borrowed returns the store with the snapshot.
type borrowed struct {
	store.Snapshot
	done func()
}

func (b *borrowed) Close() error {
	defer b.done()
	return b.Snapshot.Close()
}
