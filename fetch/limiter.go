package fetch

import (
	"context"
	"sync"
	"time"
)

// limiter lets the requests to one host start no faster than its rate. Waiting
// requests go one after the other: only the first of them watches the clock, so
// nothing is reserved ahead and nothing is lost when one of them is cancelled.
type limiter struct {
	rate   Rate
	ledger *ledger // nil: this process only

	turn chan struct{} // held by the request that starts next
	sent []time.Time   // starts by this process, ascending; belongs to turn

	mu   sync.Mutex
	held time.Time // the host asked for silence until then
}

func newLimiter(rate Rate, l *ledger) *limiter {
	return &limiter{rate: rate, ledger: l, turn: make(chan struct{}, 1)}
}

// wait blocks until a request may start, and counts it as started.
func (l *limiter) wait(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-l.turn }()
	for {
		wait, err := l.take(ctx)
		if err != nil || wait <= 0 {
			return err
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// take counts a start now, or says how long to wait before asking again.
func (l *limiter) take(ctx context.Context) (time.Duration, error) {
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	now := time.Now()
	wait := max(l.rate.delay(l.sent, now), l.silence(now))
	if wait > 0 || l.rate.Requests <= 0 {
		return wait, nil
	}
	if l.ledger != nil {
		if wait, err := l.ledger.take(ctx, l.rate); err != nil || wait > 0 {
			return wait, err
		}
		now = time.Now() // the ledger's lock may have been busy
	}
	l.sent = l.rate.remember(l.sent, now)
	return 0, nil
}

// hold keeps every request to the host back for d: the host refused one of
// them, and the others would fare no better.
func (l *limiter) hold(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(d); until.After(l.held) {
		l.held = until
	}
}

func (l *limiter) silence(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held.Sub(now)
}

// slack is how long after its start a request may still leave: half of the
// margin, the other half is for the network.
func (l *limiter) slack() time.Duration { return l.rate.margin() / 2 }

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
