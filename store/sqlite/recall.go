package sqlite

import (
	"context"
	"fmt"
	"sync"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// recallLimit bounds each map of recall.
const recallLimit = 1 << 15

// recall remembers shared rows, which never change while a database lives, and
// digests. It is safe for concurrent use.
type recall struct {
	mu       sync.RWMutex
	lineage  int64 // of the database that all this is about
	terms    map[int64]string
	scores   map[scoreRef]vuln.Score
	digests  map[string]store.Digest
	revision int64 // of digests
}

type scoreRef struct{ set, ordinal int64 }

// turn forgets everything when it was about another database than lineage.
// Callers hold the lock.
func (m *recall) turn(lineage int64) {
	if m.lineage != lineage {
		m.lineage, m.revision = lineage, 0
		m.terms, m.scores, m.digests = nil, nil, nil
	}
}

func (m *recall) term(ctx context.Context, from asker, lineage, id int64) (string, error) {
	m.mu.RLock()
	value, ok := m.terms[id]
	ok = ok && m.lineage == lineage
	m.mu.RUnlock()
	if ok {
		return value, nil
	}
	if err := askRow(ctx, from, "SELECT value FROM term WHERE id = ?", []any{id}, &value); err != nil {
		return "", fmt.Errorf("term %d: %w", id, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(lineage)
	if m.terms == nil || len(m.terms) >= recallLimit {
		m.terms = map[int64]string{}
	}
	m.terms[id] = value
	return value, nil
}

// score gives the caller a copy of its own.
func (m *recall) score(ctx context.Context, from asker, lineage int64, ref scoreRef) (*vuln.Score, error) {
	m.mu.RLock()
	s, ok := m.scores[ref]
	ok = ok && m.lineage == lineage
	m.mu.RUnlock()
	if ok {
		return &s, nil
	}
	err := askRow(ctx, from, "SELECT version, scorer, type, base, severity, vector FROM set_score WHERE set_id = ? AND ordinal = ?", []any{ref.set, ref.ordinal},
		&s.Version, &s.Scorer, &s.Type, &s.Base, &s.Severity, &s.Vector)
	if err != nil {
		return nil, fmt.Errorf("score %d of set %d: %w", ref.ordinal, ref.set, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(lineage)
	if m.scores == nil || len(m.scores) >= recallLimit {
		m.scores = map[scoreRef]vuln.Score{}
	}
	m.scores[ref] = s
	return &s, nil
}

// digest returns what keepDigest kept for the question at this revision.
func (m *recall) digest(lineage, revision int64, question string) (store.Digest, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.lineage != lineage || m.revision != revision {
		return store.Digest{}, false
	}
	d, ok := m.digests[question]
	return d, ok
}

func (m *recall) keepDigest(lineage, revision int64, question string, d store.Digest) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(lineage)
	if revision < m.revision {
		return // an old snapshot asked
	}
	if revision > m.revision || m.digests == nil || len(m.digests) >= recallLimit/16 {
		m.digests, m.revision = map[string]store.Digest{}, revision
	}
	m.digests[question] = d
}
