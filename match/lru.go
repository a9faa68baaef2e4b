package match

import (
	"container/list"
	"sync"
)

// lru holds what was used last, up to a total weight. It is safe for concurrent
// use.
type lru[K comparable, V any] struct {
	limit int64 // bytes, roughly

	mu    sync.Mutex
	held  map[K]*list.Element
	order list.List // of *item[K, V], latest first
	total int64
}

type item[K comparable, V any] struct {
	key    K
	value  V
	weight int64
}

func newLRU[K comparable, V any](limit int64) *lru[K, V] {
	return &lru[K, V]{limit: limit, held: make(map[K]*list.Element)}
}

func (c *lru[K, V]) get(key K) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.held[key]
	if !ok {
		return value, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*item[K, V]).value, true
}

// among returns what is held of keys, and which are not.
func (c *lru[K, V]) among(keys []K) (held map[K]V, missing []K) {
	held = make(map[K]V, len(keys))
	for _, k := range keys {
		if v, ok := c.get(k); ok {
			held[k] = v
		} else {
			missing = append(missing, k)
		}
	}
	return held, missing
}

// put holds a value, in place of one of the same key. What weighs more than an
// eighth of the limit is not worth all that would have to go.
func (c *lru[K, V]) put(key K, value V, weight int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
	if weight > c.limit/8 {
		return
	}
	c.held[key] = c.order.PushFront(&item[K, V]{key, value, weight})
	c.total += weight
	c.trim()
}

// grow adds to the weight of a value that is still held.
func (c *lru[K, V]) grow(key K, by int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.held[key]; ok {
		e.Value.(*item[K, V]).weight += by
		c.total += by
		c.trim()
	}
}

func (c *lru[K, V]) trim() {
	for c.total > c.limit {
		c.drop(c.order.Back().Value.(*item[K, V]).key)
	}
}

func (c *lru[K, V]) drop(key K) {
	if e, ok := c.held[key]; ok {
		c.total -= e.Value.(*item[K, V]).weight
		c.order.Remove(e)
		delete(c.held, key)
	}
}
