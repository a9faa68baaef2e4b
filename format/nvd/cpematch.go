package nvd

import (
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

// UnmarshalJSONFrom reads a matches array.
func (m *documentMatches) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if kind := dec.PeekKind(); kind != '[' {
		return fmt.Errorf("matches is %s, expected an array", kind)
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		if err := m.entry(dec); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

func (m *documentMatches) entry(dec *jsontext.Decoder) error {
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	if token.Kind() != '{' {
		return fmt.Errorf("an entry of matches is %s, expected an object", token.Kind())
	}
	found := false
	for dec.PeekKind() == '"' {
		name, err := dec.ReadValue()
		if err != nil {
			return err
		}
		wanted := string(name) == `"cpeNameId"`
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if wanted && len(value) > 2 && value.Kind() == '"' {
			if id, err := vuln.ParseUUID(string(value[1 : len(value)-1])); err == nil {
				m.ids = append(m.ids, id)
				found = true
			}
		}
	}
	if !found {
		m.odd++
	}
	_, err = dec.ReadToken()
	return err
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
