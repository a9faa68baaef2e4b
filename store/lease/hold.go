// Package lease keeps programs on several machines from doing the same work in a
// store that they share.
package lease

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"vulnmirror/store"
)

// Copy is the name of the lease of whoever copies everything into a store.
const Copy = "copy"

// Source is the name of the lease of whoever works on a source.
func Source(name string) string { return "source/" + name }

// Holder names a holder of leases: this machine, and what it does there.
func Holder(what string) (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("the name of this machine: %w", err)
	}
	return fmt.Sprintf("%s (%s)", host, what), nil
}

const (
	// term is how long a machine that died keeps others from their work.
	term = 2 * time.Minute
	// renewal leaves room for two renewals that fail.
	renewal = 30 * time.Second
	// poll is how often a lease that somebody else has is asked for.
	poll = 2 * time.Second
)

// errReleased ends the context of work whose leases were given back.
var errReleased = errors.New("the leases were given back")

// Hold says which leases to hold, and how.
type Hold struct {
	Names   []string
	Holder  string
	Wait    time.Duration // longest wait for somebody else's; 0 is none
	Waiting func(error)   // told once what is waited for; not nil where Wait is not 0
}

// Take takes the leases of a store that several machines may share and renews
// them until release is called; others have none to take. The context returned
// ends when a lease is lost, with the reason as its cause. When somebody else
// has one for all of h.Wait, the error is a *store.LeasedError.
func (h Hold) Take(ctx context.Context, st store.Store) (held context.Context, release func() error, err error) {
	leaser, ok := st.(store.Leaser)
	if !ok {
		return ctx, func() error { return nil }, nil
	}
	until := time.Now().Add(h.Wait)
	for i, name := range h.Names {
		if err := h.await(ctx, leaser, name, until); err != nil {
			return nil, nil, errors.Join(fmt.Errorf("lease: %w", err), h.giveBack(ctx, leaser, h.Names[:i]))
		}
	}
	held, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.renew(held, cancel, leaser)
	}()
	return held, func() error {
		cancel(errReleased)
		<-ended
		return h.giveBack(ctx, leaser, h.Names)
	}, nil
}

// await takes one lease.
func (h Hold) await(ctx context.Context, leaser store.Leaser, name string, until time.Time) error {
	again := time.NewTicker(poll)
	defer again.Stop()
	told := false
	for {
		err := leaser.Lease(ctx, name, h.Holder, term)
		if !errors.Is(err, store.ErrLeased) || !time.Now().Before(until) {
			return err
		}
		if !told {
			h.Waiting(err)
			told = true
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-again.C:
		}
	}
}

// renew keeps the leases until ctx ends. A server that cannot be asked for a
// while is asked again as long as the leases may still be there.
func (h Hold) renew(ctx context.Context, lose context.CancelCauseFunc, leaser store.Leaser) {
	due := time.NewTicker(renewal)
	defer due.Stop()
	until := time.Now().Add(term)
	for {
		select {
		case <-ctx.Done():
			return
		case <-due.C:
		}
		asked := time.Now()
		var err error
		for _, name := range h.Names {
			err = errors.Join(err, leaser.Lease(ctx, name, h.Holder, term))
		}
		switch {
		case err == nil:
			until = asked.Add(term)
		case errors.Is(err, store.ErrLeased) || time.Now().Add(renewal).After(until):
			lose(fmt.Errorf("the lease was lost: %w", err))
			return
		}
	}
}

// giveBack releases leases, also after an interrupt.
func (h Hold) giveBack(ctx context.Context, leaser store.Leaser, names []string) error {
	var errs []error
	for _, name := range names {
		if err := leaser.Release(context.WithoutCancel(ctx), name, h.Holder); err != nil {
			errs = append(errs, fmt.Errorf("give back the lease %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}
