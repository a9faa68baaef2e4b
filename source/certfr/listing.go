package certfr

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	format "vulnmirror/format/certfr"
)

// listing is an index as read: each document once, by identifier.
type listing struct {
	entries []format.Entry
	refused []*format.RecordError
}

// shrinkLimit is the share of the documents held that a new index has at least.
const shrinkLimit = 0.9

// readListing reads an index. One that names nothing, or of which more than a
// tenth makes no sense, is none.
func readListing(r io.Reader) (*listing, error) {
	var l listing
	index := format.NewIndex(r)
	for {
		e, err := index.Next()
		var single *format.RecordError
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.As(err, &single) {
			l.refused = append(l.refused, single)
			continue
		}
		if err != nil {
			return nil, err
		}
		l.entries = append(l.entries, e)
	}
	if len(l.entries) == 0 || float64(len(l.refused)) > (1-shrinkLimit)*float64(len(l.entries)) {
		return nil, fmt.Errorf("an index of %d documents, and %d lines that name none", len(l.entries), len(l.refused))
	}
	// Of several with one identifier the one revised last comes first, and stays.
	slices.SortStableFunc(l.entries, func(a, b format.Entry) int {
		if c := strings.Compare(a.ID, b.ID); c != 0 {
			return c
		}
		return b.Time().Compare(a.Time())
	})
	l.entries = slices.CompactFunc(l.entries, func(a, b format.Entry) bool { return a.ID == b.ID })
	return &l, nil
}

// find returns the entry of a document.
func (l *listing) find(id string) (format.Entry, bool) {
	i, ok := slices.BinarySearchFunc(l.entries, id, func(e format.Entry, id string) int { return strings.Compare(e.ID, id) })
	if !ok {
		return format.Entry{}, false
	}
	return l.entries[i], true
}

// digest changes when any entry does, whatever their order in the file.
func (l *listing) digest() string {
	sum := sha256.New()
	for _, e := range l.entries {
		fmt.Fprintf(sum, "%s\t%s\t%s\n", e.ID, e.Revised, e.Title)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// follows says why l cannot be what became of held: it lost more than upstream
// takes away, or is older.
func (l *listing) follows(held *listing) error {
	if held == nil {
		return nil
	}
	lost, older := 0, 0
	type month struct{ had, lost int }
	months := make(map[string]month)
	for _, e := range held.entries {
		m := months[e.Time().Format("2006-01")]
		m.had++
		if now, ok := l.find(e.ID); !ok {
			lost++
			m.lost++
		} else if now.Time().Before(e.Time()) {
			older++
		}
		months[e.Time().Format("2006-01")] = m
	}
	if float64(lost) > (1-shrinkLimit)*float64(len(held.entries)) {
		return fmt.Errorf("it lacks %d of the %d documents that the index held names", lost, len(held.entries))
	}
	if float64(older) > (1-shrinkLimit)*float64(len(held.entries)) {
		return fmt.Errorf("it has earlier dates than the index held for %d of %d documents", older, len(held.entries))
	}
	for name, m := range months {
		// The only document of a month may well be taken back.
		if m.had > 1 && m.lost == m.had {
			return fmt.Errorf("it lacks all %d documents that were last revised in %s", m.had, name)
		}
	}
	return nil
}

// again is what has to be had anew although nothing says that it was revised.
type again struct {
	Changed  []string `json:"changed,omitempty"`  // under another title, or another date that cannot be read
	Returned []string `json:"returned,omitempty"` // not in the index before
}

func (l *listing) since(held *listing) again {
	var a again
	if held == nil {
		return a
	}
	for _, e := range l.entries {
		before, ok := held.find(e.ID)
		switch {
		case !ok:
			a.Returned = append(a.Returned, e.ID)
		case before.Title != e.Title || e.Time().IsZero() && before.Revised != e.Revised:
			a.Changed = append(a.Changed, e.ID)
		}
	}
	return a
}

// spelling is the identifier as upstream writes it in addresses.
func spelling(e format.Entry) string {
	spelled := path.Base(path.Dir(strings.TrimSuffix(e.URL, "/")))
	if id, ok := format.ParseID(spelled); ok && id == e.ID {
		return spelled
	}
	return e.ID
}
