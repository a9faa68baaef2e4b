package nvd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"vulnmirror/fetch"
	format "vulnmirror/format/nvd"
)

// pageLimit bounds the memory one page may take, in bytes of JSON.
const pageLimit = 1 << 30

// Error is an answer by which the server refused the request.
type Error struct {
	URL     string // what was asked for; never with the key
	Status  int    // of HTTP, e.g. 404, which is what the NVD says to a wrong parameter
	Message string // the server's reason; "" when it gave none

	cause error
}

func (e *Error) Error() string { return e.cause.Error() }

// Unwrap returns the *fetch.StatusError behind it.
func (e *Error) Unwrap() error { return e.cause }

// page reads one page and returns its records and the total it states.
func (l *listing) page(ctx context.Context, start int) (bodies [][]byte, total int, err error) {
	p := l.parameters.with(
		parameter{"resultsPerPage", strconv.Itoa(l.endpoint.page)},
		parameter{"startIndex", strconv.Itoa(start)},
	)
	request := fetch.Request{URL: l.client.base + l.endpoint.path + "?" + p.encode()}
	request.Check = func(r io.Reader) (err error) {
		bodies, total, err = l.split(r, start)
		return err
	}
	_, _, err = l.client.fetch.Read(ctx, request, pageLimit)
	if refused, ok := errors.AsType[*fetch.StatusError](err); ok {
		return nil, 0, &Error{URL: refused.URL, Status: refused.Status, Message: refused.Message, cause: err}
	}
	return bodies, total, err
}

// split takes a page apart and makes sure that it is as full as its place in
// the total demands: a short page in the middle would lose records silently.
func (l *listing) split(r io.Reader, start int) (bodies [][]byte, total int, err error) {
	doc := format.NewReader(r)
	for {
		body, err := doc.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		bodies = append(bodies, body)
	}
	head := doc.Header()
	total = head.TotalResults
	due := min(l.endpoint.page, max(0, total-start))
	switch {
	case doc.Format() != l.endpoint.format:
		return nil, 0, fmt.Errorf("it holds records of the format %s, expected %s", doc.Format(), l.endpoint.format)
	case head.StartIndex != start:
		return nil, 0, fmt.Errorf("it begins at record %d, asked for %d", head.StartIndex, start)
	case len(bodies) != due:
		return nil, 0, fmt.Errorf("it holds %d records, %d of %d are due at %d", len(bodies), due, total, start)
	}
	return bodies, total, nil
}
