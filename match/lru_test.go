package match

import (
	"slices"
	"testing"
)

func TestLRUKeepsWhatWasUsedLastWithinItsWeight(t *testing.T) {
	c := newLRU[string, int](80)
	for i, key := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		c.put(key, i, 10)
	}
	c.get("a")
	c.put("i", 8, 10) // makes b go
	c.put("c", 20, 10)
	c.put("large", 0, 11) // more than an eighth
	c.grow("c", 10)       // makes d go
	c.grow("gone", 100)
	held, missing := c.among([]string{"a", "b", "c", "d", "e", "i", "large"})
	if !slices.Equal(missing, []string{"b", "d", "large"}) || held["c"] != 20 || held["i"] != 8 {
		t.Errorf("held %v, missing %v", held, missing)
	}
	if c.total != 80 {
		t.Errorf("total %d, want 80", c.total)
	}
}
