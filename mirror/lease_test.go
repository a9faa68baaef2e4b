package mirror

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vulnmirror/archive"
	"vulnmirror/store"
)

// leases is a server's table of leases, on the clock of the test.
type leases struct {
	store.Store // nothing else is asked of it

	mu     sync.Mutex
	holder string
	until  time.Time
}

func (l *leases) Lease(_ context.Context, name, holder string, term time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holder != "" && l.holder != holder && l.until.After(time.Now()) {
		return &store.LeasedError{Name: name, Holder: l.holder, Until: l.until}
	}
	l.holder, l.until = holder, time.Now().Add(term)
	return nil
}

func (l *leases) Release(_ context.Context, _, holder string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holder == holder {
		l.holder = ""
	}
	return nil
}

func leasing(t *testing.T, l *leases, wait time.Duration) *Mirror {
	return &Mirror{Archive: archive.Open(t.TempDir()), Store: l, Log: slog.New(slog.DiscardHandler), LockWait: wait}
}

func TestLeaseIsKeptAndGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &leases{}
		m := leasing(t, l, 0)
		ctx, release, err := m.lock(t.Context(), "s")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour) // of the test's clock
		synctest.Wait()
		if ctx.Err() != nil || !l.until.After(time.Now().Add(time.Minute)) {
			t.Errorf("after an hour: context %v, lease until %v", context.Cause(ctx), l.until)
		}
		other := leasing(t, l, 0)
		if _, _, err := other.lock(t.Context(), "s"); !errors.Is(err, store.ErrLeased) {
			t.Errorf("another data folder: error %v", err)
		}
		release()
		if ctx.Err() == nil || l.holder != "" {
			t.Errorf("after the release: context %v, holder %q", ctx.Err(), l.holder)
		}
		_, release, err = other.lock(t.Context(), "s")
		if err != nil {
			t.Fatal(err)
		}
		release()
	})
}

func TestLeaseOfARunThatDied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &leases{}
		m := leasing(t, l, 0)
		holder, err := m.holder()
		if err != nil {
			t.Fatal(err)
		}
		l.holder, l.until = holder, time.Now().Add(time.Hour)
		_, release, err := m.lock(t.Context(), "s")
		if err != nil {
			t.Fatalf("the successor has to wait: %v", err)
		}
		release()
	})
}
