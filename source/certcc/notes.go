package certcc

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	format "vulnmirror/format/certcc"
	"vulnmirror/format/jsonlist"
	"vulnmirror/vuln"
)

// readNotes reads a document of notes, and counts what in it is none.
func readNotes(r *format.Reader) ([]reading, int, error) {
	var out []reading
	bad := 0
	for {
		body, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, bad, nil
		}
		if errors.As(err, new(*format.RecordError)) {
			bad++
			continue
		}
		if err != nil {
			return nil, bad, err
		}
		n, err := readNote(body)
		if err != nil {
			bad++
			continue
		}
		out = append(out, n)
	}
}

func readNote(body []byte) (reading, error) {
	record, err := format.Decode(body)
	if err != nil {
		return reading{}, err
	}
	var members struct {
		Note jsontext.Value `json:"vulnote"`
	}
	if err := jsonlist.Unmarshal(body, &members); err != nil {
		return reading{}, err
	}
	hash := vuln.ContentHash(body)
	return reading{
		id: record.ID, hash: hex.EncodeToString(hash[:]), published: record.Published, updated: record.Modified,
		old: len(members.Note) == 0 || members.Note.Kind() == 'n',
	}, nil
}

// oneNote reads a document that is a note of that identifier and nothing else.
func oneNote(data []byte, id string) (reading, error) {
	reader := format.NewReader(bytes.NewReader(data))
	body, err := reader.Next()
	if err != nil {
		return reading{}, err
	}
	n, err := readNote(body)
	if err != nil {
		return n, err
	}
	if n.id != id {
		return n, fmt.Errorf("it is %s", n.id)
	}
	if _, err := reader.Next(); !errors.Is(err, io.EOF) {
		return n, errors.New("more than one note")
	}
	return n, nil
}

// monthOf reads the notes of a month. One note that makes no sense does not spoil
// the others; a document of which none does is refused.
func monthOf(r io.Reader) ([]reading, error) {
	found, bad, err := readNotes(format.NewReader(r))
	if err == nil && bad > 0 && len(found) == 0 {
		err = fmt.Errorf("%d things of which none is a note", bad)
	}
	return found, err
}
