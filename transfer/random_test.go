package transfer

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// TestCopiesOfAnyPast copies again and again, with failures, while a source goes
// through whatever can happen to records; then the two hold the same.
func TestCopiesOfAnyPast(t *testing.T) {
	for seed := range uint64(150) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		from, to := newMemory(), newMemory()
		event(t, rnd, from, 0)
		for n := range 12 {
			for range rnd.IntN(8) {
				event(t, rnd, from, n)
			}
			if _, err := copyAll(t, from, &failing{to, rnd.IntN(12)}); err != nil && !errors.Is(err, errPlanted) && !errors.Is(err, ErrEmpty) {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		mustCopy(t, from, to)
		if d := diff(holdingOf(t, from), holdingOf(t, to)); d != "" {
			t.Fatalf("seed %d (-source +target):\n%s", seed, d)
		}
		if c := compareAll(t, from, to); !c.Same() {
			t.Fatalf("seed %d: %+v", seed, c)
		}
	}
}

// event lets something happen to a source at a time: mostly records come from one
// of two sources, one of which has copies and converted ones; or some are
// withdrawn.
func event(t *testing.T, rnd *rand.Rand, s store.Store, n int) {
	t.Helper()
	source := []string{"nvd-cpe", imports}[rnd.IntN(2)]
	if rnd.IntN(4) == 0 {
		gone := rnd.IntN(3)
		if _, err := s.Withdraw(t.Context(), store.Withdrawal{
			Kind: vuln.KindCPE, Source: source, At: hour(100 + n), UpTo: hour(1000),
			Keep: func(id string) bool { return int(id[len(id)-1])%3 == gone },
		}); err != nil {
			t.Fatal(err)
		}
		return
	}
	o := file(source, rnd.IntN(30))
	o.Copies = source == imports
	o.Replaces = rnd.IntN(3) == 0
	batch := &store.Batch{Origin: o, Last: rnd.IntN(2) == 0}
	for range 1 + rnd.IntN(5) {
		id := fmt.Sprintf("cpe:2.3:a:example:server:1:*:*:*:*:*:*:%d", rnd.IntN(6))
		modified := hour(rnd.IntN(4))
		batch.Records = append(batch.Records, vuln.Record{
			Kind: vuln.KindCPE, ID: id, Source: source, Modified: modified, Converted: o.Copies && rnd.IntN(2) == 0,
			Body: fmt.Appendf(nil, `{"cpeName":"%s","lastModified":"%s","v":%d}`, id, vuln.FormatTime(modified), rnd.IntN(3)),
		})
	}
	if _, err := s.Apply(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}
