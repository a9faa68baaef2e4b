package postgres

import (
	"sync"

	"vulnmirror/store"
)

// digests remembers digests until something changes. It is safe for concurrent
// use.
type digests struct {
	mu       sync.Mutex
	revision int64
	held     map[string]store.Digest
}

// digestLimit bounds how many are remembered.
const digestLimit = 2048

func (m *digests) get(revision int64, question string) (store.Digest, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.revision != revision {
		return store.Digest{}, false
	}
	d, ok := m.held[question]
	return d, ok
}

func (m *digests) put(revision int64, question string, d store.Digest) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if revision < m.revision {
		return // an old snapshot asked
	}
	if revision > m.revision || m.held == nil || len(m.held) >= digestLimit {
		m.held, m.revision = map[string]store.Digest{}, revision
	}
	m.held[question] = d
}
