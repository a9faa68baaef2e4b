package publishers

import (
	"maps"
	"sync"
)

// counter counts requests by address.
type counter struct {
	mu    sync.Mutex
	count map[string]int
}

func (c *counter) add(address string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count == nil {
		c.count = map[string]int{}
	}
	c.count[address]++
}

func (c *counter) all() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.count)
}
