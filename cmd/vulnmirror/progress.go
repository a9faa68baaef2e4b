package main

import (
	"fmt"
	"io"
	"log/slog"
	"math"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"vulnmirror/progress"
)

// steps is the progress.Meter where no terminal watches: a log line when a task
// begins and one when it ends.
type steps struct {
	log *slog.Logger
	now func() time.Time
}

func (s *steps) Begin(name string, total int64, unit progress.Unit) progress.Task {
	attrs := []any{"step", name}
	if total > 0 {
		attrs = append(attrs, string(unit), total)
	}
	s.log.Info("begin", attrs...)
	return s.start(name, unit)
}

func (s *steps) start(name string, unit progress.Unit) *step {
	return &step{steps: s, name: name, unit: unit, began: s.now()}
}

type step struct {
	*steps
	name  string
	unit  progress.Unit
	began time.Time
	done  atomic.Int64
	once  sync.Once
}

func (s *step) Advance(n int64) { s.done.Add(n) }

func (s *step) SetTotal(int64) {}

func (s *step) End(err error) {
	s.once.Do(func() {
		seconds := math.Round(s.now().Sub(s.began).Seconds()*100) / 100
		attrs := []any{"step", s.name, string(s.unit), s.done.Load(), "seconds", seconds}
		if err != nil {
			s.log.Warn("failed", append(attrs, "error", err)...)
			return
		}
		s.log.Info("done", attrs...)
	})
}

// bars is the progress.Meter on a terminal: a bar for each task under way, and
// a log line when it ends. Log lines are written through it, so that they come
// out above the bars.
type bars struct {
	steps
	out io.Writer

	mu      sync.Mutex
	screen  *mpb.Progress // nil while no task is under way
	running int
}

func (b *bars) Begin(name string, total int64, unit progress.Unit) progress.Task {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.screen == nil {
		b.screen = mpb.New(mpb.WithOutput(b.out), mpb.WithAutoRefresh())
	}
	b.running++
	t := &barTask{step: b.start(name, unit), bars: b, bar: newBar(b.screen, name, unit)}
	t.SetTotal(total)
	return t
}

// newBar makes a bar that ends when it is told to, not when it is full: totals
// may still grow.
func newBar(screen *mpb.Progress, name string, unit progress.Unit) *mpb.Bar {
	const unknownTotal = 0
	return screen.New(unknownTotal, mpb.BarStyle(),
		mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR), counter(unit)),
		mpb.AppendDecorators(decor.Percentage(decor.WC{W: 5}), decor.AverageETA(decor.ET_STYLE_GO, decor.WC{W: 7})),
	)
}

// counter shows "done/total", or what is done while the total is unknown.
func counter(unit progress.Unit) decor.Decorator {
	spell := func(n int64) string { return strconv.FormatInt(n, 10) }
	if unit == progress.Bytes {
		spell = func(n int64) string { return fmt.Sprintf("% .1f", decor.SizeB1000(n)) }
	}
	return decor.Any(func(s decor.Statistics) string {
		if s.Total <= 0 {
			return spell(s.Current) + " "
		}
		return spell(s.Current) + "/" + spell(s.Total) + " "
	}, decor.WCSyncSpace)
}

// Write prints log lines.
func (b *bars) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.screen != nil {
		if n, err := b.screen.Write(line); err == nil {
			return n, nil
		}
	}
	return b.out.Write(line)
}

// ended takes the screen down with the last task, so that a result printed
// afterwards is not drawn over.
func (b *bars) ended() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running--; b.running == 0 {
		b.screen.Wait()
		b.screen = nil
	}
}

type barTask struct {
	*step
	bars *bars
	bar  *mpb.Bar
	once sync.Once
}

func (t *barTask) Advance(n int64) {
	t.step.Advance(n)
	t.bar.SetCurrent(max(0, t.done.Load()))
}

func (t *barTask) SetTotal(n int64) { t.bar.SetTotal(max(0, n), false) }

func (t *barTask) End(err error) {
	t.once.Do(func() {
		t.bar.Abort(true)
		t.step.End(err)
		t.bars.ended()
	})
}
