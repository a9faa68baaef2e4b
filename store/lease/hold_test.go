package lease

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vulnmirror/store"
)

// leases is a store that has nothing but leases.
type leases struct {
	store.Store
	mu sync.Mutex
	fate
	asked    int
	released []string
}

// fate is what becomes of leases.
type fate struct {
	other string    // the lease that somebody else has
	until time.Time // when that ends
	down  error     // what the server answers instead
}

func (l *leases) become(f fate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fate = f
}

// times is how often leases were asked for.
func (l *leases) times() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked
}

func (l *leases) Lease(_ context.Context, name, _ string, _ time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	if name == l.other && time.Now().Before(l.until) {
		return &store.LeasedError{Name: name, Holder: "other", Until: l.until}
	}
	return l.down
}

func (l *leases) Release(ctx context.Context, name, _ string) error {
	l.released = append(l.released, name)
	return ctx.Err()
}

var two = Hold{Names: []string{Copy, "source/a"}, Holder: "me", Waiting: func(error) {}}

func TestLeasesAreRenewedUntilReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &leases{}
		ctx, cancel := context.WithCancel(t.Context())
		held, release, err := two.Take(ctx, l)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * term)
		if held.Err() != nil || l.times() < 60 {
			t.Errorf("after ten terms two leases were asked for %d times, %v", l.times(), context.Cause(held))
		}
		cancel()
		if err := release(); err != nil || !slices.Equal(l.released, two.Names) {
			t.Errorf("released %v, %v, after an interrupt too", l.released, err)
		}
		asked := l.times()
		time.Sleep(10 * term)
		if l.times() != asked {
			t.Error("leases given back are renewed")
		}
	})
}

func TestWorkEndsWithALease(t *testing.T) {
	down := errors.New("the server is down")
	for _, tc := range []struct {
		name   string
		become fate
		want   error
		within time.Duration
	}{
		{"taken by another", fate{other: "source/a"}, store.ErrLeased, renewal},
		{"a server that stays down", fate{down: down}, down, term},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := &leases{}
			held, release, err := two.Take(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			defer release()
			tc.become.until = time.Now().Add(time.Hour)
			l.become(tc.become)
			began := time.Now()
			<-held.Done()
			if !errors.Is(context.Cause(held), tc.want) || time.Since(began) > tc.within {
				t.Errorf("%s: ended after %v because %v", tc.name, time.Since(began), context.Cause(held))
			}
		})
	}
}

func TestLeasesOutlastAShortFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &leases{}
		held, release, err := two.Take(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		l.become(fate{down: errors.New("a moment")})
		time.Sleep(renewal + time.Second)
		l.become(fate{})
		time.Sleep(3 * term)
		if held.Err() != nil {
			t.Error(context.Cause(held))
		}
	})
}

func TestLeasesAreWaitedFor(t *testing.T) {
	for _, tc := range []struct {
		name string
		wait time.Duration
		err  error
	}{
		{"no wait", 0, store.ErrLeased},
		{"too short a wait", time.Minute, store.ErrLeased},
		{"a wait", 10 * time.Minute, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := &leases{fate: fate{other: "source/a", until: time.Now().Add(5 * time.Minute)}}
			told := 0
			h := two
			h.Wait, h.Waiting = tc.wait, func(error) { told++ }
			began := time.Now()
			_, release, err := h.Take(t.Context(), l)
			if !errors.Is(err, tc.err) || time.Since(began) > tc.wait+poll {
				t.Errorf("%s: after %v %v", tc.name, time.Since(began), err)
			}
			if want := min(1, int(tc.wait)); told != want {
				t.Errorf("%s: told %d times, want %d", tc.name, told, want)
			}
			if err == nil {
				release()
			} else if !slices.Equal(l.released, []string{Copy}) {
				t.Errorf("%s: given back %v", tc.name, l.released)
			}
		})
	}
}

func TestStoresWithoutLeasesAreHeldAtOnce(t *testing.T) {
	held, release, err := two.Take(t.Context(), struct{ store.Store }{})
	if err != nil || held.Err() != nil || release() != nil {
		t.Errorf("%v", err)
	}
}
