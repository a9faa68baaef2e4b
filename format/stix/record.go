package stix

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// held is what bundles hold, joined.
type held struct {
	objects map[string]*Object // by STIX id, without relationships
	order   []string           // of objects, as they came
	links   map[string]*Object // relationships by STIX id

	relationships map[string][]*Object // by the STIX id of the object whose record they are in
	names         map[string]*Object   // by every name an object with an identifier has
}

func newHeld() *held {
	return &held{
		objects: make(map[string]*Object), links: make(map[string]*Object),
		relationships: make(map[string][]*Object), names: make(map[string]*Object),
	}
}

// add keeps the latest version of an object. Times have one spelling inside a
// collection, so their order is that of their texts. Of two with one time it is
// the same one whatever the order of the bundles.
func (h *held) add(o *Object) {
	into := h.objects
	if o.Type == "relationship" {
		into = h.links
	}
	had, again := into[o.ID]
	if !again && o.Type != "relationship" {
		h.order = append(h.order, o.ID)
	}
	if !again || o.Modified > had.Modified || o.Modified == had.Modified && bytes.Compare(o.Body, had.Body) > 0 {
		into[o.ID] = o
	}
}

// settle joins objects once all were read.
func (h *held) settle(scheme Scheme) {
	for _, id := range h.order {
		o := h.objects[id]
		if o.id == "" {
			continue
		}
		for _, name := range append(scheme.Names(o), o.ID) {
			if had, taken := h.names[name]; !taken || had.Retired() && !o.Retired() {
				h.names[name] = o
			}
		}
	}
	for _, link := range h.links {
		for _, end := range []string{link.Source, link.Target} {
			if o := h.objects[end]; o != nil && o.id != "" {
				h.relationships[end] = append(h.relationships[end], link)
				break
			}
		}
	}
	h.links = nil
}

// record writes the record of an object and lets go of what is only in it.
// calls are the names it has for others that are no STIX ids.
func (h *held) record(o *Object, calls []string) []byte {
	links := byID(h.relationships[o.ID])
	delete(h.relationships, o.ID)
	ids := make(map[string]string)
	for _, name := range append(calls, references(o.Body)...) {
		if named := h.names[name]; named != nil && named != o {
			ids[name] = named.id
		}
	}
	var related []*Object
	for _, link := range links {
		for _, end := range []string{link.Source, link.Target} {
			if other := h.objects[end]; other != nil && other.id == "" {
				related = append(related, other)
			} else if named := h.names[end]; named != nil && named != o {
				ids[end] = named.id
			}
		}
	}
	out := append([]byte(`{"object":`), o.Body...)
	o.Body = nil
	out = list(out, "relationships", links)
	out = list(out, "related", byID(related))
	if len(ids) > 0 {
		out = append(out, `,"ids":{`...)
		for i, name := range slices.Sorted(maps.Keys(ids)) {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(append(quoted(out, name), ':'), quoted(nil, ids[name])...)
		}
		out = append(out, '}')
	}
	return append(out, '}')
}

func list(out []byte, name string, objects []*Object) []byte {
	for i, o := range objects {
		if i == 0 {
			out = append(out, `,"`+name+`":[`...)
		} else {
			out = append(out, ',')
		}
		out = append(out, o.Body...)
	}
	if len(objects) > 0 {
		out = append(out, ']')
	}
	return out
}

// references returns the strings of an object that may be STIX ids.
func references(body []byte) []string {
	dec := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var out []string
	for {
		token, err := dec.ReadToken()
		if err != nil {
			return out // the end: the body was read before
		}
		if token.Kind() == '"' {
			if text := token.String(); isID(text) {
				out = append(out, text)
			}
		}
	}
}

// isID tells whether text has the form type--UUID.
func isID(text string) bool {
	const uuid = len("--00000000-0000-4000-8000-000000000000")
	return len(text) > uuid && text[len(text)-uuid:][:2] == "--"
}

// quoted appends a JSON string.
func quoted(out []byte, s string) []byte {
	out, err := jsontext.AppendQuote(out, strings.ToValidUTF8(s, "\ufffd"))
	if err != nil {
		panic("stix: valid text was refused: " + err.Error())
	}
	return out
}
