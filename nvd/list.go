package nvd

import (
	"context"
	"crypto/sha256"
	"errors"
	"iter"
	"time"

	format "vulnmirror/format/nvd"
)

// Record is any of the views.
type Record interface {
	CVE | CPE | MatchCriteria | Source | Change
}

// ErrMoving says that the server's data changed faster than it could be read,
// so that records may be missing from what was yielded.
var ErrMoving = errors.New("the answer kept changing while it was read; ask again, or for shorter windows of time")

// rounds bounds how often an answer that moves is read again.
const rounds = 6

type query interface {
	requests(now time.Time) ([]parameters, error)
}

// list asks for everything a query selects, page by page.
func list[T Record](ctx context.Context, c *Client, e endpoint, q query, p Paging) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		requests, err := q.requests(c.now())
		if err != nil {
			yield(none, err)
			return
		}
		if p.PageSize > 0 {
			e.page = p.PageSize
		}
		for _, request := range requests {
			l := listing{
				client: c, endpoint: e, parameters: request,
				yielded: make(map[[16]byte]int64), pages: make(map[int]int),
			}
			for body, err := range l.all(ctx) {
				record := none
				if err == nil {
					record, err = view[T](body)
				}
				if !yield(record, err) || err != nil {
					return
				}
			}
		}
	}
}

func view[T Record](body []byte) (T, error) {
	o, err := newObject(body)
	return T(struct{ object }{o}), err
}

// listing is one question whose answer may take many pages. Pages are counted
// from the beginning of an order in which records come and go meanwhile, so one
// that moves up over a page's edge would be missed: pages are read again until
// they agree with each other.
type listing struct {
	client     *Client
	endpoint   endpoint
	parameters parameters

	yielded map[[16]byte]int64 // identifier, hashed -> modification time
	pages   map[int]int        // start of each page read -> total it stated
	total   int                // stated by the page read last
	stopped bool               // by whoever gets the records
}

// all yields every record, until it is certain that none is missing.
func (l *listing) all(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for range rounds {
			err := l.round(ctx, yield)
			if err != nil && !l.stopped {
				yield(nil, err)
			}
			if err != nil || l.stopped || l.proven() {
				return
			}
			l.forget()
		}
		yield(nil, ErrMoving)
	}
}

// round reads every page that is due and yields what is news.
func (l *listing) round(ctx context.Context, yield func([]byte, error) bool) error {
	for start := 0; start == 0 || start < l.total; start += l.endpoint.page {
		if _, held := l.pages[start]; held {
			continue
		}
		bodies, total, err := l.page(ctx, start)
		if err != nil {
			return err
		}
		l.pages[start], l.total = total, total
		for _, body := range bodies {
			if l.news(body) && !yield(body, nil) {
				l.stopped = true
				return nil
			}
		}
	}
	return nil
}

// whole tells whether everything was asked for. No record is ever taken away
// from that, only added.
func (l *listing) whole() bool { return len(l.parameters) == 0 }

// proven tells whether nothing can be missing: either as many records were seen
// as there are, or the total stood still from the first page to the last.
func (l *listing) proven() bool {
	if l.whole() && len(l.yielded) >= l.total {
		return true
	}
	return !l.moved()
}

func (l *listing) moved() bool {
	for _, total := range l.pages {
		if total != l.total {
			return true
		}
	}
	return false
}

// forget drops the pages that must be read again. Where records are only added,
// those are the ones read before the last addition.
func (l *listing) forget() {
	for start, total := range l.pages {
		if !l.whole() || total != l.total {
			delete(l.pages, start)
		}
	}
}

// news tells whether a record was not yielded yet, or only in an older version.
func (l *listing) news(body []byte) bool {
	id, modified, err := format.Identify(l.endpoint.format, body)
	if err != nil {
		id = string(body) // a record that does not say which it is
	}
	sum := sha256.Sum256([]byte(id))
	key, at := [16]byte(sum[:16]), modified.UnixNano()
	if before, ok := l.yielded[key]; ok && before >= at {
		return false
	}
	l.yielded[key] = at
	return true
}
