package msrc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/format/msrc"
	"vulnmirror/source"
)

const (
	indexName  = "updates" // begins the paths of the index's pages in the archive
	indexPages = 100       // more are no index
	indexLimit = 16 << 20  // bytes of a page
)

// usable are identifiers that can be part of an address and of a file's name.
var usable = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// list is what the index says.
type list struct {
	documents []msrc.Document // each once
	faults    []error         // lines that say nothing usable
}

// readIndex reads all pages of the index. page gets the content of one by its
// address and number, from 1.
func readIndex(first string, page func(address string, number int) (io.ReadCloser, error)) (list, error) {
	var l list
	address := first
	for number := 1; address != ""; number++ {
		if number > indexPages {
			return l, fmt.Errorf("%w: the index goes on after %d pages", source.ErrRefused, indexPages)
		}
		content, err := page(address, number)
		if err != nil {
			return l, err
		}
		more, err := l.page(content)
		if err = errors.Join(err, content.Close()); err != nil {
			return l, fmt.Errorf("%s: %w: %w", address, source.ErrRefused, err)
		}
		if address, err = follow(address, more); err != nil {
			return l, err
		}
	}
	if len(l.documents) == 0 {
		return l, fmt.Errorf("%s: %w: the index names no document", first, source.ErrRefused)
	}
	return l, nil
}

// page adds a page's lines and returns where the index goes on, as spelled.
func (l *list) page(content io.Reader) (more string, err error) {
	x := msrc.NewIndex(content)
	for {
		line, err := x.Next()
		var single *msrc.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return x.More(), nil
		case errors.As(err, &single):
			l.faults = append(l.faults, fmt.Errorf("index: %w: %w", source.ErrRefused, err))
		case err != nil:
			return "", err
		case !usable.MatchString(line.ID):
			l.faults = append(l.faults, fmt.Errorf("index: %w: %q is no document's identifier", source.ErrRefused, line.ID))
		case l.find(line.ID) == nil:
			l.documents = append(l.documents, line)
		}
	}
}

// find returns the line of a document, by identifier or alias in any case.
func (l *list) find(id string) *msrc.Document {
	i := slices.IndexFunc(l.documents, func(d msrc.Document) bool { return strings.EqualFold(d.ID, id) })
	if i < 0 {
		i = slices.IndexFunc(l.documents, func(d msrc.Document) bool { return strings.EqualFold(d.Alias, id) })
	}
	if i < 0 {
		return nil
	}
	return &l.documents[i]
}

// follow returns the address of the next page, "" when there is none. It is on
// the host that was asked, or on the one that operators may have replaced by it.
func follow(from, more string) (string, error) {
	if more == "" {
		return "", nil
	}
	base, err := url.Parse(from)
	if err != nil {
		return "", err
	}
	next, err := base.Parse(more)
	if err != nil {
		return "", fmt.Errorf("%w: the index goes on at %q: %w", source.ErrRefused, more, err)
	}
	if next.Host != base.Host && next.Host != Host || next.String() == from {
		return "", fmt.Errorf("%w: the index goes on at %s, which is not followed", source.ErrRefused, next)
	}
	return next.String(), nil
}

// proveIndex reads one page of the index to its end.
func proveIndex(r io.Reader) error {
	var l list
	_, err := l.page(r)
	return err
}

func asJSON() http.Header { return http.Header{"Accept": {"application/json"}} }

// index brings the index into the run, and reads it again when the run holds it
// already. One that is refused does not stay there.
func (p *pass) index(ctx context.Context) (list, error) {
	var pages []archive.File
	l, err := readIndex(p.up.At(updates), func(address string, number int) (io.ReadCloser, error) {
		name := indexName
		if number > 1 {
			name += "-" + strconv.Itoa(number)
		}
		file := archive.File{Path: name + ".json", URL: address}
		held, ok := p.run.Received(file.Path)
		if !ok {
			var err error
			if held, err = p.indexPage(ctx, file); err != nil {
				return nil, err
			}
		}
		if number == 1 {
			p.asked = held.AsOf
		}
		pages = append(pages, file)
		return p.run.Open(held)
	})
	if errors.Is(err, source.ErrRefused) {
		for _, page := range pages {
			err = errors.Join(err, p.run.QuarantineFile(page, err.Error()))
		}
	}
	return l, err
}

// indexPage fetches a page of the index. One that says what is held is not put
// into the run.
func (p *pass) indexPage(ctx context.Context, file archive.File) (archive.File, error) {
	result, err := p.up.Download(ctx, fetch.Request{URL: file.URL, Header: asJSON(), Check: proveIndex}, p.run.Part(file.Path))
	if err != nil {
		return file, p.quarantine(file, err)
	}
	file = received(file, result)
	if held, ok := p.run.Current(file.Path); ok && held.ContentSHA256 == file.ContentSHA256 {
		held.AsOf = file.AsOf
		return held, nil
	}
	return p.run.Put(file)
}

// received completes what the archive is to know of a body.
func received(file archive.File, result fetch.Result) archive.File {
	file.Encoding = result.Encoding
	file.ContentBytes, file.ContentSHA256, file.WireSHA256 = result.ContentBytes, result.ContentSHA256, result.WireSHA256
	file.ETag, file.LastModified = result.ETag, result.LastModified
	file.AsOf = result.Date.Truncate(time.Second)
	return file
}

// Changed tells by the index alone whether documents are to be fetched. A change
// that shows in a document only, under the same date, it does not see.
func (s *Source) Changed(ctx context.Context, up *fetch.Client, last source.Cursor) (bool, error) {
	held, err := readState(last)
	if err != nil {
		return false, err
	}
	l, err := readIndex(up.At(updates), func(address string, _ int) (io.ReadCloser, error) {
		data, _, err := up.Read(ctx, fetch.Request{URL: address, Header: asJSON(), Check: proveIndex}, indexLimit)
		return io.NopCloser(bytes.NewReader(data)), err
	})
	if err != nil {
		return false, err
	}
	due := slices.ContainsFunc(s.plan(l, held, last.Complete), func(w wanted) bool { return w.due })
	return due || !last.Complete, nil
}
