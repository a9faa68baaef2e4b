package certcc

import (
	"bytes"
	"errors"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// kept are the members of a note that are no prose; those with a list of their
// own are arrays, and these the members kept of each element. Members nobody has
// heard of are left out, as they may be anything.
var kept = map[string]map[string]bool{
	"vuid": nil, "idnumber": nil, "name": nil, "public": nil, "cveids": nil, "certadvisory": nil, "uscerttechnicalalert": nil,
	"datecreated": nil, "publicdate": nil, "datefirstpublished": nil, "dateupdated": nil, "revision": nil, "vulnote": nil,
	"vuls": elements("note", "cve", "uid", "case_increment", "date_added", "dateupdated"),
	"vendors": elements("note", "vendor", "contact_date", "dateupdated", "statement_date", "references",
		"vuid", "idnumber", "vendorrecordid", "status", "vendorurls", "datenotified", "dateresponded", "datelastupdated", "revision"),
	"vendorsvuls": elements("vul", "vendor", "status", "references", "date_added", "dateupdated",
		"vuid", "idnumber", "vendorrecordid", "vendorurls", "datenotified", "dateresponded", "datelastupdated", "revision"),
}

// judgements begin the names of members that are scores and the like.
var judgements = []string{"vrda_", "cam_", "cvss_"}

func elements(names ...string) map[string]bool {
	out := make(map[string]bool)
	for _, name := range names {
		out[name] = true
	}
	return out
}

// withoutText returns a note, with what was attached, without its prose. What
// stays is spelled as it was, in its order.
func withoutText(note []byte) ([]byte, error) {
	return members(note, func(name string, value jsontext.Value) (jsontext.Value, error) {
		for _, prefix := range judgements {
			if strings.HasPrefix(name, prefix) {
				return value, nil
			}
		}
		of, keep := kept[name]
		switch {
		case !keep:
			return nil, nil
		case of == nil:
			return value, nil
		}
		return each(value, func(name string, value jsontext.Value) (jsontext.Value, error) {
			if !of[name] {
				return nil, nil
			}
			return value, nil
		})
	})
}

// choose returns what becomes of a member, nil to leave it out.
type choose func(name string, value jsontext.Value) (jsontext.Value, error)

// members returns an object with the members that are chosen.
func members(object []byte, choose choose) (jsontext.Value, error) {
	dec := decoder(object)
	if token, err := dec.ReadToken(); err != nil {
		return nil, err
	} else if token.Kind() != '{' {
		return nil, errors.New("expected an object")
	}
	out := []byte{'{'}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		name = name.Clone()
		value, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		plain, err := jsontext.AppendUnquote(nil, name)
		if err != nil {
			return nil, err
		}
		if value, err = choose(string(plain), value); err != nil {
			return nil, err
		}
		if value == nil {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	return append(out, '}'), nil
}

// each returns an array of objects with the members that are chosen; elements
// that are no objects are left out.
func each(array []byte, choose choose) (jsontext.Value, error) {
	dec := decoder(array)
	if token, err := dec.ReadToken(); err != nil {
		return nil, err
	} else if token.Kind() != '[' {
		return nil, errors.New("expected an array")
	}
	out := []byte{'['}
	for kind := dec.PeekKind(); kind != ']' && kind != 0; kind = dec.PeekKind() {
		value, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		if value.Kind() != '{' {
			continue
		}
		if value, err = members(value, choose); err != nil {
			return nil, err
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, value...)
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	return append(out, ']'), nil
}

func decoder(value []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewReader(value), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}
