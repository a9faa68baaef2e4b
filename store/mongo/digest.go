package mongo

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"vulnmirror/store"
)

// Digest implements store.Reader. The revision of a set is the largest of its
// members'. A record that leaves lowers the count, and one that comes in or
// changes has a larger revision than any before.
func (v *view) Digest(ctx context.Context, q store.Query) (store.Digest, error) {
	f := filterOf(q)
	key, err := f.question()
	if err != nil {
		return store.Digest{}, v.s.fail("digest", err)
	}
	if d, ok := v.s.memory.get(v.at.Content, key); ok {
		return d, nil
	}
	d, err := v.digest(ctx, f)
	if err != nil {
		return store.Digest{}, v.s.fail("digest", err)
	}
	d.Revision = max(d.Revision, v.at.Base)
	v.s.memory.put(v.at.Content, key, d)
	return d, nil
}

func (v *view) digest(ctx context.Context, f *filter) (store.Digest, error) {
	if f.decided() {
		d, all, err := v.some(ctx, f)
		if err == nil && !all {
			d, err = v.counted(ctx, f)
		}
		if err != nil {
			return d, err
		}
		if pending, err := v.pending(ctx, f.kind); err != nil || !pending {
			return d, err
		}
	}
	entries, err := v.entries(ctx, f)
	var d store.Digest
	for _, e := range entries {
		sum(&d, e)
	}
	return d, err
}

func sum(d *store.Digest, e entry) {
	d.Count++
	d.Revision = max(d.Revision, e.Changed)
	if e.Modified.After(d.Newest) {
		d.Newest = e.Modified
	}
}

// some sums up what is in place, and tells whether that was all: a large set is
// better summed up by the server.
func (v *view) some(ctx context.Context, f *filter) (d store.Digest, all bool, err error) {
	o := options.Find().SetProjection(entryFields).SetLimit(int64(v.s.small + 1))
	err = v.s.each(ctx, v.s.of(f.kind), f.where("_id", v.placed()), o, func(doc bson.Raw) error {
		e, err := entryOf("", doc)
		sum(&d, e)
		return err
	})
	return d, d.Count <= v.s.small, err
}

// counted lets the server sum up what is in place, with what every server can.
func (v *view) counted(ctx context.Context, f *filter) (d store.Digest, err error) {
	where := f.where("_id", v.placed())
	op, cancel := v.s.within(ctx)
	defer cancel()
	count, err := v.s.of(f.kind).CountDocuments(op, where)
	if err != nil {
		return d, err
	}
	d.Count = int(count)
	for _, field := range []string{"lastModified", "changed"} {
		top, err := one[entry](ctx, v.s, v.s.of(f.kind), where, options.FindOne().SetSort(bson.D{{Key: field, Value: -1}}).SetProjection(entryFields))
		if errors.Is(err, store.ErrNotFound) {
			return store.Digest{}, nil
		}
		if err != nil {
			return d, err
		}
		if top.Modified.After(d.Newest) {
			d.Newest = top.Modified.UTC()
		}
		d.Revision = max(d.Revision, top.Changed)
	}
	return d, nil
}

// question tells a filter from others.
func (f *filter) question() (key [sha256.Size]byte, err error) {
	all, err := bson.Marshal(f.where("_id"))
	if err != nil {
		return key, err
	}
	platform := ""
	if f.platform != nil {
		platform = f.platform.String()
	}
	return sha256.Sum256(fmt.Appendf(all, "%s %q %q", f.kind, f.phrase, platform)), nil
}

// digests remembers digests until records change. It is safe for concurrent use.
type digests struct {
	mu      sync.Mutex
	content int64
	held    map[[sha256.Size]byte]store.Digest
}

// digestLimit bounds how many are remembered.
const digestLimit = 2048

func (m *digests) get(content int64, question [sha256.Size]byte) (store.Digest, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.content != content {
		return store.Digest{}, false
	}
	d, ok := m.held[question]
	return d, ok
}

func (m *digests) put(content int64, question [sha256.Size]byte, d store.Digest) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if content < m.content {
		return // an old snapshot asked
	}
	if content > m.content || m.held == nil || len(m.held) >= digestLimit {
		m.held, m.content = map[[sha256.Size]byte]store.Digest{}, content
	}
	m.held[question] = d
}
