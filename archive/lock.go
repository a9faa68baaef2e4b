package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// lockPoll is how often a lock that another holds is tried again.
const lockPoll = 100 * time.Millisecond

// ErrLocked is wrapped by the error of Lock when another run kept the lock.
var ErrLocked = errors.New("locked by another run")

// errReleased is the cause of a lock's context being done.
var errReleased = errors.New("the lock was released")

// Holder says who holds a lock. The lock file has it as JSON.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

func (h Holder) String() string {
	if h.PID == 0 {
		return "an unknown process"
	}
	return fmt.Sprintf("process %d on %s since %s", h.PID, h.Host, h.Since.Format(time.RFC3339))
}

// Lock takes the source for one run: no other process, and no other Lock in this
// one, gets it before it is released. It waits that long at most (0: not at
// all) and then fails with an error that wraps ErrLocked and says who holds it.
// The context returned ends when the lock is released. The operating system
// releases it if the process dies.
func (t *Tree) Lock(ctx context.Context, wait time.Duration) (context.Context, func(), error) {
	if err := makeDir(t.dir); err != nil {
		return nil, nil, fmt.Errorf("lock %s: %w", t.name, err)
	}
	l := flock.New(t.lockPath(), flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o644))
	if err := t.await(ctx, l, wait); err != nil {
		return nil, nil, fmt.Errorf("lock %s: %w", t.name, err)
	}
	t.sign()
	locked, cancel := context.WithCancelCause(ctx)
	release := sync.OnceFunc(func() {
		cancel(errReleased)
		// Closing the file, which is all this does, releases the lock even if it
		// reports an error.
		_ = l.Unlock()
	})
	return locked, release, nil
}

// await polls for l until it is taken, wait is over, or ctx ends.
func (t *Tree) await(ctx context.Context, l *flock.Flock, wait time.Duration) error {
	bound := time.NewTimer(wait)
	defer bound.Stop()
	poll := time.NewTicker(lockPoll)
	defer poll.Stop()
	for {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if ok, err := l.TryLock(); ok || err != nil {
			return err
		}
		if wait <= 0 {
			return t.lockedError()
		}
		select {
		case <-ctx.Done():
		case <-bound.C:
			wait = 0 // one last try
		case <-poll.C:
		}
	}
}

func (t *Tree) lockedError() error {
	return fmt.Errorf("%s: %w: %v", t.lockPath(), ErrLocked, t.holder())
}

// sign writes who holds the lock into the lock file. It only informs, so a
// system that lets nobody write a locked file does without.
func (t *Tree) sign() {
	host, _ := os.Hostname() // unknown is as good as empty here
	data, err := json.Marshal(Holder{PID: os.Getpid(), Host: host, Since: time.Now().UTC().Truncate(time.Second)})
	if err == nil {
		_ = os.WriteFile(t.lockPath(), append(data, '\n'), 0o644)
	}
}

// holder reads who signed the lock file last; the zero Holder if that cannot be
// read.
func (t *Tree) holder() (h Holder) {
	data, err := os.ReadFile(t.lockPath())
	if err != nil || json.Unmarshal(data, &h) != nil {
		return Holder{}
	}
	return h
}

// Holder reports whether the source is locked, and by whom. It changes nothing
// and waits for nobody.
func (t *Tree) Holder() (Holder, bool) {
	l := flock.New(t.lockPath(), flock.SetFlag(os.O_RDONLY))
	free, err := l.TryRLock()
	if err != nil { // no lock file: nobody ever worked here
		return Holder{}, false
	}
	if free {
		_ = l.Unlock() // closing a file opened for reading
		return Holder{}, false
	}
	return t.holder(), true
}
