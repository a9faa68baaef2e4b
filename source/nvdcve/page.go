package nvdcve

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/vuln"
)

// page fetches one page of an API answer into path, or reads it again when the
// run holds it already. It is believed when it is as full as its place in the
// total demands: a short page in the middle would lose records silently.
func (p *pass) page(ctx context.Context, path string, query url.Values, start int, mayBeEmpty bool) (summary, error) {
	if held, ok := p.held(path); ok {
		return p.reread(held)
	}
	q := url.Values{}
	for k, v := range query {
		q[k] = v
	}
	q.Set("resultsPerPage", strconv.Itoa(pageSize))
	q.Set("startIndex", strconv.Itoa(start))
	var content summary
	address := apiURL + "?" + q.Encode()
	result, err := p.up.Download(ctx, fetch.Request{URL: address, Check: func(r io.Reader) (err error) {
		content, err = summarise(r)
		if err != nil {
			return err
		}
		return content.fits(start, mayBeEmpty)
	}}, p.run.Part(path))
	if err != nil {
		return summary{}, p.quarantine(path, err)
	}
	made, err := vuln.ParseTime(content.header.Timestamp)
	if err != nil {
		made = result.Date
	}
	_, err = p.run.Put(archive.File{
		Path: path, URL: address, Encoding: result.Encoding,
		ContentBytes: result.ContentBytes, ContentSHA256: result.ContentSHA256, WireSHA256: result.WireSHA256,
		AsOf: made,
	})
	content.made = made
	return content, err
}

// held finds a page this run has, or an earlier run of the same full load.
func (p *pass) held(path string) (archive.File, bool) {
	if f, ok := p.run.Received(path); ok {
		return f, true
	}
	f, ok := p.run.Current(path)
	return f, ok && !p.state.Loading.IsZero() && !f.Fetched.Before(p.state.Loading)
}

func (p *pass) reread(held archive.File) (summary, error) {
	content, err := p.run.Open(held)
	if err != nil {
		return summary{}, err
	}
	defer content.Close()
	s, err := summarise(content)
	if err != nil {
		return s, fmt.Errorf("%s in the archive: %w", held.Filename, err)
	}
	s.made = held.AsOf
	return s, nil
}

// fits checks a page's place in the whole answer.
func (s summary) fits(start int, mayBeEmpty bool) error {
	total := s.header.TotalResults
	want := min(pageSize, max(0, total-start))
	switch {
	case s.header.StartIndex != start:
		return fmt.Errorf("it begins at record %d, asked for %d", s.header.StartIndex, start)
	case s.records != want:
		return fmt.Errorf("it holds %d records, %d of %d are due at %d", s.records, want, total, start)
	case total == 0 && !mayBeEmpty:
		return fmt.Errorf("it is empty, and records are known to be there")
	}
	return nil
}
