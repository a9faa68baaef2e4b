package nvdcve

import (
	"errors"
	"fmt"
	"io"
	"time"

	"vulnmirror/format/nvd"
)

// summary is what must be known of a document before it is believed.
type summary struct {
	header  nvd.Header
	records int
	ids     []string
	newest  time.Time // newest lastModified
	made    time.Time // upstream's time of the document, when it is known
}

// summarise reads a whole document and proves its shape: JSON to the end, the
// format of CVE records, as many records as it says.
func summarise(r io.Reader) (summary, error) {
	var s summary
	reader := nvd.NewReader(r)
	for {
		body, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return s, err
		}
		id, changed, err := nvd.Identify(nvd.FormatCVE, body)
		if err != nil {
			// One odd record is refused when it is ingested; it does not
			// condemn the document.
			continue
		}
		s.ids = append(s.ids, id)
		if changed.After(s.newest) {
			s.newest = changed
		}
	}
	s.header, s.records = reader.Header(), reader.Count()
	switch {
	case s.header.Format != "NVD_CVE":
		return s, fmt.Errorf("format is %q, expected NVD_CVE", s.header.Format)
	case s.records != s.header.ResultsPerPage:
		return s, fmt.Errorf("it says %d records and holds %d", s.header.ResultsPerPage, s.records)
	}
	return s, nil
}
