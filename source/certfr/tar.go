package certfr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"vulnmirror/fetch"
	format "vulnmirror/format/certfr"
	"vulnmirror/source/documents"
)

// smallest is the size below which an archive is no archive but an error page.
const smallest = 2000

// contents is what the archive of a year holds: days of last revision, as
// YYYY-MM-DD, by identifier. It is kept beside the archive.
type contents struct {
	Archive   string            `json:"archive"` // archive.File.Filename
	Documents map[string]string `json:"documents"`
}

// has tells whether the archive has the document as the index says it is now.
func (c contents) has(e format.Entry) bool {
	day, ok := c.Documents[e.ID]
	return ok && (e.Time().IsZero() || day == e.Time().Format(time.DateOnly))
}

func tarPath(year int) string      { return "tar/" + strconv.Itoa(year) + ".tar" }
func contentsPath(year int) string { return "contents/" + strconv.Itoa(year) + ".json" }

// yearOf returns the year in a normalised identifier, 0 if there is none.
func yearOf(id string) int {
	_, rest, _ := strings.Cut(id, "-")
	text, _, _ := strings.Cut(rest, "-")
	year, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return year
}

// seed takes in the archives of the years that the operator named, where
// something of them is not held, and returns what is still due.
func (p *pass) seed(ctx context.Context, due []wanted) ([]wanted, error) {
	for _, year := range p.Years {
		if !slices.ContainsFunc(due, func(w wanted) bool { return !w.held && yearOf(w.ID) == year }) {
			continue
		}
		err := p.archive(ctx, year)
		if errors.As(err, new(*documents.Unavailable)) {
			p.notes = append(p.notes, fmt.Sprintf("the archive of %d could not be had, its documents were asked for one by one: %v", year, err))
			continue
		}
		if err != nil {
			return nil, err
		}
		due = slices.DeleteFunc(due, func(w wanted) bool { return !w.held && p.contents[year].has(w.Entry) })
	}
	return due, nil
}

// archive makes sure that the archive of a year is held, and learns what is in
// it.
func (p *pass) archive(ctx context.Context, year int) error {
	if _, known := p.contents[year]; known {
		return nil
	}
	var c contents
	if f, ok := p.Run.Current(contentsPath(year)); ok {
		if err := p.Read(f, &c); err != nil {
			return err
		}
		p.contents[year] = c
		return nil
	}
	url := p.Up.At(yearly, "year", strconv.Itoa(year))
	f, err := p.Get(ctx, documents.Document{Path: tarPath(year), URL: url, Check: func(r io.Reader) (err error) {
		_, err = readContents(r)
		return err
	}})
	if err != nil {
		return fmt.Errorf("archive of %d: %w", year, err)
	}
	content, err := p.Run.Open(f)
	if err != nil {
		return err
	}
	defer content.Close()
	if c.Documents, err = readContents(content); err != nil {
		return fmt.Errorf("%s in the archive: %w", f.Filename, err)
	}
	c.Archive = f.Filename
	if _, err := p.Write(contentsPath(year), url, f.AsOf, c); err != nil {
		return err
	}
	p.contents[year] = c
	return nil
}

// readContents lists the documents in an archive. One that has none is refused.
func readContents(r io.Reader) (map[string]string, error) {
	sized := &sizing{r: r}
	reader := format.NewArchiveReader(sized)
	out := make(map[string]string)
	for {
		body, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.As(err, new(*format.RecordError)) {
			continue
		}
		if err != nil {
			return nil, err
		}
		record, err := format.Decode(body)
		if err == nil {
			out[record.ID] = record.Modified.Format(time.DateOnly)
		}
	}
	if sized.n < smallest || len(out) == 0 {
		return nil, fmt.Errorf("an archive of %d bytes with %d documents", sized.n, len(out))
	}
	return out, nil
}

// sizing knows how many bytes were read.
type sizing struct {
	r io.Reader
	n int64
}

func (s *sizing) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.n += int64(n)
	return n, err
}

// standIn looks for documents that could not be had in the archives of their
// years, names those that are not there either, and tells whether there are
// none.
func (p *pass) standIn(ctx context.Context, due []wanted, failed map[int]error) (bool, error) {
	had := true
	for i, w := range due {
		reason := failed[i]
		if reason == nil {
			continue
		}
		year := yearOf(w.ID)
		if !w.held {
			err := p.tried(ctx, year)
			if err != nil {
				return false, err
			}
			if p.contents[year].has(w.Entry) {
				p.notes = append(p.notes, fmt.Sprintf("taken from the archive of %d, since %v", year, reason))
				continue
			}
		}
		had = false
		p.Miss(reason)
	}
	return had, nil
}

// tried takes in the archive of a year, if it can be had; it is asked for once,
// and no more are after a failure that may be of the whole site.
func (p *pass) tried(ctx context.Context, year int) error {
	if p.down {
		return nil
	}
	err := p.archive(ctx, year)
	var none *documents.Unavailable
	if errors.As(err, &none) {
		p.contents[year] = contents{}
		p.down = !none.Alone
		p.Miss(err)
		return nil
	}
	return err
}

// unlisted goes on without the index of a section. Where upstream has none at
// all, and never had one for this mirror, the archives of all years stand in.
func (p *pass) unlisted(ctx context.Context, section string, reason error) error {
	if err := p.Tolerate(reason); err != nil {
		return err
	}
	var status *fetch.StatusError
	gone := errors.As(reason, &status) && (status.Status == http.StatusNotFound || status.Status == http.StatusGone)
	if section != "avis" || !gone || p.lists[section] != nil {
		return nil
	}
	for year := firstYear; year <= p.Now().UTC().Year(); year++ {
		if err := p.tried(ctx, year); err != nil {
			return err
		}
	}
	return nil
}
