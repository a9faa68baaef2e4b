package transfer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"vulnmirror/store"
)

// Lease is the name of the lease that a copy has on its target.
const Lease = "copy"

// Term is how long a lease lasts unless it is renewed: so long does the next
// copy wait after one that was killed.
const Term = time.Minute

// Hold takes a lease of a store that several machines may share and renews it
// until release is called. The context returned ends when the lease is lost, with
// the reason as its cause. Stores without leases are held at once. When somebody
// else has the lease, the error is a *store.LeasedError.
func Hold(ctx context.Context, st store.Store, name, holder string) (held context.Context, release func() error, err error) {
	leaser, ok := st.(store.Leaser)
	if !ok {
		return ctx, func() error { return nil }, nil
	}
	if err := leaser.Lease(ctx, name, holder, Term); err != nil {
		return nil, nil, fmt.Errorf("take the lease of the target: %w", err)
	}
	held, cancel := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { renew(held, cancel, leaser, name, holder) })
	return held, func() error {
		cancel(context.Canceled)
		renewing.Wait()
		// The lease is given back also after an interrupt.
		return leaser.Release(context.WithoutCancel(ctx), name, holder)
	}, nil
}

// renew keeps a lease until ctx ends. A server that cannot be asked for a while
// is asked again as long as the lease may still be there.
func renew(ctx context.Context, lose context.CancelCauseFunc, leaser store.Leaser, name, holder string) {
	ticker := time.NewTicker(Term / 4)
	defer ticker.Stop()
	renewed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		asked := time.Now()
		err := leaser.Lease(ctx, name, holder, Term)
		switch {
		case err == nil:
			renewed = asked
		case errors.Is(err, store.ErrLeased) || time.Since(renewed) >= Term-Term/4:
			lose(fmt.Errorf("the lease of the target is lost: %w", err))
			return
		}
	}
}
