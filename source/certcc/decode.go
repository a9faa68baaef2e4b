package certcc

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"

	"vulnmirror/archive"
	format "vulnmirror/format/certcc"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// isList tells whether an archived file, RUN/lists/MONTH.json or packed, is a
// list.
func isList(filename string) bool {
	_, path, _ := strings.Cut(filename, "/")
	return strings.HasPrefix(path, "lists/")
}

// Decode yields the records that a list puts together, by identifier; the files
// it names yield none by themselves.
func (s *Source) Decode(tree fs.FS, filename string) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		if !isList(filename) {
			return
		}
		l, err := openList(tree, filename)
		if err != nil {
			yield(vuln.Record{}, err)
			return
		}
		b := binder{tree: tree, bodies: make(map[string]map[string][]byte)}
		for _, id := range slices.Sorted(maps.Keys(l.Notes)) {
			body, err := b.bind(id, l.Notes[id])
			// Files of superseded lists may have been pruned; those of others are there.
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				yield(vuln.Record{}, fmt.Errorf("%s, as %s says: %w", id, filename, err))
				return
			}
			var record vuln.Record
			if err == nil {
				record, err = s.record(body)
			}
			if err != nil {
				err = &source.Refused{ID: id, Place: l.Notes[id].Note, Reason: err.Error()}
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

func openList(tree fs.FS, filename string) (*list, error) {
	content, err := archive.OpenContent(tree, filename)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filename, err)
	}
	defer content.Close()
	var l list
	if err := json.NewDecoder(content).Decode(&l); err != nil {
		return nil, fmt.Errorf("%s: %w", filename, err)
	}
	for id, e := range l.Notes {
		if e == nil {
			return nil, fmt.Errorf("%s: nothing is named for %s", filename, id)
		}
	}
	return &l, nil
}

// record decodes a note with what was attached.
func (s *Source) record(body []byte) (vuln.Record, error) {
	record, err := format.Decode(body)
	if err != nil {
		return record, err
	}
	if !s.Text {
		drift := record.Drift
		if body, err = withoutText(body); err != nil {
			return record, err
		}
		if record, err = format.Decode(body); err != nil {
			return record, err
		}
		record.Drift = drift
	}
	record.Source = Name
	return record, nil
}

// binder puts notes together from the files that hold their parts.
type binder struct {
	tree fs.FS
	// bodies are those of the files of notes read so far, by identifier.
	bodies map[string]map[string][]byte
}

func (b binder) bind(id string, e *entry) ([]byte, error) {
	notes, err := b.notes(e.Note)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Note, err)
	}
	body, ok := notes[id]
	if !ok {
		return nil, fmt.Errorf("%s does not have the note", e.Note)
	}
	for _, part := range []struct{ member, filename string }{
		{format.Vulnerabilities, e.Vuls}, {format.Vendors, e.Vendors}, {format.Statuses, e.Statuses},
	} {
		if part.filename == "" {
			continue
		}
		answer, err := b.content(part.filename)
		if err == nil {
			body, err = format.Attach(body, part.member, answer)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part.filename, err)
		}
	}
	return body, nil
}

// notes reads a file of one note or of a month's.
func (b binder) notes(filename string) (map[string][]byte, error) {
	if held, ok := b.bodies[filename]; ok {
		return held, nil
	}
	content, err := archive.OpenContent(b.tree, filename)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	out := make(map[string][]byte)
	reader := format.NewReader(content)
	for {
		body, err := reader.Next()
		if errors.Is(err, io.EOF) {
			b.bodies[filename] = out
			return out, nil
		}
		if errors.As(err, new(*format.RecordError)) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if n, err := readNote(body); err == nil {
			out[n.id] = body
		}
	}
}

func (b binder) content(filename string) ([]byte, error) {
	content, err := archive.OpenContent(b.tree, filename)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return io.ReadAll(content)
}

// Index reads a list: of the notes that upstream said it has no longer, it names
// those that came back.
func (s *Source) Index(tree fs.FS, f archive.File) (*source.Index, error) {
	if !isList(f.Filename) {
		return nil, nil
	}
	l, err := openList(tree, f.Filename)
	if err != nil || len(l.Gone) == 0 {
		return nil, err
	}
	return &source.Index{
		// The month is there so that a list of which nothing is left names something.
		IDs:    append(slices.Sorted(maps.Keys(l.Notes)), l.Month),
		Covers: func(id string) bool { return slices.Contains(l.Gone, id) },
	}, nil
}
