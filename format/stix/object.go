package stix

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
	"vulnmirror/vuln"
)

// Object is what STIX objects have in common (STIX 2.1, section 3.2), and what
// relationships have beside (5.1).
type Object struct {
	Type       string      `json:"type"`
	ID         string      `json:"id"`
	Created    string      `json:"created"`
	Modified   string      `json:"modified"`
	Revoked    bool        `json:"revoked"`
	Deprecated bool        `json:"x_mitre_deprecated"` // how MITRE says of objects that they are given up
	References []Reference `json:"external_references"`

	RelationshipType string `json:"relationship_type"`
	Source           string `json:"source_ref"`
	Target           string `json:"target_ref"`

	Body []byte `json:"-"` // the object as it came

	id string // what the Scheme says
}

// Reference is one of external_references.
type Reference struct {
	Source      string `json:"source_name"`
	ID          string `json:"external_id"`
	URL         string `json:"url"`
	Description string `json:"description"`
}

// Retired tells whether upstream gave the object up.
func (o *Object) Retired() bool { return o.Revoked || o.Deprecated }

// Record is a record's body taken apart.
type Record struct {
	Object        jsontext.Value    `json:"object"`
	Relationships []Object          `json:"relationships"`
	Related       []Object          `json:"related"`
	IDs           map[string]string `json:"ids"`
}

// Open takes the body of a record apart.
func Open(body []byte) (Record, error) {
	var r Record
	if err := jsonlist.Unmarshal(body, &r); err != nil {
		return r, fmt.Errorf("not the record of a STIX object: %w", err)
	}
	if r.Object.Kind() != '{' {
		return r, errors.New("not the record of a STIX object: it has no object")
	}
	return r, nil
}

// Times returns when an object was created and modified; what cannot be read is
// zero, and named.
func (o *Object) Times() (created, modified time.Time, unreadable []string) {
	read := func(name, text string) time.Time {
		t, err := vuln.ParseTime(text)
		if err != nil {
			unreadable = append(unreadable, name+" unreadable")
			return time.Time{}
		}
		return t
	}
	created, modified = read("created", o.Created), read("modified", o.Modified)
	return created, modified, unreadable
}

// Addresses returns the addresses of external references, each once.
func (o *Object) Addresses() []vuln.Reference {
	var out []vuln.Reference
	seen := make(map[string]bool)
	for _, r := range o.References {
		if r.URL != "" && !seen[r.URL] {
			seen[r.URL] = true
			out = append(out, vuln.Reference{URL: r.URL})
		}
	}
	return out
}
