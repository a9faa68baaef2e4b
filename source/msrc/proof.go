package msrc

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"vulnmirror/format/msrc"
	"vulnmirror/vuln"
)

// proof is what is known of a document that was read to its end.
type proof struct {
	release         msrc.Release
	vulnerabilities int // that can be read
}

// prove reads a document. An error says why it is not believed.
func prove(r io.Reader) (proof, error) {
	var p proof
	reader := msrc.NewReader(r)
	var first error
	for {
		record, err := next(reader)
		var single *msrc.RecordError
		switch {
		case errors.Is(err, io.EOF) && first != nil && p.vulnerabilities == 0:
			return p, fmt.Errorf("none of its vulnerabilities can be read; the first: %w", first)
		case errors.Is(err, io.EOF):
			p.release = reader.Release()
			return p, nil
		case errors.As(err, &single):
			if first == nil {
				first = err
			}
		case err != nil:
			return p, err
		case record.Kind == vuln.KindMSRC:
			p.vulnerabilities++
		}
	}
}

// next reads the next record of a document. A *msrc.RecordError concerns that one
// alone.
func next(r *msrc.Reader) (vuln.Record, error) {
	body, err := r.Next()
	if err != nil {
		return vuln.Record{}, err
	}
	record, err := msrc.Decode(body)
	if err != nil {
		return record, &msrc.RecordError{ID: record.ID, Err: err}
	}
	record.Source = Name
	return record, nil
}

// answers tells whether the document is the one asked for.
func (p proof) answers(w wanted) error {
	for _, name := range []string{w.id, w.alias} {
		if name != "" && (strings.EqualFold(name, p.release.ID) || strings.EqualFold(name, p.release.Alias)) {
			return nil
		}
	}
	return fmt.Errorf("it is the document %s, asked for %s", p.release.ID, w.id)
}

// shrank tells whether the document lost more than a tenth of the vulnerabilities
// it had. Drafts may.
func (p proof) shrank(had int) bool {
	return 10*p.vulnerabilities < 9*had && !strings.EqualFold(p.release.Status, "Draft")
}
