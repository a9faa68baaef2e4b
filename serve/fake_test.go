package serve

import (
	"context"
	"iter"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// memory is the part of a store that these tests ask for: one record, and the
// state of sources.
type memory struct {
	store.Store
	record  vuln.Record
	sources []store.SourceState
	err     error         // of every call, when set
	hold    chan struct{} // when set, Get waits for it to close
	held    chan struct{} // receives when Get waits
	closed  bool
}

func (m *memory) Get(_ context.Context, _ vuln.Kind, id string) (vuln.Record, error) {
	if m.hold != nil {
		m.held <- struct{}{}
		<-m.hold
	}
	if m.closed {
		panic("read from a closed store")
	}
	if m.err == nil && id != m.record.ID {
		return vuln.Record{}, store.ErrNotFound
	}
	return m.record, m.err
}

func (m *memory) Sources(context.Context) ([]store.SourceState, error) { return m.sources, m.err }

func (m *memory) Digest(context.Context, store.Query) (store.Digest, error) {
	return store.Digest{Count: 1, Revision: 1}, m.err
}

func (m *memory) List(context.Context, store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		if m.closed {
			panic("read from a closed store")
		}
		yield(m.record, m.err)
	}
}

func (m *memory) Snapshot(context.Context) (store.Snapshot, error) { return frozen{m}, m.err }

func (m *memory) Close() error { m.closed = true; return m.err }

type frozen struct{ *memory }

func (frozen) Close() error { return nil }
