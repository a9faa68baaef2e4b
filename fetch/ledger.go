package fetch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// ledger is a file of the times at which requests to one host started, shared
// by all processes that use the same folder. It is what keeps the rolling
// window true across a restart. One time a line, RFC 3339 in UTC, all of equal
// length so that the file is rewritten in place by a single write: a process
// killed at any instant leaves whole lines.
type ledger struct{ path string }

const (
	ledgerTime = "2006-01-02T15:04:05.000000000Z"
	ledgerPoll = 5 * time.Millisecond // between tries for the lock
	ledgerMax  = maxRequests * (len(ledgerTime) + 1)
)

func newLedger(dir, host string) *ledger {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '-':
			return r
		}
		return '_'
	}, host)
	return &ledger{path: filepath.Join(dir, name+".times")}
}

// take writes a start at the present time into the file, or says how long to
// wait before asking again.
func (l *ledger) take(ctx context.Context, rate Rate) (wait time.Duration, err error) {
	lock := flock.New(l.path + ".lock")
	if _, err := lock.TryLockContext(ctx, ledgerPoll); err != nil {
		return 0, l.fail(err)
	}
	defer func() {
		if cerr := lock.Close(); err == nil && cerr != nil {
			err = l.fail(cerr)
		}
	}()
	// Wall clock: a monotonic reading means nothing to another process.
	now := time.Now().UTC().Round(0)
	text, err := os.ReadFile(l.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, l.fail(err)
	}
	sent := parseLedger(text, now)
	if wait := rate.delay(sent, now); wait > 0 {
		return wait, nil
	}
	return 0, l.write(rate.remember(sent, now))
}

func (l *ledger) write(sent []time.Time) error {
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return l.fail(err)
	}
	var text strings.Builder
	for _, t := range sent {
		text.WriteString(t.Format(ledgerTime))
		text.WriteByte('\n')
	}
	_, err = f.WriteAt([]byte(text.String()), 0)
	if err == nil {
		err = f.Truncate(int64(text.Len()))
	}
	return l.fail(errors.Join(err, f.Close()))
}

func (l *ledger) fail(err error) error {
	if err == nil {
		return nil
	}
	return &localError{fmt.Errorf("keeping send times in %s: %w", l.path, err)}
}

// parseLedger reads the times in ascending order. Lines that are none are
// skipped, and so are times after now: they were written before the clock was
// set back, and would block the host until it catches up.
func parseLedger(text []byte, now time.Time) []time.Time {
	if len(text) > ledgerMax {
		text = text[len(text)-ledgerMax:]
	}
	var sent []time.Time
	for line := range strings.Lines(string(text)) {
		t, err := time.Parse(ledgerTime, strings.TrimSpace(line))
		if err != nil || t.After(now) {
			continue
		}
		sent = append(sent, t)
	}
	slices.SortFunc(sent, time.Time.Compare)
	return sent
}
