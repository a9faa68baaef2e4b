package sim

import "math/bits"

// dice is a small deterministic generator (splitmix64, Steele, Lea and Flood
// 2014). Every part of every record rolls its own, so that a change of one part
// leaves the others as they were and any record can be made without the ones
// before it.
type dice uint64

// roll gives the dice that belong to these numbers.
func roll(seed, a, b uint64) *dice {
	d := dice(mix(mix(seed^0x9e3779b97f4a7c15)+a) + b*0xd1342543de82ef95)
	return &d
}

func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	return mix(uint64(*d))
}

// n gives a number in [0, limit).
func (d *dice) n(limit int) int {
	hi, _ := bits.Mul64(d.next(), uint64(limit))
	return int(hi)
}

// share gives a number in [0, 1).
func (d *dice) share() float64 { return float64(d.next()>>11) / (1 << 53) }

// chance is true in p of all cases.
func (d *dice) chance(p float64) bool { return d.share() < p }

func pick[T any](d *dice, from []T) T { return from[d.n(len(from))] }

// hashText folds a text into a number that depends on every byte of it (FNV-1a).
func hashText(seed uint64, s string) uint64 {
	h := seed ^ 0xcbf29ce484222325
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return mix(h)
}
