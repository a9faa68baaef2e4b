package transfer

import (
	"context"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// altered is a store that answers for one record, file or state as told.
type altered struct {
	store.Reader
	record   func(*vuln.Record)
	versions func([]store.Version) []store.Version
	origins  func([]store.Origin) []store.Origin
	states   func([]store.SourceState)
}

const alteredID = "CVE-2025-0003"

func (a altered) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		for r, err := range a.Reader.List(ctx, q) {
			if r.ID == alteredID && a.record != nil {
				a.record(&r)
			}
			if gone := err == nil && r.ID == ""; !gone && !yield(r, err) {
				return
			}
		}
	}
}

func (a altered) Get(ctx context.Context, kind vuln.Kind, id string) (vuln.Record, error) {
	r, err := a.Reader.Get(ctx, kind, id)
	if id == alteredID && a.record != nil {
		a.record(&r)
	}
	return r, err
}

func (a altered) Versions(ctx context.Context, kind vuln.Kind, id string) ([]store.Version, error) {
	v, err := a.Reader.Versions(ctx, kind, id)
	if id == alteredID && a.versions != nil {
		v = a.versions(v)
	}
	return v, err
}

func (a altered) Origins(ctx context.Context) ([]store.Origin, error) {
	o, err := a.Reader.Origins(ctx)
	if a.origins != nil {
		o = a.origins(o)
	}
	return o, err
}

func (a altered) Sources(ctx context.Context) ([]store.SourceState, error) {
	s, err := a.Reader.Sources(ctx)
	if a.states != nil {
		a.states(s)
	}
	return s, err
}

// TestCompareFindsEveryDifference plants one difference at a time.
func TestCompareFindsEveryDifference(t *testing.T) {
	s := newMemory()
	mirror(t, s)
	version := func(n int, change func(*store.Version)) func([]store.Version) []store.Version {
		return func(v []store.Version) []store.Version {
			change(&v[n])
			return v
		}
	}
	for _, tc := range []struct {
		name, part, problem string
		altered             altered
	}{
		{"a record gone", "cve", "only in the source", altered{record: func(r *vuln.Record) { r.ID = "" }}},
		{"a record listed otherwise", "cve", "not its last version", altered{record: func(r *vuln.Record) { r.Status = "x" }}},
		{"a record withdrawn", "cve", "withdrawn on one side only", altered{record: func(r *vuln.Record) { r.Withdrawn = noon }}},
		{"a body of one byte more", "cve", "version 2 is not the same", altered{versions: version(1, func(v *store.Version) { v.Record.Body = append(v.Record.Body, ' ') })}},
		{"an older body", "cve", "version 1 is not the same", altered{versions: version(0, func(v *store.Version) { v.Record.Body = []byte("{}") })}},
		{"a time of a millisecond later", "cve", "version 1 is not the same", altered{versions: version(0, func(v *store.Version) { v.Record.Modified = v.Record.Modified.Add(time.Millisecond) })}},
		{"no time", "cve", "version 1 is not the same", altered{versions: version(0, func(v *store.Version) { v.Record.Published = time.Time{} })}},
		{"a mark", "cve", "version 2 is not the same", altered{versions: version(1, func(v *store.Version) { v.Record.Converted = true })}},
		{"who reported it", "cve", "version 1 is not the same", altered{versions: version(0, func(v *store.Version) { v.Record.SourceIdentifier = "x" })}},
		{"whose it is", "cve", "version 1 belongs to another source", altered{versions: version(0, func(v *store.Version) { v.Record.Source = "x" })}},
		{"when it was seen", "cve", "version 1 was first seen", altered{versions: version(0, func(v *store.Version) { v.Seen = hour(77) })}},
		{"the file", "cve", "version 2 was first seen", altered{versions: version(1, func(v *store.Version) { v.Origin.SHA256 = "x" })}},
		{"a version gone", "cve", "it has 2 versions, in the target 1", altered{versions: func(v []store.Version) []store.Version { return v[:1] }}},
		{"a file gone", PartFiles, "only in the source", altered{origins: func(o []store.Origin) []store.Origin { return o[1:] }}},
		{"a file fetched later", PartFiles, "its times differ", altered{origins: func(o []store.Origin) []store.Origin { o[0].Fetched = hour(77); return o }}},
		{"a state", PartStates, "release or the reason", altered{states: func(s []store.SourceState) { s[0].Reason = "x" }}},
	} {
		tc.altered.Reader = s
		c, err := Compare(t.Context(), s, tc.altered, options())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range c.Parts {
			switch {
			case p.Name != tc.part && (!p.Same() || p.Different > 0):
				t.Errorf("%s: %s differ: %+v", tc.name, p.Name, p)
			case p.Name == tc.part && (p.Same() || p.Different != 1 || p.From == p.To || !strings.Contains(p.First[0].Problem, tc.problem)):
				t.Errorf("%s: %+v, want %q", tc.name, p, tc.problem)
			}
		}
		if c.Same() {
			t.Errorf("%s: not found", tc.name)
		}
	}
}

func TestCompareCountsAndHashes(t *testing.T) {
	a, b := newMemory(), newMemory()
	mirror(t, a)
	c := compareAll(t, a, b)
	cves := c.Parts[0]
	if c.Same() || cves.From.Records != many+3 || cves.From.Versions != many+3+8 || cves.To != (Tally{SHA256: emptySum}) ||
		cves.Different != many+3 || len(cves.First) != differencesKept || cves.First[0] != (Difference{"CVE-2025-0000", "only in the source"}) {
		t.Errorf("%+v", cves)
	}
	if empty := compareAll(t, b, b); !empty.Same() || len(empty.Parts) != len(All())+2 {
		t.Errorf("%+v", empty)
	}
}

// emptySum is the SHA-256 of nothing.
const emptySum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// unordered lists the last record first.
type unordered struct{ store.Reader }

func (u unordered) List(ctx context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		records := slices.Collect(func(yield func(vuln.Record) bool) {
			for r := range u.Reader.List(ctx, q) {
				if !yield(r) {
					return
				}
			}
		})
		for _, r := range slices.Backward(records) {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func TestCompareNeedsTheOrder(t *testing.T) {
	s := newMemory()
	mirror(t, s)
	if _, err := Compare(t.Context(), s, unordered{s}, options()); err == nil || !strings.Contains(err.Error(), "target does not list records in the order of their ids") {
		t.Errorf("%v", err)
	}
}
