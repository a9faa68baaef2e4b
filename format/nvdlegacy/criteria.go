package nvdlegacy

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/nvd"
	"vulnmirror/vuln"
)

// criteriaBody has the members of a matchString 2.0, in NVD's order.
type criteriaBody struct {
	ID       string `json:"matchCriteriaId"`
	Criteria string `json:"criteria"`
	bounds
	Matches []nameBody `json:"matches,omitempty"`
}

type nameBody struct {
	Name string `json:"cpeName"`
}

// convertCriteria makes a matchString 2.0 of one entry of the match feed 1.0.
func convertCriteria(raw jsontext.Value) (vuln.Record, error) {
	var old legacyMatch
	if err := json.Unmarshal(raw, &old, tolerant); err != nil {
		return vuln.Record{}, fmt.Errorf("not of the shape expected: %w", err)
	}
	criteria := formatted(old.CPE23, old.CPE22)
	if criteria == "" {
		return vuln.Record{}, errors.New("it has no cpe23Uri")
	}
	body := criteriaBody{ID: criteriaID(criteria, old.bounds), Criteria: criteria, bounds: old.bounds}
	for _, n := range old.Names {
		if name := formatted(n.CPE23, n.CPE22); name != "" {
			body.Matches = append(body.Matches, nameBody{name})
		}
	}
	return undated(nvd.FormatCPEMatch, body)
}

// undated is convertedFrom for a record without dates. NVD's always have one,
// so the one for the beginning of time is read, and not kept.
func undated(format string, body any) (vuln.Record, error) {
	text, err := json.Marshal(body, tolerant)
	if err != nil {
		return vuln.Record{}, err
	}
	const never = "0001-01-01T00:00:00.000"
	dated := `{"lastModified":"` + never + `","created":"` + never + `",` + string(text[1:])
	record, err := nvd.Decode(format, []byte(dated))
	record.Converted, record.Body = true, text
	record.Drift = nil // that names lack an identifier is no news here
	return record, err
}

// criteriaSpace is the name space of the identifiers made here.
var criteriaSpace = vuln.UUID{0x6b, 0x5e, 0x2f, 0x0c, 0x91, 0xd4, 0x4a, 0x37, 0xb8, 0x1e, 0x52, 0x7d, 0x03, 0xc9, 0x66, 0xaf}

// criteriaID is the UUID of version 5 (RFC 9562 section 5.5) of a match
// criterion: of its criteria and four bounds, one a line.
func criteriaID(criteria string, b bounds) string {
	name := strings.Join([]string{criteria, b.StartIncluding, b.StartExcluding, b.EndIncluding, b.EndExcluding}, "\n")
	sum := sha1.Sum(append(criteriaSpace[:], name...))
	id := vuln.UUID(sum[:16])
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}
