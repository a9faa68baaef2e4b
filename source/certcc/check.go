package certcc

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"vulnmirror/fetch"
	format "vulnmirror/format/certcc"
	"vulnmirror/source"
)

// largest bounds what is read into memory to tell whether anything changed.
const largest = 8 << 20

// Changed asks for the numbers of this year and the last and for the first page
// of the list of updates, and tells whether they say something else than when
// last looked at, or something else is due.
func (s *Source) Changed(ctx context.Context, up *fetch.Client, last source.Cursor) (bool, error) {
	st, err := readState(last)
	if err != nil || s.sweepDue(st) || len(st.Missing) > 0 || st.Due > 0 {
		return true, err
	}
	for year := s.Now().UTC().Year(); year >= s.Now().UTC().Year()-1; year-- {
		var ids []string
		_, _, err := up.Read(ctx, fetch.Request{URL: up.At(summary, "year", strconv.Itoa(year)), Check: func(r io.Reader) (err error) {
			ids, err = format.ParseSummary(r)
			return err
		}}, largest)
		if err != nil {
			return true, fmt.Errorf("notes of %d: %w", year, err)
		}
		if digestOf(ids) != st.Years[year] {
			return true, nil
		}
	}
	var rows []format.Update
	d := updates(up, 1)
	_, _, err = up.Read(ctx, fetch.Request{URL: d.URL, Header: d.Header, Check: func(r io.Reader) (err error) {
		rows, err = format.ParseUpdates(r)
		return err
	}}, largest)
	if err != nil {
		return true, fmt.Errorf("list of updates: %w", err)
	}
	for _, row := range rows {
		if st.Looked.Before(row.Updated.Add(settled)) {
			return true, nil // there may have been another edit that day
		}
	}
	return pageDigest(rows) != st.Page, nil
}
