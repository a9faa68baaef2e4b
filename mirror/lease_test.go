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
	down   error // what every call answers
}

// set changes the table behind everybody's back.
func (l *leases) set(change func(*leases)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(l)
}

func (l *leases) Lease(_ context.Context, name, holder string, term time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down != nil {
		return l.down
	}
	if l.holder != "" && l.holder != holder && l.until.After(time.Now()) {
		return &store.LeasedError{Name: name, Holder: l.holder, Until: l.until}
	}
	l.holder, l.until = holder, time.Now().Add(term)
	return nil
}

func (l *leases) Release(_ context.Context, _, holder string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down == nil && l.holder == holder {
		l.holder = ""
	}
	return l.down
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

func TestLeaseIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &leases{holder: "somebody", until: time.Now().Add(5 * time.Minute)}
		if _, _, err := leasing(t, l, time.Minute).lock(t.Context(), "s"); !errors.Is(err, store.ErrLeased) {
			t.Errorf("a minute is too short: error %v", err)
		}
		began := time.Now()
		_, release, err := leasing(t, l, 10*time.Minute).lock(t.Context(), "s")
		if err != nil {
			t.Fatal(err)
		}
		release()
		if waited := time.Since(began); waited < 4*time.Minute || waited > 4*time.Minute+2*leasePoll {
			t.Errorf("it took %v", waited)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		l.holder, l.until = "somebody", time.Now().Add(time.Hour)
		if _, _, err := leasing(t, l, time.Hour).lock(ctx, "s"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a wait that was cut short: error %v", err)
		}
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

func TestLostLeaseEndsTheWork(t *testing.T) {
	for name, lose := range map[string]func(*leases){
		"taken by another": func(l *leases) { l.holder, l.until = "somebody", time.Now().Add(time.Hour) },
		"server gone":      func(l *leases) { l.down = errors.New("no server") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &leases{}
				ctx, release, err := leasing(t, l, 0).lock(t.Context(), "s")
				if err != nil {
					t.Fatal(err)
				}
				defer release()
				began := time.Now()
				l.set(lose)
				<-ctx.Done()
				if waited := time.Since(began); waited > leaseTerm {
					t.Errorf("the work went on for %v", waited)
				}
				if cause := context.Cause(ctx); l.down != nil && !errors.Is(cause, l.down) || l.down == nil && !errors.Is(cause, store.ErrLeased) {
					t.Errorf("cause %v", cause)
				}
			})
		})
	}
}

func TestOutageShorterThanTheTerm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &leases{}
		ctx, release, err := leasing(t, l, 0).lock(t.Context(), "s")
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		l.set(func(l *leases) { l.down = errors.New("no server") })
		time.Sleep(leaseRenewal + time.Second) // of the test's clock
		l.set(func(l *leases) { l.down = nil })
		time.Sleep(time.Hour)
		if ctx.Err() != nil {
			t.Errorf("the work was ended: %v", context.Cause(ctx))
		}
	})
}
