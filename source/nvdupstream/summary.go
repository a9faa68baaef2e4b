package nvdupstream

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"vulnmirror/format/nvd"
)

// Summary is what must be known of a document before it is believed.
type Summary struct {
	Header  nvd.Header
	Records int
	Newest  time.Time // newest modification
	Made    time.Time // upstream's time of the document, when it is known
	ids     []string  // of pages

	// Of the chunks of an archive, one after the other.
	chunksBytes  int64
	chunksSHA256 string
}

// entry is what a document says of one record.
type entry struct {
	id       string
	modified time.Time
	body     []byte
}

// document reads a whole document of the given format, calls each for every
// record that can be identified, and proves its shape: JSON to the end, of this
// format, nothing behind.
func document(format string, r io.Reader, each func(entry)) (Summary, error) {
	var s Summary
	reader := nvd.NewReader(r)
	for {
		body, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return s, err
		}
		if reader.Format() != format {
			break // what follows tells the format it has
		}
		id, modified, err := nvd.Identify(format, body)
		if err != nil {
			// One odd record is refused when it is ingested; it does not
			// condemn the document.
			continue
		}
		each(entry{id, modified, body})
		if modified.After(s.Newest) {
			s.Newest = modified
		}
	}
	s.Header, s.Records = reader.Header(), reader.Count()
	if reader.Format() != format || !strings.EqualFold(s.Header.Format, format) {
		return s, fmt.Errorf("format is %q with %s, expected %s", s.Header.Format, reader.Format(), format)
	}
	return s, nil
}

// Summarise reads a page or feed and proves that it holds as many records as it
// says.
func Summarise(format string, r io.Reader) (Summary, error) {
	return summarise(format, r, func(entry) {})
}

func summarise(format string, r io.Reader, each func(entry)) (Summary, error) {
	s, err := document(format, r, each)
	if err == nil && s.Records != s.Header.ResultsPerPage {
		err = fmt.Errorf("it says %d records and holds %d", s.Header.ResultsPerPage, s.Records)
	}
	return s, err
}

// summarisePage keeps the identifiers too.
func summarisePage(format string, r io.Reader) (Summary, error) {
	var ids []string
	s, err := summarise(format, r, func(e entry) { ids = append(ids, e.id) })
	s.ids = ids
	return s, err
}
