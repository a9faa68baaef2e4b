package certcc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/source/documents"
)

// pass is one Fetch at work.
type pass struct {
	*documents.Pass
	*Source
	state state
	notes []string
	made  time.Time // upstream's clock when it first answered

	mu    sync.Mutex // guards lists while notes are asked for side by side
	lists lists
}

// Fetch puts what is new or was edited since last into run: all months at first
// and once a month, and else single notes.
func (s *Source) Fetch(ctx context.Context, up *fetch.Client, run *archive.Run, last source.Cursor) (source.Cursor, error) {
	st, err := readState(last)
	if err != nil {
		return last, err
	}
	p := &pass{Pass: documents.NewPass(up, run), Source: s, state: st}
	if err := p.all(ctx, st); err != nil {
		return last, err
	}
	next := last
	next.Complete = last.Complete || !p.state.Swept.IsZero() && len(p.state.Missing) == 0 && p.state.Due == 0
	next.Watermark = p.newest(last.Watermark)
	next.Notes = p.notes
	if next.State, err = json.Marshal(p.state); err != nil {
		return last, err
	}
	return p.Close(last, next, nil)
}

func (p *pass) all(ctx context.Context, before state) error {
	if err := p.load(); err != nil {
		return err
	}
	// A sweep that was begun is brought to its end, as months of it are received.
	begun, err := p.Run.Noted("sweep", new(bool))
	if err != nil {
		return err
	}
	if begun || p.sweepDue(before) {
		err = p.sweep(ctx)
	} else {
		err = p.daily(ctx, before)
	}
	if err != nil {
		return err
	}
	if err := p.answers(ctx); err != nil {
		return err
	}
	return p.write()
}

// newest is the latest edit held, never later than upstream's clock.
func (p *pass) newest(watermark time.Time) time.Time {
	for id := range p.lists.at {
		if t := p.lists.find(id).Updated; t.After(watermark) && !t.After(p.made) {
			watermark = t
		}
	}
	return watermark
}

// answeredAt learns upstream's time from an answer.
func (p *pass) answeredAt(t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.IsZero() {
		t = p.Run.Started()
	}
	if p.made.IsZero() {
		p.made = t
	}
}

// errNone is the reason for a note that upstream says it does not have.
var errNone = errors.New("upstream has no such note, or does not show it")

// most is how many missing notes are remembered one by one.
const most = 100

// single asks for single notes, and tells whether nothing is missing that cannot
// be remembered. Of those that are not listed any more, what upstream says it
// does not have is gone.
func (p *pass) single(ctx context.Context, ids []string, unlisted map[string]bool) (bool, error) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	failed, err := p.Each(ctx, "notes of CERT/CC", together, len(ids), func(ctx context.Context, i int) error {
		return p.one(ctx, ids[i])
	})
	if err != nil {
		return false, err
	}
	p.state.Missing = nil
	for i, id := range ids {
		switch {
		case failed[i] == nil:
		case unlisted[id] && errors.Is(failed[i], errNone):
			p.lists.remove(id)
		case errors.Is(failed[i], errNone) && p.lists.find(id) == nil:
			p.Miss(failed[i]) // whatever lists it, does so again
		default:
			p.Miss(failed[i])
			p.state.Missing = append(p.state.Missing, id)
		}
	}
	all := len(p.state.Missing) <= most
	p.state.Missing = p.state.Missing[:min(most, len(p.state.Missing))]
	return all, nil
}

// one takes a single note into the run.
func (p *pass) one(ctx context.Context, id string) error {
	f, err := p.answer(ctx, documents.Document{
		Path: notePath(id, "note"), URL: p.Up.At(note, "id", number(id)),
	}, func(data []byte) error { _, err := oneNote(data, id); return err })
	if err != nil {
		return fmt.Errorf("%s: %w", id, err)
	}
	found, err := p.read(f)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lists.set(p.monthFor(found[0]), f.Filename, found[0])
	return nil
}

// monthFor is the month whose list a single note is put into.
func (p *pass) monthFor(n reading) string {
	if at, ok := p.lists.at[n.id]; ok {
		return at // as upstream groups it
	}
	months := monthsUntil(p.Now().UTC())
	name := n.published.Format(monthLayout)
	return min(max(name, months[0]), months[len(months)-1])
}
