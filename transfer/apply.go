package transfer

import (
	"context"
	"errors"
	"fmt"

	"vulnmirror/progress"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// errOther says that a body is of another record than the one that has it.
var errOther = errors.New("its body is of another record")

// decode reads the facts of batches anew.
func (c *copier) decode(ctx context.Context, read func(vuln.Record) (vuln.Record, error), in <-chan step, out chan<- step) error {
	for s := range in {
		if s.batch != nil {
			for i := range s.batch.Records {
				c.facts(&s.batch.Records[i], read)
			}
		}
		if err := send(ctx, out, s); err != nil {
			return err
		}
	}
	return nil
}

// facts completes a record. One that cannot be read is copied as it is: a body
// that was once taken in must not be lost for that.
func (c *copier) facts(r *vuln.Record, read func(vuln.Record) (vuln.Record, error)) {
	again, err := read(*r)
	if err != nil {
		if c.report.Unread++; len(c.report.FirstUnread) < unreadKept {
			c.report.FirstUnread = append(c.report.FirstUnread, fmt.Sprintf("%s: %v", r.ID, err))
		}
		return
	}
	r.Title, r.Facts, r.Text = again.Title, again.Facts, again.Text
}

// prepare does the target's own work on batches while the one before is applied.
func prepare(ctx context.Context, to store.Store, in <-chan step, out chan<- step) error {
	preparer, ok := to.(store.Preparer)
	for s := range in {
		if ok && s.batch != nil {
			if err := preparer.Prepare(s.batch); err != nil {
				return fmt.Errorf("%s: %w", s.batch.Origin.Filename, err)
			}
		}
		if err := send(ctx, out, s); err != nil {
			return err
		}
	}
	return nil
}

// apply carries out steps in their order.
func apply(ctx context.Context, to store.Writer, in <-chan step, copied *Copied, task progress.Task) error {
	for s := range in {
		switch {
		case s.batch != nil:
			o, err := to.Apply(ctx, s.batch)
			if err != nil {
				return fmt.Errorf("write to the target: %w", err)
			}
			copied.Versions += o.Added + o.Changed
			copied.Older += o.Older
		case s.withdraw != nil:
			n, err := to.Withdraw(ctx, *s.withdraw)
			if err != nil {
				return fmt.Errorf("write to the target: %w", err)
			}
			copied.Withdrawn += n
		}
		copied.Records += s.read
		task.Advance(int64(s.read))
	}
	return nil
}

// origins marks the files as ingested that the source has marked.
func (c *copier) origins(ctx context.Context) error {
	wanted, err := c.from.origins(ctx)
	if err != nil {
		return err
	}
	held, err := c.target.origins(ctx)
	if err != nil {
		return err
	}
	type file struct{ source, filename, sha256 string }
	has := make(map[file]bool, len(held))
	for _, o := range held {
		has[file{o.Source, o.Filename, o.SHA256}] = true
	}
	for _, o := range wanted {
		if has[file{o.Source, o.Filename, o.SHA256}] {
			continue
		}
		if _, err := c.to.Apply(ctx, &store.Batch{Origin: o, Last: true}); err != nil {
			return fmt.Errorf("write to the target: %w", err)
		}
		c.report.Files++
	}
	return nil
}

// states brings over the states of sources, but for those of which the target
// has a later one.
func (c *copier) states(ctx context.Context) error {
	wanted, err := c.from.states(ctx)
	if err != nil {
		return err
	}
	held, err := c.target.states(ctx)
	if err != nil {
		return err
	}
	has := make(map[string]store.SourceState, len(held))
	for _, s := range held {
		has[s.Source] = s
	}
	for _, s := range wanted {
		if old, ok := has[s.Source]; ok && (stateSum(&s) == stateSum(&old) || ended(old).After(ended(s))) {
			continue
		}
		if err := c.to.SetSource(ctx, s); err != nil {
			return fmt.Errorf("write to the target: %w", err)
		}
		c.report.States++
	}
	return nil
}
