package mirror

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"vulnmirror/store"
)

const (
	// leaseTerm is how long a machine that died keeps others from its work.
	leaseTerm = 2 * time.Minute
	// leaseRenewal leaves room for two renewals that fail.
	leaseRenewal = 30 * time.Second
	// leasePoll is how often a lease that somebody else has is asked for.
	leasePoll = 2 * time.Second
)

// errFinished ends the context of work whose locks were given back.
var errFinished = errors.New("the work that held the lock has ended")

// lock keeps every other run from working on a source: on this archive by the
// lock of its folder, and from other machines, where the store may be shared, by
// a lease. It waits for LockWait at most. The context ends when release is
// called or the lease is lost.
func (m *Mirror) lock(ctx context.Context, name string) (context.Context, func(), error) {
	ctx, release, err := m.Archive.Source(name).Lock(ctx, m.LockWait)
	if err != nil {
		return nil, nil, err
	}
	leaser, ok := m.Store.(store.Leaser)
	if !ok {
		return ctx, release, nil
	}
	leased, giveBack, err := m.lease(ctx, leaser, "source/"+name)
	if err != nil {
		release()
		return nil, nil, err
	}
	return leased, func() {
		giveBack()
		release()
	}, nil
}

func (m *Mirror) lease(ctx context.Context, leaser store.Leaser, name string) (context.Context, func(), error) {
	holder, err := m.holder()
	if err != nil {
		return nil, nil, err
	}
	if err := m.await(ctx, leaser, name, holder); err != nil {
		return nil, nil, fmt.Errorf("lease: %w", err)
	}
	leased, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		keep(leased, cancel, leaser, name, holder)
	}()
	return leased, func() {
		cancel(errFinished)
		<-ended
		// One that is not given back ends by itself.
		if err := leaser.Release(context.WithoutCancel(ctx), name, holder); err != nil {
			m.Log.Warn("a lease could not be given back; others wait until it ends", "lease", name, "error", err)
		}
	}, nil
}

// holder names this archive. Whoever holds its lock and finds a lease of this
// name is the successor of a run that died.
func (m *Mirror) holder() (string, error) {
	id, err := m.Archive.Identity()
	if err != nil {
		return "", err
	}
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("the name of this machine: %w", err)
	}
	return fmt.Sprintf("%s (data folder %s)", host, id), nil
}

// await takes a lease, waiting as long as for a lock.
func (m *Mirror) await(ctx context.Context, leaser store.Leaser, name, holder string) error {
	bound := time.NewTimer(m.LockWait)
	defer bound.Stop()
	poll := time.NewTicker(leasePoll)
	defer poll.Stop()
	wait := m.LockWait > 0
	for {
		err := leaser.Lease(ctx, name, holder, leaseTerm)
		if !errors.Is(err, store.ErrLeased) || !wait {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-bound.C:
			wait = false // one last try
		case <-poll.C:
		}
	}
}

// keep renews a lease until ctx ends. A lease that somebody else has by now, or
// that ended while it could not be renewed, ends ctx.
func keep(ctx context.Context, cancel context.CancelCauseFunc, leaser store.Leaser, name, holder string) {
	renewal := time.NewTicker(leaseRenewal)
	defer renewal.Stop()
	until := time.Now().Add(leaseTerm)
	for {
		select {
		case <-ctx.Done():
			return
		case <-renewal.C:
		}
		asked := time.Now()
		err := leaser.Lease(ctx, name, holder, leaseTerm)
		switch {
		case err == nil:
			until = asked.Add(leaseTerm)
		case errors.Is(err, store.ErrLeased) || time.Now().Add(leaseRenewal).After(until):
			cancel(fmt.Errorf("the lease was lost: %w", err))
			return
		}
	}
}
