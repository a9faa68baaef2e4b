package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"vulnmirror/progress"
)

// screen is a place to write to from several goroutines.
type screen struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// ticking is a clock that is a second later each time it is asked.
func ticking() func() time.Time {
	now := time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

func TestStepsLogOneLineAtEachEnd(t *testing.T) {
	var out screen
	s := &steps{log: slog.New(newTerminalHandler(&out, slog.LevelInfo, false)), now: ticking()}
	task := s.Begin("nvd-cve 2002", 100, progress.Records)
	task.Advance(70)
	task.Advance(-20)
	task.Advance(50)
	task.End(nil)
	task.End(errors.New("ended twice"))
	s.Begin("nvd-cve 2003", 0, progress.Bytes).End(errors.New("no disk"))
	want := strings.Join([]string{
		`begin step="nvd-cve 2002" records=100`,
		`done step="nvd-cve 2002" records=100 seconds=1`,
		`begin step="nvd-cve 2003"`,
		`warning: failed step="nvd-cve 2003" bytes=0 seconds=1 error="no disk"`,
		"",
	}, "\n")
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestBarsLeaveTheScreenToLinesWhenDone(t *testing.T) {
	defer goleak.VerifyNone(t)
	var out screen
	b := &bars{out: &out}
	b.steps = steps{log: slog.New(newTerminalHandler(b, slog.LevelInfo, false)), now: time.Now}
	b.log.Info("before")

	var all sync.WaitGroup
	first := b.Begin("first", 10, progress.Pages)
	second := b.Begin("second", 0, progress.Bytes)
	for _, task := range []progress.Task{first, second} {
		all.Go(func() {
			for range 20 {
				task.Advance(1)
			}
			task.Advance(-5)
			task.SetTotal(15)
		})
	}
	all.Wait()
	b.log.Info("between")
	first.End(nil)
	first.End(nil)
	second.End(errors.New("cut short"))
	second.Advance(1)
	b.log.Info("after")

	third := b.Begin("third", 1, progress.Records)
	third.End(nil)

	text := out.String()
	for _, line := range []string{
		"before\n", "between\n", "done step=first pages=15 ", "warning: failed step=second bytes=15 ", "after\n", "done step=third records=0 ",
	} {
		if strings.Count(text, line) != 1 {
			t.Errorf("%q is there %d times in:\n%s", line, strings.Count(text, line), text)
		}
	}
	if strings.Contains(text, "begin") {
		t.Error("bars also log the beginning")
	}
	// Bars drawn are wiped: the cursor goes up over them and clears what is below.
	const wiped = "\x1b[J"
	for part := range strings.SplitSeq(text, "after\n") {
		if !strings.HasSuffix(part, "\n") && !strings.HasSuffix(part, wiped) || strings.HasSuffix(part, "%     0s\n") {
			t.Errorf("a bar is left after the last task:\n%q", part)
		}
	}
}
