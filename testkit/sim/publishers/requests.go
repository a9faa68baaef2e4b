package publishers

import (
	"maps"
	"sync"
)

// counter counts what has a name.
type counter[K comparable] struct {
	mu    sync.Mutex
	count map[K]int
}

func (c *counter[K]) add(name K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count == nil {
		c.count = map[K]int{}
	}
	c.count[name]++
}

func (c *counter[K]) all() map[K]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.count)
}
