package sim

import "strconv"

// Sizes of the record of about 700 KB: its match criteria are listed one by one.
const giantCriteria = 4300

// configurations writes which products a record concerns.
func (a author) configurations(w *document, s *state, sc *scene) {
	d := a.dice(s, partConfig, 0)
	if !s.giant && !s.wellKnown() && d.n(30) == 0 {
		return
	}
	w.array("configurations")
	for range 1 + d.n(2)*d.n(2)*d.n(3) {
		a.configuration(w, s, sc, d)
	}
	w.close(']')
}

// configuration writes one statement: a product alone, or a product AND the
// platform it runs on.
func (a author) configuration(w *document, s *state, sc *scene, d *dice) {
	with := d.n(4) == 0 || sc.part == 'o'
	w.open()
	if with {
		operator := "AND"
		if d.n(12) == 0 {
			operator = "OR"
		}
		w.field("operator", operator)
		if d.n(8) == 0 {
			w.boolean("negate", false)
		}
	}
	w.array("nodes")
	w.node(d.n(60) == 0, func() {
		met := map[uint64]bool{}
		first := sc.version(d)
		for i := range a.criteriaCount(s, d) {
			a.vulnerable(w, sc, d, i, first, met)
		}
	})
	if with {
		platform := drawProduct(a.seed, d)
		if platform.part == 'a' {
			platform = newProduct(platform.vendor, platform.name, 'h', platform.seed)
		}
		w.node(false, func() {
			for range 1 + d.n(3)*d.n(2) {
				w.match(false, platform, platform.criteria("-", "*", d), bounds{})
			}
		})
	}
	w.b = append(w.b, "]}"...)
}

func (a author) criteriaCount(s *state, d *dice) int {
	switch n := d.n(100); {
	case s.giant:
		return giantCriteria
	case n < 4:
		return 40 + d.n(110)
	case n < 16:
		return 8 + d.n(20)
	default:
		return 1 + d.n(4)
	}
}

// vulnerable writes the ith affected product of a node: an exact version, most
// often the one after the one before, or a range. No statement is met twice in
// a node.
func (a author) vulnerable(w *document, sc *scene, d *dice, i int, first string, met map[uint64]bool) {
	p := sc.product
	other := d.n(12) == 0
	if other {
		p = drawProduct(a.seed, d)
	}
	version, update, b := "*", "*", bounds{}
	if d.n(3) > 0 {
		version = cpeVersion(later(first, i))
		if other || d.n(12) == 0 {
			version = cpeVersion(p.version(d))
		}
		if d.n(8) == 0 {
			update = pick(d, []string{"beta", "rc", "sp", "patch"}) + strconv.Itoa(1+d.n(6))
		}
	} else {
		b = p.versions(d, sc)
	}
	criteria := p.criteria(version, update, d)
	if met[statement(criteria, b)] {
		criteria, b = p.criteria(cpeVersion(sc.fixed), "build"+strconv.Itoa(i), d), bounds{}
	}
	met[statement(criteria, b)] = true
	w.match(true, p, criteria, b)
}

// versions draws a range. Most end before the fixed version.
func (p product) versions(d *dice, sc *scene) bounds {
	low, high := p.version(d), p.version(d)
	if p.cpeName == sc.cpeName && d.n(4) > 0 {
		high = sc.fixed
	}
	if newer(low, high) {
		low, high = high, low
	}
	var b bounds
	switch {
	case d.n(2) == 0 && newer(high, low):
		b.startIncluding = low
	case d.n(9) == 0 && newer(high, low):
		b.startExcluding = low
	}
	switch d.n(5) {
	case 0:
		b.endIncluding = high
	case 1:
		if b == (bounds{}) {
			b.startIncluding = high // still open towards the future
		}
	default:
		b.endExcluding = high
	}
	if b.endExcluding != "" && d.n(150) == 0 {
		b.endExcluding = " " + b.endExcluding // upstream lets padded bounds through
	}
	return b
}

type bounds struct{ startIncluding, startExcluding, endIncluding, endExcluding string }

// statement numbers a match statement. The same one has the same number, and so
// the same matchCriteriaId, wherever it is met.
func statement(criteria string, b bounds) uint64 {
	h := hashText(0, criteria)
	if b != (bounds{}) {
		h = hashText(hashText(hashText(hashText(h, b.startIncluding), b.startExcluding), b.endIncluding), b.endExcluding)
	}
	return h
}

func (w *document) node(negate bool, matches func()) {
	w.open()
	w.field("operator", "OR")
	w.boolean("negate", negate)
	w.array("cpeMatch")
	matches()
	w.b = append(w.b, "]}"...)
}

// match writes one cpeMatch about a product.
func (w *document) match(vulnerable bool, p product, criteria string, b bounds) {
	if w.met != nil {
		w.met(p, criteria, b)
	}
	w.open()
	w.boolean("vulnerable", vulnerable)
	w.field("criteria", criteria)
	w.limits(b)
	w.key("matchCriteriaId")
	w.b = append(w.b, '"')
	w.b = append(appendUUID(w.b, statement(criteria, b), upperHex), '"')
	w.close('}')
}

// limits writes a range of versions.
func (w *document) limits(b bounds) {
	w.bound("versionStartIncluding", b.startIncluding)
	w.bound("versionStartExcluding", b.startExcluding)
	w.bound("versionEndIncluding", b.endIncluding)
	w.bound("versionEndExcluding", b.endExcluding)
}

func (w *document) bound(key, version string) {
	if version != "" {
		w.field(key, version)
	}
}

// affected writes what the reporter says is affected (schema cve_affected_1.0).
func (a author) affected(w *document, s *state, sc *scene, cna string) {
	d := a.dice(s, partAffected, 0)
	if s.publishedYear() < 2026 && d.n(3) > 0 {
		return
	}
	w.array("affected")
	w.open()
	w.field("source", cna)
	w.array("affectedData")
	for range 1 + d.n(2)*d.n(3) {
		a.affectedProduct(w, sc, d)
	}
	w.b = append(w.b, "]}]"...)
}

func (a author) affectedProduct(w *document, sc *scene, d *dice) {
	w.open()
	defer w.close('}')
	if d.n(5) == 0 {
		w.field("vendor", "n/a")
		w.field("product", "n/a")
		w.b = append(w.b, `,"versions":[{"version":"n/a","status":"affected"}]`...)
		return
	}
	w.field("vendor", sc.vendor)
	w.field("product", sc.name)
	if d.n(5) == 0 {
		w.field("collectionURL", "https://packages."+sc.host)
		w.field("packageName", sc.cpeVendor+"/"+sc.cpeName)
	}
	if d.n(6) == 0 {
		w.array("modules")
		w.item(pick(d, nouns))
		w.close(']')
		w.array("programFiles")
		w.item(sc.file)
		w.close(']')
		w.array("programRoutines")
		w.open()
		w.field("name", sc.function)
		w.b = append(w.b, "}]"...)
	}
	if d.n(6) == 0 {
		w.array("platforms")
		w.item(pick(d, []string{"Windows", "Linux", "64 bit", "ARM"}))
		w.close(']')
		w.field("repo", "https://git."+sc.host+"/"+sc.cpeName)
	}
	w.field("defaultStatus", pick(d, []string{"unaffected", "affected", "unknown"}))
	w.array("versions")
	for range 1 + d.n(3) {
		w.open()
		w.field("version", sc.version(d))
		w.field("status", "affected")
		if d.n(2) == 0 {
			w.field("versionType", pick(d, []string{"semver", "custom", "git"}))
			w.field(pick(d, []string{"lessThan", "lessThanOrEqual"}), sc.fixed)
		}
		if d.n(10) == 0 {
			w.array("changes")
			w.open()
			w.field("at", sc.fixed)
			w.field("status", "unaffected")
			w.b = append(w.b, "}]"...)
		}
		w.close('}')
	}
	w.close(']')
}
