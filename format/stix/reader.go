// Package stix splits STIX bundles (OASIS STIX 2.0 and 2.1) into the records of
// those objects that have an identifier people know them by.
//
// What belongs to an object is scattered over a bundle: relationships are
// objects of their own, and point at others by names nobody knows. So a record
// is an object with
//
//   - object: the STIX object, as it came;
//   - relationships: those that start at the object, and those that end at it and
//     start at an object that is no record, as they came and by their id;
//   - related: objects at the other end that are no records, likewise;
//   - ids: to what the object and its relationships name, be it by STIX id or by
//     another name, the identifiers of the objects that are meant.
//
// Empty members are left out. Any object may name any other, so all of a bundle
// is held until its end: about as much as the document's size.
package stix

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"vulnmirror/format/jsonlist"
)

// Scheme says what the objects of a collection are known by.
type Scheme struct {
	// Identify returns the identifier of a record, "" for an object that is none.
	// It is called once for every object but relationships, as they are read.
	Identify func(*Object) string
	// Names returns what others may call an object beside its STIX id.
	Names func(*Object) []string
	// Calls returns by which of such names an object calls others. Its strings are
	// looked at for STIX ids without that.
	Calls func(*Object) []string
}

// Reader splits one bundle, or several as if they were one.
type Reader struct {
	scheme  Scheme
	bundles []io.Reader
	held    *held
	faults  []error // of single objects, not yet told
	next    int
	err     error
}

// NewReader reads bundles that belong together. An object or relationship that is
// in several of them, or in several versions, counts in its latest.
func NewReader(scheme Scheme, bundles ...io.Reader) *Reader {
	return &Reader{scheme: scheme, bundles: bundles}
}

// Next returns the next record, io.EOF after the last. A *jsonlist.RecordError
// concerns one object; a *jsonlist.FormatError means that a document is no bundle
// or damaged, and then it is the only answer.
func (r *Reader) Next() ([]byte, error) {
	if r.held == nil && r.err == nil {
		r.held = newHeld()
		if r.err = r.load(); r.err == nil {
			r.held.settle(r.scheme)
		}
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case len(r.faults) > 0:
		fault := r.faults[0]
		r.faults = r.faults[1:]
		return nil, fault
	}
	for r.next < len(r.held.order) {
		o := r.held.objects[r.held.order[r.next]]
		r.next++
		if o.id != "" {
			return r.held.record(o, r.scheme.Calls(o)), nil
		}
	}
	r.held, r.err = nil, io.EOF
	return nil, r.err
}

func (r *Reader) load() error {
	for i, bundle := range r.bundles {
		err := r.bundle(bundle)
		if err != nil && len(r.bundles) > 1 {
			err = fmt.Errorf("bundle %d: %w", i+1, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) bundle(document io.Reader) error {
	list := jsonlist.NewReader(document, "objects")
	for position := 0; ; position++ {
		body, err := list.Next()
		var single *jsonlist.RecordError
		switch {
		case errors.Is(err, io.EOF):
			if kind := jsonlist.String(list.Header("type")); kind != "bundle" {
				return &jsonlist.FormatError{Err: fmt.Errorf("the type of the document is %q, not bundle", kind)}
			}
			return nil
		case errors.As(err, &single):
			r.faults = append(r.faults, err)
			continue
		case err != nil:
			return err
		}
		o, err := read(body)
		if err != nil {
			r.faults = append(r.faults, &jsonlist.RecordError{Position: position, ID: o.ID, Err: err})
			continue
		}
		if o.Type != "relationship" {
			o.id = r.scheme.Identify(o)
		}
		r.held.add(o)
	}
}

// read reads of an object what every object may have.
func read(body []byte) (*Object, error) {
	o := new(Object)
	if err := jsonlist.Unmarshal(body, o); err != nil {
		return o, fmt.Errorf("not a STIX object: %w", err)
	}
	o.Body = body
	switch {
	case o.Type == "" || !strings.HasPrefix(o.ID, o.Type+"--"):
		return o, fmt.Errorf("type %q and id %q are not those of a STIX object", o.Type, o.ID)
	case o.Type == "relationship" && (o.RelationshipType == "" || o.Source == "" || o.Target == ""):
		return o, errors.New("a relationship without relationship_type, source_ref or target_ref")
	}
	return o, nil
}

// byID puts objects in the order of their STIX ids, each once.
func byID(objects []*Object) []*Object {
	slices.SortFunc(objects, func(a, b *Object) int { return strings.Compare(a.ID, b.ID) })
	return slices.Compact(objects)
}
