package engage

import (
	"errors"
	"io"
	"io/fs"
	"path"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
)

// Reader reads the records of a tree. It holds the files it reads, together
// less than 1 MiB: what is said of a record stands in several.
type Reader struct {
	fsys  fs.FS
	queue []result
	begun bool
	err   error // what Next says from now on
}

// result is what Next is going to return.
type result struct {
	body []byte
	err  error
}

// NewReader reads from a folder that has Engage's files, in itself or at any
// depth below, such as an unpacked archive of the repository.
func NewReader(fsys fs.FS) *Reader { return &Reader{fsys: fsys} }

// Release has nothing: these files have neither version nor date.
func (r *Reader) Release() Release { return Release{} }

// Next returns the body of the next record, io.EOF after the last. A
// *RecordError concerns one record; a *FileError ends the reading.
func (r *Reader) Next() ([]byte, error) {
	if !r.begun {
		r.begun = true
		r.err = r.read()
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case len(r.queue) == 0:
		return nil, io.EOF
	}
	next := r.queue[0]
	r.queue = r.queue[1:]
	return next.body, next.err
}

func (r *Reader) read() error {
	in, err := folder(r.fsys)
	if err != nil {
		return err
	}
	var details []row
	for _, c := range collections {
		list, err := readRows(r.fsys, path.Join(in, c.list+".json"), "id")
		if err != nil {
			return err
		}
		// The last of them are the activities', which have the vulnerabilities.
		if details, err = readObject(r.fsys, path.Join(in, c.details+".json")); err != nil {
			return err
		}
		mapping, err := readRows(r.fsys, path.Join(in, c.mapping+".json"), c.owner)
		if err != nil {
			return err
		}
		r.enqueue(path.Join(in, c.list+".json"), c, list, byID(details), byID(mapping))
	}
	r.vulnerabilities(path.Join(in, collections[len(collections)-1].details+".json"), details)
	return nil
}

func (r *Reader) enqueue(name string, c collection, list []row, details, mapping entries) {
	for i, record := range list {
		if !isID(record.id) {
			r.queue = append(r.queue, result{err: &RecordError{name, i, record.id, errNoID}})
			continue
		}
		body := record.value[:len(record.value)-len("}")]
		body = append(body, `,"`+c.details+`":`...)
		if of := details[record.id]; len(of) > 0 {
			body = append(body, of[len(of)-1]...)
		} else {
			body = append(body, "null"...)
		}
		body = append(body, `,"`+c.mapping+`":[`...)
		for j, value := range mapping[record.id] {
			if j > 0 {
				body = append(body, ',')
			}
			body = append(body, value...)
		}
		r.queue = append(r.queue, result{body: append(body, "]}"...)})
	}
}

// vulnerabilities finds those that activities exploit, each once.
func (r *Reader) vulnerabilities(name string, details []row) {
	seen := make(map[string]bool)
	for i, activity := range details {
		var d struct {
			Vulnerabilities []jsontext.Value `json:"vulnerabilities"`
		}
		if err := jsonlist.Unmarshal(activity.value, &d); err != nil {
			r.queue = append(r.queue, result{err: &RecordError{name, i, activity.id, err}})
			continue
		}
		for _, value := range d.Vulnerabilities {
			var v documentNamed
			err := jsonlist.Unmarshal(value, &v)
			if err == nil && !isID(v.ID) {
				err = errNoID
			}
			switch {
			case err != nil:
				r.queue = append(r.queue, result{err: &RecordError{name, i, v.ID, err}})
			case !seen[v.ID]:
				seen[v.ID] = true
				r.queue = append(r.queue, result{body: value})
			}
		}
	}
}

var errNoID = errors.New("id is none of Engage's")

func isID(id string) bool {
	normal, ok := ParseID(id)
	return ok && normal == id
}
