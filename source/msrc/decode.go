package msrc

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"strings"
	"time"

	"vulnmirror/archive"
	"vulnmirror/format/msrc"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// Decode yields the records of an archived document, its vulnerabilities and then
// the updates that remedy them. The index has none.
func (*Source) Decode(tree fs.FS, filename string) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		if strings.HasPrefix(path.Base(filename), indexName) {
			return
		}
		if err := decode(tree, filename, yield); err != nil {
			yield(vuln.Record{}, fmt.Errorf("%s: %w", filename, err))
		}
	}
}

func decode(tree fs.FS, filename string, yield func(vuln.Record, error) bool) error {
	content, err := archive.OpenContent(tree, filename)
	if err != nil {
		return err
	}
	defer content.Close()
	reader := msrc.NewReader(content)
	for {
		record, err := next(reader)
		var single *msrc.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &single):
			place := fmt.Sprintf("%s, record %d", filename, single.Position)
			err = &source.Refused{ID: single.ID, Place: place, Reason: single.Err.Error()}
		case err != nil:
			return err
		}
		if !yield(record, err) {
			return nil
		}
	}
}

// Merge puts together what documents say of one record: of an update all of it,
// of a vulnerability what the document says that revised it last. A later
// revision of the same document takes the place of the one before, whatever its
// dates.
func (*Source) Merge(held, fresh vuln.Record) (vuln.Record, error) {
	if fresh.Kind == vuln.KindMSKB {
		body, err := msrc.Merge(held.Body, fresh.Body)
		if err != nil {
			return fresh, err
		}
		return again(body)
	}
	if !held.Withdrawn.IsZero() {
		return fresh, nil
	}
	before, err := documentOf(held)
	if err != nil {
		return fresh, err
	}
	after, err := documentOf(fresh)
	if err != nil {
		return fresh, err
	}
	order := day(fresh).Compare(day(held))
	if order == 0 {
		order = later(after, before)
	}
	if order >= 0 || strings.EqualFold(before, after) {
		return fresh, nil
	}
	return again(held.Body)
}

func day(r vuln.Record) time.Time { return r.Modified.UTC().Truncate(24 * time.Hour) }

func again(body []byte) (vuln.Record, error) {
	record, err := msrc.Decode(body)
	record.Source = Name
	return record, err
}

// documentOf returns the identifier of the document that a vulnerability is from.
func documentOf(r vuln.Record) (string, error) {
	var body struct {
		Document string `json:"document"`
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return "", fmt.Errorf("%s names no document: %w", r.ID, err)
	}
	return body.Document, nil
}
