package nvd

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"vulnmirror/vuln"
)

// Decode reads one record, as Reader.Next returns it, of a document whose
// Header.Format is format. It keeps body as the record's Body. Its error names
// the member without which there is no such record and that is missing or
// unreadable; members it does not know are named in Drift.
func Decode(format string, body []byte) (vuln.Record, error) {
	switch format {
	case FormatCVE:
		return DecodeCVE(body)
	case FormatCPE:
		return DecodeCPE(body)
	case FormatCPEMatch:
		return DecodeMatchCriteria(body)
	case FormatSource:
		return DecodeSource(body)
	case FormatCVEChange:
		return DecodeCVEChange(body)
	}
	return vuln.Record{}, fmt.Errorf("format %q is not one of NVD's", format)
}

// Kind tells what the records of a format are, "" for none of NVD's.
func Kind(format string) vuln.Kind {
	switch format {
	case FormatCVE:
		return vuln.KindCVE
	case FormatCPE:
		return vuln.KindCPE
	case FormatCPEMatch:
		return vuln.KindMatchCriteria
	case FormatSource:
		return vuln.KindNVDSource
	case FormatCVEChange:
		return vuln.KindCVEChange
	}
	return ""
}

// read unmarshals body into the document d points to. What cannot be read as a
// whole is an error; there is too little in these records to save a part.
func read(body []byte, d any) error {
	if err := json.Unmarshal(body, d, tolerant); err != nil {
		return fmt.Errorf("not of the shape expected: %w", err)
	}
	return nil
}

// moments reads when a record was created and last modified; without the second
// there is no telling which of two versions is newer.
func moments(r *vuln.Record, created, modified string) error {
	var err error
	if r.Modified, err = vuln.ParseTime(modified); err != nil {
		return fmt.Errorf("lastModified: %w", err)
	}
	if r.Published, err = vuln.ParseTime(created); err != nil {
		r.Published = time.Time{}
		r.Drift = append(r.Drift, "created unreadable")
	}
	return nil
}

// drift names unknown members of a record.
func drift(object string, unknown []string) []string {
	for i, name := range unknown {
		unknown[i] = "field " + object + "." + name
	}
	slices.Sort(unknown)
	return slices.Compact(unknown)
}
