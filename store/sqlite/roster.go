package sqlite

import (
	"database/sql/driver"
	"hash/maphash"
)

// roster remembers which records a table holds while it has no index of their
// identifiers: 8 bytes for each. What it does not know is not held; what it
// knows is held, or shares its hash with one that is.
type roster struct {
	seed  maphash.Seed
	slots []uint64 // open addressing, 0 is free; the length is a power of 2
	count int
}

// newRoster makes the roster of a table with few records.
func newRoster(w *session, t *table) (*roster, error) {
	r := &roster{seed: maphash.MakeSeed(), slots: make([]uint64, 1<<12)}
	err := w.each("SELECT name FROM "+t.name, func(v []driver.Value) error {
		r.add(v[0].(string))
		return nil
	})
	return r, err
}

// add enters a record, and tells whether it, or one like it, was there.
func (r *roster) add(id string) bool {
	if 4*(r.count+1) > 3*len(r.slots) {
		r.grow()
	}
	h := max(1, maphash.String(r.seed, id))
	at := r.slot(h)
	if r.slots[at] == h {
		return true
	}
	r.slots[at] = h
	r.count++
	return false
}

// slot is where h is, or where it belongs.
func (r *roster) slot(h uint64) int {
	mask := len(r.slots) - 1
	at := int(h) & mask
	for r.slots[at] != 0 && r.slots[at] != h {
		at = (at + 1) & mask
	}
	return at
}

func (r *roster) grow() {
	old := r.slots
	r.slots = make([]uint64, 2*len(old))
	for _, h := range old {
		if h != 0 {
			r.slots[r.slot(h)] = h
		}
	}
}
