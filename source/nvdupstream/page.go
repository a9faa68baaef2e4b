package nvdupstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"strconv"
	"strings"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/vuln"
)

// Page fetches one page of an API answer into path, or reads it again when the
// run holds it already. It is believed when it is as full as its place in the
// total demands: a short page in the middle would lose records silently. It may
// be called side by side.
func (p *Pass) Page(ctx context.Context, path string, query url.Values, start int, mayBeEmpty bool) (Summary, error) {
	if held, ok := p.Held(path); ok {
		return p.reread(held)
	}
	var content Summary
	address := p.pageURL(query, start)
	result, err := p.Up.Download(ctx, fetch.Request{URL: address, Check: func(r io.Reader) (err error) {
		content, err = summarisePage(p.Format, r)
		if err != nil {
			return err
		}
		return content.fits(p.PageSize, start, mayBeEmpty)
	}}, p.Run.Part(path))
	if err != nil {
		// The first page is asked for alone, so that no other is under way.
		if limit := pageLimit(err); start == 0 && limit > 0 && limit < p.PageSize {
			p.PageSize = limit
			return p.Page(ctx, path, query, start, mayBeEmpty)
		}
		return Summary{}, p.quarantine(path, err)
	}
	made, err := vuln.ParseTime(content.Header.Timestamp)
	if err != nil {
		made = result.Date
	}
	_, err = p.Run.Put(archive.File{
		Path: path, URL: address, Encoding: result.Encoding,
		ContentBytes: result.ContentBytes, ContentSHA256: result.ContentSHA256, WireSHA256: result.WireSHA256,
		AsOf: made,
	})
	content.Made = made
	return content, err
}

// pageLimit reads the largest page out of a refusal of a larger one, 0 out of any
// other error: NVD has lowered its limits before.
func pageLimit(err error) int {
	var status *fetch.StatusError
	if !errors.As(err, &status) {
		return 0
	}
	rest, ok := strings.CutPrefix(status.Message, "resultsPerPage parameter cannot exceed ")
	limit, err := strconv.Atoi(strings.TrimSuffix(rest, "."))
	if !ok || err != nil {
		return 0
	}
	return limit
}

func (p *Pass) pageURL(query url.Values, start int) string {
	q := maps.Clone(query)
	if q == nil {
		q = make(url.Values)
	}
	q.Set("resultsPerPage", strconv.Itoa(p.PageSize))
	q.Set("startIndex", strconv.Itoa(start))
	return p.Endpoint + "?" + q.Encode()
}

// Held finds a page this run has, or an earlier run of the same full load.
func (p *Pass) Held(path string) (archive.File, bool) {
	if f, ok := p.Run.Received(path); ok {
		return f, true
	}
	f, ok := p.Run.Current(path)
	return f, ok && !p.State.Loading.IsZero() && !f.Fetched.Before(p.State.Loading)
}

func (p *Pass) reread(held archive.File) (Summary, error) {
	content, err := p.Run.Open(held)
	if err != nil {
		return Summary{}, err
	}
	defer content.Close()
	s, err := summarisePage(p.Format, content)
	if err != nil {
		return s, fmt.Errorf("%s in the archive: %w", held.Filename, err)
	}
	s.Made = held.AsOf
	return s, nil
}

// fits checks a page's place in the whole answer.
func (s Summary) fits(pageSize, start int, mayBeEmpty bool) error {
	total := s.Header.TotalResults
	want := min(pageSize, max(0, total-start))
	switch {
	case s.Header.StartIndex != start:
		return fmt.Errorf("it begins at record %d, asked for %d", s.Header.StartIndex, start)
	case s.Records != want:
		return fmt.Errorf("it holds %d records, %d of %d are due at %d", s.Records, want, total, start)
	case total == 0 && !mayBeEmpty:
		return errors.New("it is empty, and records are known to be there")
	}
	return nil
}
