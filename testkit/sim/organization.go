package sim

import (
	"slices"
	"strings"
)

// organization is a source: somebody who reports or scores, under one or more
// identifiers.
type organization struct {
	name              string
	identifiers       []string
	created, modified int64
	reviews           uint8 // how often its acceptance level has changed
}

// authorities are the sources that are no vendors.
var authorities = map[string]string{
	sourceMITRE: "MITRE", sourceNVD: "NIST", sourceADP: "CISA-ADP", sourceCopy: "CVE",
}

// report notes that a source was met. Identifiers of one vendor belong together.
func (b *dictionary) report(id, vendor string, at int64) {
	home := vendor
	if name := authorities[id]; name != "" {
		home, vendor = id, name
	}
	o := b.homes[home]
	if o == nil {
		d := roll(b.author.seed, hashText(6, home), 'o')
		o = &organization{name: vendor, created: at, modified: b.since(at, d)}
		b.homes[home] = o
		b.sources = append(b.sources, o)
	}
	if !slices.Contains(o.identifiers, id) {
		o.identifiers = append(o.identifiers, id)
		o.modified = max(o.modified, at)
	}
}

// contact is the address to write to; "" when only a number is known.
func (o *organization) contact() string {
	for _, id := range o.identifiers {
		if strings.Contains(id, "@") {
			return id
		}
	}
	return ""
}

// body appends the source's compact JSON, keys in NVD's order.
func (o *organization) body(dst []byte) []byte {
	d := roll(hashText(8, o.name), uint64(o.created), 'b')
	w := document{b: dst}
	w.b = append(w.b, '{')
	if o.name != "" {
		w.field("name", o.name)
	}
	if contact := o.contact(); contact != "" {
		w.field("contactEmail", contact)
	}
	w.array("sourceIdentifiers")
	for _, id := range o.identifiers {
		w.item(id)
	}
	w.close(']')
	w.when("lastModified", moment(o.modified))
	w.when("created", moment(o.created))
	for _, key := range []string{"v2AcceptanceLevel", "v3AcceptanceLevel", "v4AcceptanceLevel", "cweAcceptanceLevel"} {
		if d.n(2) == 0 {
			continue
		}
		levels := []string{"Contributor", "Provider", "Reference"}
		w.object(key)
		w.field("description", levels[(d.n(len(levels))+int(o.reviews))%len(levels)])
		w.when("lastModified", moment(o.modified))
		w.close('}')
	}
	w.b = append(w.b, '}')
	return w.b
}
