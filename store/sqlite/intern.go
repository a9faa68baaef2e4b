package sqlite

import (
	"crypto/sha256"

	"vulnmirror/vuln"
)

// internLimit bounds how many keys one interner remembers, and with it memory.
// NVD has about 600,000 match criteria; those forgotten are found by an index.
const internLimit = 1 << 17

// key names content by the first half of its SHA-256.
type key [16]byte

// digest makes keys. Parts are told apart by their lengths. It also lends its
// memory to the making of drafts.
type digest struct {
	buf    []byte
	seen   map[string]struct{} // by distinctWords
	links  map[string]int      // by newLinks
	packed []byte              // by pack
}

func (dg *digest) add(parts ...string) {
	for _, p := range parts {
		n := len(p)
		dg.buf = append(dg.buf, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
		dg.buf = append(dg.buf, p...)
	}
}

func (dg *digest) key() (k key) {
	sum := sha256.Sum256(dg.buf)
	dg.buf = dg.buf[:0]
	copy(k[:], sum[:])
	return k
}

// interner numbers the rows of a table whose rows are never changed or removed.
type interner[K comparable] struct {
	ids   map[K]int64
	last  int64 // largest id in the table
	whole bool  // ids has every row of the table
}

// id returns the number of k. For an unknown k it asks find and, when the table
// has no such row, calls add with the next free number.
func (n *interner[K]) id(k K, find func() (int64, bool, error), add func(id int64) error) (int64, error) {
	if id, ok := n.ids[k]; ok {
		return id, nil
	}
	if len(n.ids) >= internLimit {
		clear(n.ids)
		n.whole = false
	}
	if !n.whole {
		id, found, err := find()
		if err != nil {
			return 0, err
		}
		if found {
			n.ids[k] = id
			return id, nil
		}
	}
	if err := add(n.last + 1); err != nil {
		return 0, err
	}
	n.last++
	n.ids[k] = n.last
	return n.last, nil
}

// restart forgets all and learns from the table what is the last number.
func (n *interner[K]) restart(w *session, table string) error {
	last, _, err := w.number("SELECT coalesce(max(id), 0) FROM " + table)
	*n = interner[K]{ids: map[K]int64{}, last: last, whole: last == 0}
	return err
}

// interned is what the writer knows of the tables of shared rows.
type interned struct {
	seen     int64 // data_version of the connection when last looked, 0 for never
	terms    interner[string]
	sets     interner[key]
	products interner[string]
	criteria interner[key]
}

// refresh forgets everything when another process wrote to the file since.
func (n *interned) refresh(w *session) error {
	version, _, err := w.number("PRAGMA data_version")
	if err != nil || version == n.seen {
		return err
	}
	n.seen = 0
	for _, err := range []error{
		n.terms.restart(w, "term"),
		n.sets.restart(w, "set_key"),
		n.products.restart(w, "cpe_product"),
		n.criteria.restart(w, "criterion"),
	} {
		if err != nil {
			return err
		}
	}
	n.seen = version
	return nil
}

func (n *interned) term(w *session, value string) (int64, error) {
	if id, ok := n.terms.ids[value]; ok {
		return id, nil
	}
	return n.terms.id(value,
		func() (int64, bool, error) { return w.number("SELECT id FROM term WHERE value = ?", value) },
		func(id int64) error { return w.exec("INSERT INTO term VALUES (?, ?)", id, value) })
}

// set numbers the set named k, whose members are written when it is new.
func (n *interned) set(w *session, k key, m members) (int64, error) {
	if id, ok := n.sets.ids[k]; ok {
		return id, nil
	}
	return n.sets.id(k,
		func() (int64, bool, error) { return w.number("SELECT id FROM set_key WHERE key = ?", k[:]) },
		func(id int64) error {
			if err := w.exec("INSERT INTO set_key VALUES (?, ?)", id, k[:]); err != nil {
				return err
			}
			return m.write(w, id)
		})
}

func (n *interned) criterion(w *session, k key, m *vuln.MatchCriteria) (int64, error) {
	if id, ok := n.criteria.ids[k]; ok {
		return id, nil
	}
	c := newCriterion(m)
	return n.criteria.id(k,
		func() (int64, bool, error) {
			product, known, err := findProduct(w, c.part, c.vendor, c.product)
			if err != nil || !known {
				return 0, false, err
			}
			return w.number(`SELECT id FROM criterion
				WHERE substr(uuid, 1, 4) = substr(?1, 1, 4) AND uuid = ?1 AND product = ? AND version IS ? AND rest IS ? AND criteria IS ?
				AND start_including IS ? AND start_excluding IS ? AND end_including IS ? AND end_excluding IS ?`,
				append([]any{c.uuid, product}, c.columns()...)...)
		},
		func(id int64) error {
			product, err := n.product(w, c.part, c.vendor, c.product)
			if err != nil {
				return err
			}
			return w.exec("INSERT INTO criterion VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", append([]any{id, c.uuid, product}, c.columns()...)...)
		})
}

func (n *interned) product(w *session, part, vendor, product string) (int64, error) {
	return n.products.id(part+":"+vendor+":"+product,
		func() (int64, bool, error) { return findProduct(w, part, vendor, product) },
		func(id int64) error {
			return w.exec("INSERT INTO cpe_product VALUES (?, ?, ?, ?)", id, part, vendor, product)
		})
}

func findProduct(w *session, part, vendor, product string) (int64, bool, error) {
	return w.number("SELECT id FROM cpe_product WHERE vendor = ? AND product = ? AND part = ?", vendor, product, part)
}
