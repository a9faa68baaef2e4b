package transfer

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// digest is a SHA-256 under way over values that are each told apart from the
// next: texts have their length before them.
type digest struct {
	sum hash.Hash
	buf []byte
}

func newDigest() *digest { return &digest{sum: sha256.New()} }

func (d *digest) number(n int64) {
	d.buf = binary.AppendVarint(d.buf[:0], n)
	d.sum.Write(d.buf)
}

func (d *digest) bytes(b []byte) {
	d.number(int64(len(b)))
	d.sum.Write(b)
}

func (d *digest) texts(texts ...string) {
	for _, s := range texts {
		d.number(int64(len(s)))
		d.buf = append(d.buf[:0], s...)
		d.sum.Write(d.buf)
	}
}

// times writes times as stores keep them; milliseconds from 1970, or a number
// that no such time has for the zero time.
func (d *digest) times(times ...time.Time) {
	for _, t := range times {
		if t.IsZero() {
			d.number(-1 << 62)
		} else {
			d.number(t.UnixMilli())
		}
	}
}

func (d *digest) record(r *vuln.Record) {
	converted := int64(0)
	if r.Converted {
		converted = 1
	}
	d.number(converted)
	d.texts(r.Source, r.Status, r.SourceIdentifier)
	d.times(r.Published, r.Modified)
	d.bytes(r.Body)
}

func (d *digest) end() (sum [sha256.Size]byte) {
	d.sum.Sum(sum[:0])
	d.sum.Reset()
	return sum
}

// historySum is over all of a record: its id, the current version as it is
// listed, its withdrawal, and every version with where and when it was first
// seen.
func (d *digest) historySum(current *vuln.Record, versions []store.Version) [sha256.Size]byte {
	d.texts(string(current.Kind), current.ID)
	d.times(current.Withdrawn)
	d.record(current)
	d.number(int64(len(versions)))
	for i := range versions {
		v := &versions[i]
		d.record(&v.Record)
		d.times(v.Seen, v.Origin.Fetched)
		d.texts(v.Origin.Source, v.Origin.Filename, v.Origin.SHA256)
	}
	return d.end()
}

func originSum(o *store.Origin) [sha256.Size]byte {
	d := newDigest()
	d.texts(o.Source, o.Filename, o.SHA256)
	d.times(o.Fetched)
	return d.end()
}

func stateSum(s *store.SourceState) [sha256.Size]byte {
	d := newDigest()
	d.texts(s.Source, s.Reason, s.Release)
	d.times(s.Completed, s.Synced, s.Watermark, s.Failed)
	return d.end()
}

// ended is when the last run ended that a state tells of.
func ended(s store.SourceState) time.Time {
	last := s.Synced
	for _, t := range []time.Time{s.Completed, s.Failed} {
		if t.After(last) {
			last = t
		}
	}
	return last
}
