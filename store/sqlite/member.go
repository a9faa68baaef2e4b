package sqlite

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sort"

	"vulnmirror/vuln"
)

// memberSize is how many bytes of a cpeNameId are kept for each name that a
// criterion describes: enough to tell two million names apart.
const memberSize = 8

// uuidKey is a UUID's head as an integer of SQLite, for indexes.
func uuidKey(id vuln.UUID) int64 { return int64(id.Head()) }

// packMembers puts the beginnings of the ids in order, one after another.
func packMembers(ids []vuln.UUID) []byte {
	keys := make([]uint64, len(ids))
	for i, id := range ids {
		keys[i] = id.Head()
	}
	slices.SortFunc(keys, cmp.Compare)
	out := make([]byte, 0, memberSize*len(keys))
	for _, k := range slices.Compact(keys) {
		out = binary.BigEndian.AppendUint64(out, k)
	}
	return out
}

// hasMember tells whether packed has the key.
func hasMember(packed []byte, key uint64) bool {
	n := len(packed) / memberSize
	at := sort.Search(n, func(i int) bool { return binary.BigEndian.Uint64(packed[i*memberSize:]) >= key })
	return at < n && binary.BigEndian.Uint64(packed[at*memberSize:]) == key
}
