package transfer

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"vulnmirror/store"
)

// leased is a store that has nothing but leases, and answers as told.
type leased struct {
	store.Store
	answer   error
	asked    int
	released int
}

func (l *leased) Lease(_ context.Context, _, _ string, _ time.Duration) error {
	l.asked++
	return l.answer
}

func (l *leased) Release(ctx context.Context, _, _ string) error {
	l.released++
	return ctx.Err()
}

func TestHoldRenewsUntilReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &leased{}
		ctx, cancel := context.WithCancel(t.Context())
		held, release, err := Hold(ctx, l, Lease, "me")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * Term)
		if held.Err() != nil || l.asked < 30 {
			t.Errorf("after ten terms the lease was asked for %d times, %v", l.asked, context.Cause(held))
		}
		cancel()
		if err := release(); err != nil || l.released != 1 {
			t.Errorf("released %d times, %v, after an interrupt too", l.released, err)
		}
		asked := l.asked
		time.Sleep(10 * Term)
		if l.asked != asked {
			t.Error("a lease given back is renewed")
		}
	})
}

func TestHoldEndsWithTheLease(t *testing.T) {
	taken := &store.LeasedError{Name: Lease, Holder: "other"}
	down := errors.New("the server is down")
	for _, tc := range []struct {
		name   string
		answer error
		within time.Duration
	}{
		{"taken by another", taken, Term / 4},
		{"a server that stays down", down, Term - Term/4},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := &leased{}
			held, release, err := Hold(t.Context(), l, Lease, "me")
			if err != nil {
				t.Fatal(err)
			}
			defer release()
			l.answer = tc.answer
			began := time.Now()
			<-held.Done()
			if !errors.Is(context.Cause(held), tc.answer) || time.Since(began) > tc.within {
				t.Errorf("%s: ended after %v because %v", tc.name, time.Since(began), context.Cause(held))
			}
		})
	}
}

func TestHoldOutlastsAShortFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &leased{}
		held, release, err := Hold(t.Context(), l, Lease, "me")
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		l.answer = errors.New("a moment")
		time.Sleep(Term / 3)
		l.answer = nil
		time.Sleep(3 * Term)
		if held.Err() != nil {
			t.Error(context.Cause(held))
		}
	})
}

func TestHoldIsRefusedWhatAnotherHas(t *testing.T) {
	l := &leased{answer: &store.LeasedError{Name: Lease, Holder: "other"}}
	if _, _, err := Hold(t.Context(), l, Lease, "me"); !errors.Is(err, store.ErrLeased) {
		t.Errorf("%v, want ErrLeased", err)
	}
}
