package msrc

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/jsonlist"
)

// Export begins the names of documents that are exports of the Security Update
// Guide and not of the API.
const Export = "csv"

// Update is what documents say of an update.
type Update struct {
	KB        string                 `json:"kb"`        // as ParseKB returns it
	Documents map[string][]Statement `json:"documents"` // by the document's id

	Unknown map[string]jsontext.Value `json:",embed"`
}

// Statement is what remediations that differ in nothing else say of an update,
// for all their vulnerabilities and products.
type Statement struct {
	Type            string            `json:"Type,omitzero"`
	Released        string            `json:"Released,omitzero"` // YYYY-MM-DD, in exports
	CVE             []string          `json:"CVE"`
	Products        map[string]string `json:"Products,omitempty"` // names by ProductID; in exports "" by name
	Supercedence    string            `json:"Supercedence,omitzero"`
	SubType         string            `json:"SubType,omitzero"`
	FixedBuild      string            `json:"FixedBuild,omitzero"`
	RestartRequired string            `json:"RestartRequired,omitzero"`
	URL             string            `json:"URL,omitzero"`

	Unknown map[string]jsontext.Value `json:",embed"`
}

// alike reports whether both say the same, of whatever vulnerabilities and
// products.
func (s *Statement) alike(t *Statement) bool {
	return s.Type == t.Type && s.Released == t.Released && s.Supercedence == t.Supercedence && s.SubType == t.SubType &&
		s.FixedBuild == t.FixedBuild && s.RestartRequired == t.RestartRequired && s.URL == t.URL
}

// Add adds a statement to those that a document makes.
func Add(said []Statement, t Statement) []Statement {
	at := slices.IndexFunc(said, func(s Statement) bool { return s.alike(&t) })
	if at < 0 {
		at = len(said)
		said = append(said, t)
		said[at].CVE = nil
		said[at].Products = make(map[string]string)
	}
	for _, id := range t.CVE {
		if !slices.Contains(said[at].CVE, id) {
			said[at].CVE = append(said[at].CVE, id)
		}
	}
	maps.Copy(said[at].Products, t.Products)
	return said
}

// updates collects what a document says of updates.
type updates struct {
	numbers []string // in the order met
	said    map[string][]Statement
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
			u.said = make(map[string][]Statement)
		}
		said, met := u.said[kb]
		if !met {
			u.numbers = append(u.numbers, kb)
		}
		products := make(map[string]string)
		for _, product := range f.Products {
			products[product] = ""
		}
		u.said[kb] = Add(said, Statement{
			Type: f.Type, CVE: []string{id}, Products: products, Supercedence: f.Supercedence, SubType: f.SubType,
			FixedBuild: f.FixedBuild, RestartRequired: f.Restart, URL: f.URL,
		})
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
	return Update{KB: kb, Documents: map[string][]Statement{document: said}}.Body()
}

// Body returns the update as the body of a record.
func (u Update) Body() ([]byte, error) {
	return json.Marshal(u, json.Deterministic(true), jsonlist.Tolerant)
}

// ParseUpdate reads the body of an update.
func ParseUpdate(body []byte) (Update, error) {
	var u Update
	if err := jsonlist.Unmarshal(body, &u); err != nil {
		return u, fmt.Errorf("not an update: %w", err)
	}
	if kb, ok := ParseKB(u.KB); !ok || kb != u.KB {
		return u, fmt.Errorf("%q is no update's number", u.KB)
	}
	return u, nil
}

// Merge returns the body of an update with all that held and fresh say of it.
// Where both speak by the same document of the API, fresh is believed: it is a
// later revision. Exports show what somebody chose to see, so what two of them
// say is kept from both.
func Merge(held, fresh []byte) ([]byte, error) {
	old, err := ParseUpdate(held)
	if err != nil {
		return nil, err
	}
	u, err := ParseUpdate(fresh)
	if err != nil {
		return nil, err
	}
	if old.KB != u.KB {
		return nil, errors.New("two updates cannot be one: " + old.KB + ", " + u.KB)
	}
	if old.Documents == nil {
		old.Documents = make(map[string][]Statement)
	}
	for document, said := range u.Documents {
		if strings.HasPrefix(document, Export) {
			before := old.Documents[document]
			for _, s := range said {
				before = Add(before, s)
			}
			said = before
		}
		old.Documents[document] = said
	}
	return old.Body()
}
