// Package chain follows what records say of each other: from the products a
// vulnerability is in and the advisories about it, through the vulnerability and
// its weaknesses, to how these are attacked and what can be done against it.
//
//	CPE name ─ match criterion ─┐
//	KEV, EPSS, CERT/CC, CERT-FR ┼ CVE ─ CWE ─ CAPEC ─ ATT&CK ┬ CAR ─ D3FEND
//	Microsoft advisory, update ─┘                            ├ D3FEND
//	                                                         └ Shield, Engage
//
// Steps lists what leads from a record to others. Going Forward is going right in
// this picture, Back is left. Either side of a step may state it, or both; whoever
// does, it is walked both ways, and every statement is in the answer with its
// source, the version of that source and its rule.
//
// So `chain CVE-2021-44228` is Follow from that CVE record with the zero Options,
// Options.To with D3FEND leaves the paths that end at a countermeasure, and a
// start at a technique with Back, or To with CVE, is the way from technique to
// vulnerabilities. What people type as a start kinds.Candidates reads.
//
// How far an answer can be trusted it says itself. CWE, CAPEC and ATT&CK refer to
// each other many to many, and CAPEC was last edited in January 2023, so most
// paths from a CVE record to a technique are possibilities and not observations.
package chain

import (
	"context"
	"errors"
	"fmt"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// ErrNoLinks means that the store cannot follow links; it does not implement store.Linker.
var ErrNoLinks = errors.New("this store cannot follow links between records")

// DefaultLimit is how many records a step leads to from one record, in an answer
// to Options without a Limit.
const DefaultLimit = 10

// Chain follows links in one store. It holds nothing between calls and is safe
// for concurrent use as far as its reader is.
type Chain struct{ reader store.Reader }

// New follows links in what r reads, which must implement store.Linker too. Every
// answer is out of one state of the database, where r is a store or a snapshot of
// one.
func New(r store.Reader) *Chain { return &Chain{reader: r} }

// Way is a direction through the chain.
type Way uint8

// The ways.
const (
	Both    Way = iota // each for itself from the start; what one comes to is not walked the other way
	Forward            // towards weaknesses, attacks and what is done against them
	Back               // towards vulnerabilities, advisories about them and products
)

// Options say what to follow. The zero value follows everything that is not an
// Extra, both ways, as far as it goes; Back it then ends at the CVE records it
// comes to.
type Options struct {
	Way Way
	// To limits the answer to paths that reach a record of any of these kinds.
	// Nothing else counts for Limit then. A match criterion stands for the CPE
	// names it describes.
	To   []vuln.Kind
	With []Extra
	// Limit is how many records a step leads to from one record, those first that
	// lead on; how many more there are is counted. 0 means DefaultLimit, a negative
	// number all. Of the CVE records of a weakness those are taken that were changed
	// last. An answer has no more than 1,000 CVE records, whatever the limit.
	Limit int
	// Depth is how many steps away from the start are followed; 0 means all.
	Depth int
}

// Follow returns what start is connected to. A start that is not held is an
// answer as well, as others may refer to it: its node is Missing. The errors are
// ErrNoLinks, that start has no such kind, and those of the store.
func (c *Chain) Follow(ctx context.Context, start store.Ref, o Options) (a *Answer, err error) {
	live, ok := c.reader.(snapshotter)
	if !ok {
		return follow(ctx, c.reader, start, o)
	}
	frozen, err := live.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, frozen.Close()) }()
	return follow(ctx, frozen, start, o)
}

// snapshotter is a store, whose answers may change from one to the next.
type snapshotter interface {
	Snapshot(ctx context.Context) (store.Snapshot, error)
}

func follow(ctx context.Context, r store.Reader, start store.Ref, o Options) (*Answer, error) {
	if start.Kind == "" || start.ID == "" {
		return nil, fmt.Errorf("a chain starts at a record, not at kind %q, id %q", start.Kind, start.ID)
	}
	links, ok := r.(store.Linker)
	if !ok {
		return nil, ErrNoLinks
	}
	states, err := r.Sources(ctx)
	if err != nil {
		return nil, err
	}
	w := newWalk(r, links, start, o, releases(states))
	for _, way := range o.Way.each() {
		if err := w.walk(ctx, way); err != nil {
			return nil, fmt.Errorf("follow the links of %s %s: %w", start.Kind, start.ID, err)
		}
	}
	a := w.answer()
	if err := w.label(ctx, a); err != nil {
		return nil, fmt.Errorf("look up what %s %s leads to: %w", start.Kind, start.ID, err)
	}
	a.Warnings = append(w.notes, w.warnings(states)...)
	return a, nil
}

func (w Way) each() []Way {
	if w == Both {
		return []Way{Forward, Back}
	}
	return []Way{w}
}
