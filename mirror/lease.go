package mirror

import (
	"context"

	"vulnmirror/store/lease"
)

// lock keeps every other run from working on a source: on this archive by the
// lock of its folder, and from other machines, where the store may be shared, by
// a lease. It waits for LockWait at most. The context ends when release is
// called or the lease is lost.
func (m *Mirror) lock(ctx context.Context, name string) (context.Context, func(), error) {
	ctx, release, err := m.Archive.Source(name).Lock(ctx, m.LockWait)
	if err != nil {
		return nil, nil, err
	}
	holder, err := m.holder()
	if err != nil {
		release()
		return nil, nil, err
	}
	hold := lease.Hold{
		Names: []string{lease.Source(name)}, Holder: holder, Wait: m.LockWait,
		Waiting: func(err error) { m.Log.Info("waiting for another machine", "source", name, "reason", err) },
	}
	leased, giveBack, err := hold.Take(ctx, m.Store)
	if err != nil {
		release()
		return nil, nil, err
	}
	return leased, func() {
		// One that is not given back ends by itself.
		if err := giveBack(); err != nil {
			m.Log.Warn("others wait until the lease ends", "error", err)
		}
		release()
	}, nil
}

// holder names this archive. Whoever holds its lock and finds a lease of this
// name is the successor of a run that died.
func (m *Mirror) holder() (string, error) {
	id, err := m.Archive.Identity()
	if err != nil {
		return "", err
	}
	return lease.Holder("data folder " + id)
}
