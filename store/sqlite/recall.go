package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// recallLimit bounds each map of recall.
const recallLimit = 1 << 15

// recall remembers shared rows, which never change, and digests. It is safe for
// concurrent use.
type recall struct {
	mu       sync.RWMutex
	terms    map[int64]string
	scores   map[scoreRef]vuln.Score
	digests  map[string]store.Digest
	revision int64 // of digests
}

type scoreRef struct{ set, ordinal int64 }

// asker is what a lookup needs: a pool, a connection or a transaction.
type asker interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (m *recall) term(ctx context.Context, from asker, id int64) (string, error) {
	m.mu.RLock()
	value, ok := m.terms[id]
	m.mu.RUnlock()
	if ok {
		return value, nil
	}
	if err := from.QueryRowContext(ctx, "SELECT value FROM term WHERE id = ?", id).Scan(&value); err != nil {
		return "", fmt.Errorf("term %d: %w", id, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.terms == nil || len(m.terms) >= recallLimit {
		m.terms = map[int64]string{}
	}
	m.terms[id] = value
	return value, nil
}

// score gives the caller a copy of its own.
func (m *recall) score(ctx context.Context, from asker, ref scoreRef) (*vuln.Score, error) {
	m.mu.RLock()
	s, ok := m.scores[ref]
	m.mu.RUnlock()
	if ok {
		return &s, nil
	}
	err := from.QueryRowContext(ctx, "SELECT version, scorer, type, base, severity, vector FROM set_score WHERE set_id = ? AND ordinal = ?", ref.set, ref.ordinal).
		Scan(&s.Version, &s.Scorer, &s.Type, &s.Base, &s.Severity, &s.Vector)
	if err != nil {
		return nil, fmt.Errorf("score %d of set %d: %w", ref.ordinal, ref.set, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.scores == nil || len(m.scores) >= recallLimit {
		m.scores = map[scoreRef]vuln.Score{}
	}
	m.scores[ref] = s
	return &s, nil
}

// digest returns what keepDigest kept for the question at this revision.
func (m *recall) digest(revision int64, question string) (store.Digest, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.revision != revision {
		return store.Digest{}, false
	}
	d, ok := m.digests[question]
	return d, ok
}

func (m *recall) keepDigest(revision int64, question string, d store.Digest) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if revision < m.revision {
		return // an old snapshot asked
	}
	if revision > m.revision || m.digests == nil || len(m.digests) >= recallLimit/16 {
		m.digests, m.revision = map[string]store.Digest{}, revision
	}
	m.digests[question] = d
}
