package nvd

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/vuln"
)

// documentCriteria is what DecodeMatchCriteria reads of a matchString object.
type documentCriteria struct {
	vuln.MatchCriteria
	LastModified    string
	CPELastModified string
	Created         string
	Status          string
	Matches         documentMatches

	unknown []string
}

func (d *documentCriteria) member(name string) (any, bool) {
	switch name {
	case "matchCriteriaId":
		return &d.ID, true
	case "criteria":
		return &d.Criteria, true
	case "versionStartIncluding":
		return &d.VersionStartIncluding, true
	case "versionStartExcluding":
		return &d.VersionStartExcluding, true
	case "versionEndIncluding":
		return &d.VersionEndIncluding, true
	case "versionEndExcluding":
		return &d.VersionEndExcluding, true
	case "lastModified":
		return &d.LastModified, true
	case "cpeLastModified":
		return &d.CPELastModified, true
	case "created":
		return &d.Created, true
	case "status":
		return &d.Status, true
	case "matches":
		return &d.Matches, true
	}
	return nil, false
}

// UnmarshalJSONFrom reads a matchString object.
func (d *documentCriteria) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return members(dec, d.member, &d.unknown)
}

// documentMatches are the cpeNameIds of a matches array. One criterion may list
// ten thousand names, so nothing else of them is kept.
type documentMatches struct {
	ids []vuln.UUID
	odd int // entries without a readable cpeNameId
}

var (
	nameIDMember = []byte(`"cpeNameId":"`)
	nameMember   = []byte(`"cpeName":`)
)

// UnmarshalJSONFrom reads a matches array, without white space as it is. Quotes
// inside strings are escaped, so that what looks like a member is one.
func (m *documentMatches) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	value, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if value.Kind() != '[' {
		return fmt.Errorf("matches is %s, expected an array", value.Kind())
	}
	m.odd = bytes.Count(value, nameMember)
	for rest := []byte(value); ; {
		at := bytes.Index(rest, nameIDMember)
		if at < 0 {
			break
		}
		rest = rest[at+len(nameIDMember):]
		end := bytes.IndexByte(rest, '"')
		if id, err := vuln.ParseUUID(rest[:max(end, 0)]); err == nil {
			if m.ids == nil {
				m.ids = make([]vuln.UUID, 0, m.odd)
			}
			m.ids = append(m.ids, id)
		}
	}
	m.odd = max(0, m.odd-len(m.ids))
	return nil
}

// DecodeMatchCriteria reads one matchString object of the match criteria API
// 2.0 or its feed. Modified is the later of lastModified and cpeLastModified:
// either moves when the list of names does.
func DecodeMatchCriteria(body []byte) (vuln.Record, error) {
	var d documentCriteria
	if err := read(body, &d); err != nil {
		return vuln.Record{}, err
	}
	r := vuln.Record{Kind: vuln.KindMatchCriteria, ID: d.ID, Status: d.Status, Drift: drift("matchString", d.unknown), Body: body}
	id, err := vuln.ParseUUID(d.ID)
	if err != nil {
		return r, fmt.Errorf("matchCriteriaId %q is %w", d.ID, err)
	}
	r.ID = id.String()
	if d.Criteria == "" {
		return r, errors.New(`the record has no "criteria"`)
	}
	if err := moments(&r, d.Created, d.LastModified); err != nil {
		return r, err
	}
	if names, err := vuln.ParseTime(d.CPELastModified); err == nil && names.After(r.Modified) {
		r.Modified = names
	}
	if d.Matches.odd > 0 {
		r.Drift = append(r.Drift, "matchString.matches without cpeNameId")
	}
	d.MatchCriteria.ID = r.ID
	r.Facts.Platform = &d.MatchCriteria
	r.Facts.Members = d.Matches.ids
	return r, nil
}
