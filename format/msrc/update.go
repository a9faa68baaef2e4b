package msrc

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
)

// updateBody is the body of an update.
type updateBody struct {
	KB        string                 `json:"kb"`
	Documents map[string][]statement `json:"documents"`

	Unknown map[string]jsontext.Value `json:",embed"`
}

// statement is what remediations that differ in nothing else say of an update,
// for all their vulnerabilities and products.
type statement struct {
	Type            string            `json:"Type,omitzero"`
	CVE             []string          `json:"CVE"`
	Products        map[string]string `json:"Products,omitempty"` // names by ProductID
	Supercedence    string            `json:"Supercedence,omitzero"`
	SubType         string            `json:"SubType,omitzero"`
	FixedBuild      string            `json:"FixedBuild,omitzero"`
	RestartRequired string            `json:"RestartRequired,omitzero"`
	URL             string            `json:"URL,omitzero"`

	Unknown map[string]jsontext.Value `json:",embed"`
}

func (s *statement) alike(f *remediation) bool {
	return s.Type == f.Type && s.Supercedence == f.Supercedence && s.SubType == f.SubType &&
		s.FixedBuild == f.FixedBuild && s.RestartRequired == f.Restart && s.URL == f.URL
}

// updates collects what a document says of updates.
type updates struct {
	numbers []string // in the order met
	said    map[string][]statement
	given   int
}

// collect takes the remediations of a vulnerability. Those that describe no
// update, such as "Release Notes", are in its own record only.
func (u *updates) collect(id string, v *vulnerability) {
	for i := range v.Fixes {
		f := &v.Fixes[i]
		kb, ok := ParseKB(f.Description)
		if !ok {
			continue
		}
		if u.said == nil {
			u.said = make(map[string][]statement)
		}
		said, met := u.said[kb]
		if !met {
			u.numbers = append(u.numbers, kb)
		}
		at := slices.IndexFunc(said, func(s statement) bool { return s.alike(f) })
		if at < 0 {
			at = len(said)
			said = append(said, statement{
				Type: f.Type, Supercedence: f.Supercedence, SubType: f.SubType, FixedBuild: f.FixedBuild,
				RestartRequired: f.Restart, URL: f.URL, Products: make(map[string]string),
			})
		}
		if s := &said[at]; !slices.Contains(s.CVE, id) {
			s.CVE = append(s.CVE, id)
		}
		for _, product := range f.Products {
			said[at].Products[product] = ""
		}
		u.said[kb] = said
	}
}

// next returns the body of the next update, io.EOF after the last.
func (u *updates) next(document string, names map[string]string) ([]byte, error) {
	if u.given == len(u.numbers) {
		return nil, io.EOF
	}
	kb := u.numbers[u.given]
	u.given++
	said := u.said[kb]
	delete(u.said, kb)
	for _, s := range said {
		for id := range s.Products {
			s.Products[id] = names[id]
		}
	}
	return marshal(updateBody{KB: kb, Documents: map[string][]statement{document: said}})
}

func marshal(u updateBody) ([]byte, error) {
	return json.Marshal(u, json.Deterministic(true), jsonlist.Tolerant)
}

func parseUpdate(body []byte) (updateBody, error) {
	var u updateBody
	if err := jsonlist.Unmarshal(body, &u); err != nil {
		return u, fmt.Errorf("not an update: %w", err)
	}
	if kb, ok := ParseKB(u.KB); !ok || kb != u.KB {
		return u, fmt.Errorf("%q is no update's number", u.KB)
	}
	return u, nil
}

// Merge returns the body of an update with all that held and fresh say of it.
// Where both speak by the same document, fresh is believed: it is a later
// revision.
func Merge(held, fresh []byte) ([]byte, error) {
	old, err := parseUpdate(held)
	if err != nil {
		return nil, err
	}
	u, err := parseUpdate(fresh)
	if err != nil {
		return nil, err
	}
	if old.KB != u.KB {
		return nil, errors.New("two updates cannot be one: " + old.KB + ", " + u.KB)
	}
	if old.Documents == nil {
		old.Documents = make(map[string][]statement)
	}
	maps.Copy(old.Documents, u.Documents)
	return marshal(old)
}
