package fetch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"
)

// state is what an answer said about the body it begins. Beside a partial file
// it says what the file is part of.
type state struct {
	URL             string    `json:"url"`
	ETag            string    `json:"etag,omitempty"`
	LastModified    string    `json:"last_modified,omitempty"`
	Date            time.Time `json:"date,omitzero"`
	ContentType     string    `json:"content_type,omitempty"`
	ContentEncoding string    `json:"content_encoding,omitempty"`
	Total           int64     `json:"total"` // of the whole body; -1 when unknown
}

// newState reads the head of a 200 answer.
func newState(url string, resp *http.Response) state {
	return state{
		URL:             url,
		ETag:            resp.Header.Get("ETag"),
		LastModified:    resp.Header.Get("Last-Modified"),
		Date:            parseDate(resp.Header.Get("Date")),
		ContentType:     resp.Header.Get("Content-Type"),
		ContentEncoding: strings.ToLower(resp.Header.Get("Content-Encoding")),
		Total:           resp.ContentLength,
	}
}

// ifRange is the validator that makes a continuation safe: a strong ETag, else
// the date (RFC 9110, 13.1.5). Without one the body cannot be continued.
func (s state) ifRange() string {
	if s.ETag != "" && !strings.HasPrefix(s.ETag, "W/") {
		return s.ETag
	}
	return s.LastModified
}

// continuedBy says whether a 206 answer is about the rest of the same body.
func (s state) continuedBy(resp *http.Response, offset int64) error {
	header := resp.Header.Get("Content-Range")
	r, ok := parseContentRange(header)
	switch next := newState(s.URL, resp); {
	case !ok || r.first != offset:
		return fmt.Errorf("%w: it sent Content-Range %q after %d bytes", errRange, header, offset)
	case s.Total >= 0 && r.total >= 0 && r.total != s.Total:
		return fmt.Errorf("%w: its size changed from %d to %d", errRange, s.Total, r.total)
	case next.ETag != "" && s.ETag != "" && next.ETag != s.ETag:
		return fmt.Errorf("%w: its ETag changed from %s to %s", errRange, s.ETag, next.ETag)
	case next.ContentEncoding != s.ContentEncoding:
		return fmt.Errorf("%w: its encoding changed from %q to %q", errRange, s.ContentEncoding, next.ContentEncoding)
	}
	return nil
}

// result is the part of a Result that the head tells.
func (s state) result() Result {
	return Result{
		URL: s.URL, Status: http.StatusOK, ETag: s.ETag, LastModified: s.LastModified,
		Date: s.Date, ContentType: s.ContentType,
	}
}

// loadState reads a sidecar file. It is nil when there is none that makes sense.
func loadState(path string) (*state, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := new(state)
	if json.Unmarshal(text, s) != nil {
		s = nil
	}
	return s, nil
}

// save writes the sidecar file whole or not at all.
func (s state) save(path string) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func removeState(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
