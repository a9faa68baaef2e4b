package sim

import "strings"

// cpeName is a name of the dictionary. Its text is written anew whenever
// somebody asks.
type cpeName struct {
	spelling
	of                *listing
	text              string
	created, modified int64
	heirs, ancestors  []*cpeName // what deprecates it, and what it deprecates
	titles            uint8      // how often its title has changed
}

func (n *cpeName) id() string { return string(n.appendID(nil)) }

func (n *cpeName) appendID(dst []byte) []byte { return appendUUID(dst, hashText(7, n.text), upperHex) }

// deprecate puts another name of the product in a name's place, unless either
// has been replaced itself. at is when, 0 = at some time before.
func (n *cpeName) deprecate(heir *cpeName, at int64) bool {
	if n == heir || len(n.heirs) > 0 || len(heir.heirs) > 0 {
		return false
	}
	n.heirs = append(n.heirs, heir)
	heir.ancestors = append(heir.ancestors, n)
	n.modified, heir.modified = max(n.modified, heir.created, at), max(heir.modified, at)
	return true
}

// body appends the name's compact JSON, keys in NVD's order.
func (n *cpeName) body(dst []byte) []byte {
	d := roll(n.of.seed, hashText(4, n.text), 'b')
	w := document{b: dst}
	w.b = append(w.b, '{')
	w.boolean("deprecated", len(n.heirs) > 0)
	w.field("cpeName", n.text)
	w.field("cpeNameId", n.id())
	w.when("lastModified", moment(n.modified))
	w.when("created", moment(n.created))
	w.escaped = d.n(50) == 0
	n.writeTitles(&w, d)
	n.writeRefs(&w)
	w.escaped = false
	w.nameList("deprecatedBy", n.heirs)
	w.nameList("deprecates", n.ancestors)
	w.b = append(w.b, '}')
	return w.b
}

// title says the name in words.
func (n *cpeName) title() string {
	t := n.of.vendor + " " + n.of.name
	if n.version != "-" {
		t += " " + strings.ReplaceAll(n.version, `\`, "")
	}
	if n.update != "*" && n.update != "-" {
		t += " " + title(n.update)
	}
	if n.target != "*" {
		t += " for " + title(strings.ReplaceAll(n.target, "_", " "))
	}
	return t + strings.Repeat(" (revised)", int(n.titles))
}

func (n *cpeName) writeTitles(w *document, d *dice) {
	w.array("titles")
	first := d.n(8) == 0
	for _, lang := range []string{"ja", "en"} {
		if lang == "ja" && !first {
			continue
		}
		w.open()
		if lang == "ja" {
			w.field("title", "架空 "+n.title())
		} else {
			w.field("title", n.title())
		}
		w.field("lang", lang)
		w.close('}')
	}
	w.close(']')
}

var refKinds = []string{"Advisory", "Change Log", "Product", "Project", "Vendor", "Version"}

func (n *cpeName) writeRefs(w *document) {
	d := roll(n.of.seed, hashText(9, n.text), 'r')
	if d.n(10) < 7 {
		return
	}
	w.array("refs")
	for range 1 + d.n(2) {
		w.open()
		w.field("ref", "https://"+n.of.host+"/"+n.of.cpeName+"/"+pick(d, nouns))
		if d.n(10) > 0 {
			w.field("type", pick(d, refKinds))
		}
		w.close('}')
	}
	w.close(']')
}

// nameList writes names with their identifiers; without any, nothing.
func (w *document) nameList(key string, names []*cpeName) {
	if len(names) == 0 {
		return
	}
	w.array(key)
	for _, n := range names {
		w.open()
		w.field("cpeName", n.text)
		w.key("cpeNameId")
		w.b = append(n.appendID(append(w.b, '"')), '"')
		w.close('}')
	}
	w.close(']')
}
