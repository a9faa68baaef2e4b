package transfer

import (
	"slices"

	"vulnmirror/format/kinds"
	"vulnmirror/format/nvd"
	"vulnmirror/vuln"
)

// Kind is a kind of records that can be copied.
type Kind struct {
	Kind vuln.Kind
	// Read completes a record of that kind as stores hand it back. Of what it
	// returns only Title, Facts and Text count; the envelope is copied.
	Read func(held vuln.Record) (vuln.Record, error)
	// Forgets: stores keep the current versions only (store.Origin.Forgets).
	Forgets bool
}

// All is every kind there is.
func All() []Kind {
	out := ofNVD()
	for _, k := range kinds.All() {
		if !slices.ContainsFunc(out, func(has Kind) bool { return has.Kind == k.Kind }) {
			out = append(out, Kind{Kind: k.Kind, Read: k.Read, Forgets: k.Kind == vuln.KindEPSS})
		}
	}
	return out
}

// ofNVD is the kinds that NVD has. Records converted from its retired formats have
// bodies of the same shape.
func ofNVD() []Kind {
	var out []Kind
	for _, format := range []string{nvd.FormatCVE, nvd.FormatCPE, nvd.FormatCPEMatch, nvd.FormatSource, nvd.FormatCVEChange} {
		out = append(out, Kind{Kind: nvd.Kind(format), Read: func(held vuln.Record) (vuln.Record, error) {
			said, err := decode(format, held.Body)
			if err == nil && said.ID != held.ID {
				err = errOther
			}
			held.Facts, held.Text = said.Facts, said.Text
			return held, err
		}})
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
