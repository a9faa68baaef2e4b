package certcc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"vulnmirror/archive"
	format "vulnmirror/format/certcc"
	"vulnmirror/source/documents"
)

// sweep reads the notes of all months. The numbers of each year tell which
// months are worth asking for, and that no note is missing.
func (p *pass) sweep(ctx context.Context) error {
	if err := p.Run.Note("sweep", true); err != nil {
		return err
	}
	if err := p.look(ctx); err != nil {
		return err
	}
	now := p.Now().UTC()
	listed := make(map[int][]string)
	var months []time.Time
	for year := firstYear; year <= now.Year(); year++ {
		ids, err := p.year(ctx, year)
		if err := p.Tolerate(err); err != nil {
			return err
		}
		if err == nil {
			listed[year] = ids
		}
		for m := time.January; m <= time.December && (err != nil || len(ids) > 0); m++ {
			if at := time.Date(year, m, 1, 0, 0, 0, 0, time.UTC); !at.After(now) {
				months = append(months, at)
			}
		}
	}
	seen := make(map[string]bool)
	if len(listed) == 0 {
		there, err := p.anyMonth(ctx, months[max(0, len(months)-3):], seen)
		if err != nil || !there {
			return err // the years are named as missing
		}
	}
	failed, err := p.Each(ctx, "months of CERT/CC", together, len(months), func(ctx context.Context, i int) error {
		return p.month(ctx, months[i], seen)
	})
	if err != nil {
		return err
	}
	whole := len(listed) == now.Year()-firstYear+1
	for i, at := range months {
		if failed[i] == nil {
			continue
		}
		if _, known := listed[at.Year()]; known {
			p.notes = append(p.notes, "notes were asked for one by one, since "+failed[i].Error())
			continue
		}
		whole = false
		p.Miss(failed[i])
	}
	ids, unlisted := p.left(listed, seen)
	all, err := p.single(ctx, ids, unlisted)
	if err != nil {
		return err
	}
	if whole && all {
		p.state.Swept, p.state.Looked = p.made, p.made
	}
	p.refresh()
	return nil
}

// anyMonth tells whether upstream has one of these months. Where it has no year and
// none of the last months, it is not worth asking for hundreds.
func (p *pass) anyMonth(ctx context.Context, months []time.Time, seen map[string]bool) (bool, error) {
	for _, at := range months {
		err := p.month(ctx, at, seen)
		if err == nil {
			return true, nil
		}
		if !errors.As(err, new(*documents.Unavailable)) {
			return false, err
		}
	}
	return false, nil
}

// look remembers the first page of the list of updates, unless that was found to
// be of no use. A sweep does without it.
func (p *pass) look(ctx context.Context) error {
	if len(p.notes) > 0 {
		return nil
	}
	p.state.Page = ""
	rows, _, err := p.page(ctx, 1)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		p.notes = append(p.notes, err.Error())
		return nil
	}
	p.state.Page = pageDigest(rows)
	return nil
}

// left are the notes that no month had: those listed, and those held that are not
// listed any more, where a year's numbers are known.
func (p *pass) left(listed map[int][]string, seen map[string]bool) (ids []string, unlisted map[string]bool) {
	all := make(map[string]bool)
	for _, numbers := range listed {
		for _, id := range numbers {
			all[id] = true
		}
	}
	unlisted = make(map[string]bool)
	for year := range listed {
		for _, id := range p.lists.of(year) {
			unlisted[id] = !all[id]
			all[id] = true
		}
	}
	for id := range all {
		if !seen[id] {
			ids = append(ids, id)
		}
	}
	return ids, unlisted
}

// refresh makes what is said elsewhere of the notes of the last year due again:
// vendors answer late.
func (p *pass) refresh() {
	since := p.made.AddDate(-1, 0, 0).Format(monthLayout)
	for name, l := range p.lists.byMonth {
		for _, e := range l.Notes {
			if name >= since && !e.Old && e.Answered != "" {
				e.Answered = ""
			}
		}
	}
}

// year asks for the numbers of the notes first published in a year. They are
// taken into the run when they are not those held.
func (p *pass) year(ctx context.Context, year int) ([]string, error) {
	if f, ok := p.Run.Received(yearPath(year)); ok {
		return p.yearHeld(year, f)
	}
	var ids []string
	d := documents.Document{
		Path: yearPath(year), URL: p.Up.At(summary, "year", strconv.Itoa(year)),
		Check: func(r io.Reader) (err error) {
			if ids, err = format.ParseSummary(r); err != nil {
				return err
			}
			return shrunk(p.lists.of(year), ids)
		},
	}
	result, err := p.Download(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("notes of %d: %w", year, err)
	}
	p.answeredAt(result.Date)
	if p.known(year, ids) {
		return ids, nil
	}
	_, err = p.Take(d, result)
	return ids, err
}

func (p *pass) yearHeld(year int, f archive.File) ([]string, error) {
	content, err := p.Run.Open(f)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	ids, err := format.ParseSummary(content)
	if err != nil {
		return nil, fmt.Errorf("%s in the archive: %w", f.Filename, err)
	}
	p.answeredAt(f.AsOf)
	p.known(year, ids)
	return ids, nil
}

// known tells whether a year's numbers are those of last time, and remembers
// those of this year and the last.
func (p *pass) known(year int, ids []string) bool {
	digest := digestOf(ids)
	if p.state.Years[year] == digest {
		return true
	}
	maps.DeleteFunc(p.state.Years, func(y int, _ string) bool { return y < p.Now().UTC().Year()-1 })
	if year >= p.Now().UTC().Year()-1 {
		p.state.Years[year] = digest
	}
	return false
}

func digestOf(words []string) string {
	sum := sha256.Sum256([]byte(strings.Join(slices.Sorted(slices.Values(words)), "\n")))
	return hex.EncodeToString(sum[:16])
}

// shrunk says why a year's numbers are not believed: they lack more than a tenth
// of the notes held, and more than two.
func shrunk(held, ids []string) error {
	lost := 0
	for _, id := range held {
		if !slices.Contains(ids, id) {
			lost++
		}
	}
	if lost > max(2, len(held)/10) {
		return fmt.Errorf("it lacks %d of the %d notes held", lost, len(held))
	}
	return nil
}

func (p *pass) monthURL(at time.Time) string {
	return p.Up.At(month, "year", strconv.Itoa(at.Year()), "month", strconv.Itoa(int(at.Month())))
}

// month takes the notes of a month into the run, and adds them to seen.
func (p *pass) month(ctx context.Context, at time.Time, seen map[string]bool) error {
	name := at.Format(monthLayout)
	f, err := p.Get(ctx, documents.Document{Path: monthPath(name), URL: p.monthURL(at), Check: func(r io.Reader) error {
		_, err := monthOf(r)
		return err
	}})
	if err != nil {
		return fmt.Errorf("notes of %s: %w", name, err)
	}
	found, err := p.read(f)
	if err != nil {
		return err
	}
	p.answeredAt(f.AsOf)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range found {
		p.lists.set(name, f.Filename, n)
		seen[n.id] = true
	}
	return nil
}
