package transfer

import (
	"vulnmirror/format/nvd"
	"vulnmirror/vuln"
)

// Kind is a kind of records that can be copied.
type Kind struct {
	Kind vuln.Kind
	// Decode reads a body of that kind as its source did. Of the record it
	// returns only ID, Facts and Text count; the envelope is copied.
	Decode func(body []byte) (vuln.Record, error)
}

// NVD is the kinds that NVD has. Records converted from its retired formats have
// bodies of the same shape.
func NVD() []Kind {
	var out []Kind
	for _, format := range []string{nvd.FormatCVE, nvd.FormatCPE, nvd.FormatCPEMatch, nvd.FormatSource, nvd.FormatCVEChange} {
		out = append(out, Kind{nvd.Kind(format), func(body []byte) (vuln.Record, error) { return decode(format, body) }})
	}
	return out
}

// undated stands before the first member of a body without dates.
const undated = `{"lastModified":"0001-01-01T00:00:00.000","created":"0001-01-01T00:00:00.000",`

// decode reads a body. Some retired formats gave no dates, which NVD's own always
// have, so a body that cannot be read gets a second chance with some; the
// envelope knows that there are none.
func decode(format string, body []byte) (vuln.Record, error) {
	record, err := nvd.Decode(format, body)
	if err == nil || len(body) == 0 || body[0] != '{' {
		return record, err
	}
	if record, second := nvd.Decode(format, append([]byte(undated), body[1:]...)); second == nil {
		return record, nil
	}
	return record, err
}
