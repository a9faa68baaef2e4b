package certcc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	format "vulnmirror/format/certcc"
	"vulnmirror/format/jsonlist"
	"vulnmirror/source/documents"
)

// answer takes one of upstream's answers about a note into the run. That it has
// none comes with status 200; it is not worth asking twice at once.
func (p *pass) answer(ctx context.Context, d documents.Document, prove func([]byte) error) (archive.File, error) {
	if f, ok := p.Run.Received(d.Path); ok {
		return f, nil
	}
	none := false
	d.Check = func(r io.Reader) error {
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if _, none = jsonlist.Failure(data); none {
			return nil
		}
		return prove(data)
	}
	result, err := p.Download(ctx, d)
	if err != nil {
		return archive.File{}, err
	}
	if none {
		return archive.File{}, p.Refuse(d, errNone)
	}
	return p.Take(d, result)
}

// answers asks for what is said elsewhere of notes that changed since that was
// asked for last.
func (p *pass) answers(ctx context.Context) error {
	var due []string
	for id := range p.lists.at {
		if e := p.lists.find(id); e.Answered != e.Hash {
			due = append(due, id)
		}
	}
	slices.SortFunc(due, func(a, b string) int {
		return cmp.Or(p.lists.find(b).Updated.Compare(p.lists.find(a).Updated), cmp.Compare(a, b))
	})
	now := due
	// What takes the place of all that is held has to be whole.
	if len(due) > p.perRun && !p.Run.IsAnew() {
		now = due[:p.perRun]
	}
	failed, err := p.Each(ctx, "vendors of CERT/CC's notes", together, len(now), func(ctx context.Context, i int) error {
		return p.rest(ctx, now[i])
	})
	if err != nil {
		return err
	}
	for i := range now {
		if failed[i] != nil {
			p.Miss(failed[i])
		}
	}
	p.state.Due = len(due) - len(now) + len(failed)
	return nil
}

// rest asks for what is said elsewhere of a note.
func (p *pass) rest(ctx context.Context, id string) error {
	p.mu.Lock()
	before := *p.lists.find(id)
	p.mu.Unlock()
	after := before
	for _, a := range []struct {
		at           fetch.Location
		file, member string
		into         *string
	}{
		{vendors, "vendors", format.Vendors, &after.Vendors},
		{vuls, "vuls", format.Vulnerabilities, &after.Vuls},
		{statuses, "vendors-vuls", format.Statuses, &after.Statuses},
	} {
		if before.Old && a.member != format.Vendors {
			continue
		}
		f, err := p.answer(ctx, documents.Document{
			Path: notePath(id, a.file), URL: p.Up.At(a.at, "id", number(id)),
		}, func(data []byte) error { return anAnswer(data, a.member) })
		if err != nil {
			return fmt.Errorf("%s of %s: %w", a.file, id, err)
		}
		*a.into = f.Filename
	}
	after.Answered = after.Hash
	p.mu.Lock()
	defer p.mu.Unlock()
	if after != before {
		*p.lists.find(id) = after
		p.lists.changed[p.lists.at[id]] = true
	}
	return nil
}

// anAnswer proves what is said elsewhere of a note: it can be attached to one.
func anAnswer(data []byte, member string) error {
	_, err := format.Attach([]byte(`{"vuid":"VU#10031"}`), member, data)
	if err == nil && len(data) == 0 {
		err = errors.New("empty")
	}
	return err
}
