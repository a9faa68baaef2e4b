package match

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// tolerant reads what other programs write, odd or not.
var tolerant = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// component is a component of CycloneDX, as far as matching reads it.
type component struct {
	Name       string      `json:"name"`
	Version    string      `json:"version"`
	CPE        string      `json:"cpe"`
	Components []component `json:"components"`
}

// metadata says what a CycloneDX document is about: an image, a machine.
type metadata struct {
	Component *component `json:"component"`
}

// spdxPackage is a package of SPDX 2, or an element of SPDX 3.
type spdxPackage struct {
	Type    string `json:"type"` // 3
	Name    string `json:"name"`
	Version string `json:"versionInfo"`
	Refs    []struct {
		Type    string `json:"referenceType"`
		Locator string `json:"referenceLocator"`
	} `json:"externalRefs"` // 2
	Identifiers []struct {
		Type       string `json:"externalIdentifierType"`
		Identifier string `json:"identifier"`
	} `json:"externalIdentifier"` // 3
}

// readSBOM reads a bill of materials component by component.
func readSBOM(r io.Reader) (Inventory, error) {
	var found Inventory
	d := jsontext.NewDecoder(r, tolerant)
	if _, err := d.ReadToken(); err != nil {
		return found, err
	}
	for d.PeekKind() != '}' {
		member, err := d.ReadToken()
		if err != nil {
			return found, fmt.Errorf("not JSON: %w", err)
		}
		if err := found.member(d, member.String()); err != nil {
			return found, err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return found, fmt.Errorf("not JSON: %w", err)
	}
	if found.Format == "" {
		return found, errors.New("JSON, but neither a CycloneDX nor an SPDX bill of materials")
	}
	return found, nil
}

// member reads the value of a member of the document.
func (in *Inventory) member(d *jsontext.Decoder, name string) error {
	switch name {
	case "bomFormat":
		in.Format = "CycloneDX"
	case "spdxVersion", "@graph":
		in.Format = "SPDX"
	}
	var err error
	switch name {
	case "components":
		err = elements(in, d, in.component)
	case "metadata":
		err = value(in, d, func(m *metadata) {
			if m.Component != nil {
				in.component(m.Component)
			}
		})
	case "packages":
		err = elements(in, d, in.spdx)
	case "@graph":
		err = elements(in, d, func(p *spdxPackage) {
			if strings.HasSuffix(p.Type, "Package") {
				in.spdx(p)
			}
		})
	default:
		err = d.SkipValue()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// elements reads an array element by element, so that large ones take no more
// memory than their parts.
func elements[T any](in *Inventory, d *jsontext.Decoder, use func(*T)) error {
	if d.PeekKind() != '[' {
		return d.SkipValue()
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		if err := value(in, d, use); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// value reads a value and uses it. One that is not of the shape expected is
// noted, and the rest goes on.
func value[T any](in *Inventory, d *jsontext.Decoder, use func(*T)) error {
	text, err := d.ReadValue()
	if err != nil {
		return err
	}
	var v T
	if err := json.Unmarshal(text, &v, tolerant); err != nil {
		in.Unreadable = append(in.Unreadable, fmt.Errorf("%s: %w", d.StackPointer(), err))
		return nil
	}
	use(&v)
	return nil
}

func (in *Inventory) component(c *component) {
	if c.CPE == "" {
		in.Without++
	} else {
		in.add(c.CPE, func() string { return "component " + strings.TrimSpace(c.Name+" "+c.Version) })
	}
	for i := range c.Components {
		in.component(&c.Components[i])
	}
}

// spdx takes all CPEs of a package: tools give several when they are not sure.
func (in *Inventory) spdx(p *spdxPackage) {
	has := false
	take := func(kind, text string) {
		switch kind[strings.LastIndexByte(kind, '/')+1:] {
		case "cpe23Type", "cpe22Type", "cpe23", "cpe22":
			has = true
			in.add(text, func() string { return "package " + strings.TrimSpace(p.Name+" "+p.Version) })
		}
	}
	for _, r := range p.Refs {
		take(r.Type, r.Locator)
	}
	for _, i := range p.Identifiers {
		take(i.Type, i.Identifier)
	}
	if !has {
		in.Without++
	}
}
