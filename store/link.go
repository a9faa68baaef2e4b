package store

import (
	"context"
	"iter"

	"vulnmirror/vuln"
)

// Ref names a record, which need not be held.
type Ref struct {
	Kind vuln.Kind
	ID   string
}

// Link is one of Facts.Links with the record it starts at.
type Link struct {
	From   Ref
	To     Ref
	Rule   string
	Source string // Record.Source of From
}

// LinkQuery selects links. One of From and To has elements.
type LinkQuery struct {
	From []Ref // links out of any of these
	To   []Ref // links into any of these
	// Kinds are those that the other end may be of; none means any.
	Kinds []vuln.Kind
}

// Linker is implemented by stores that can follow links in both directions, and
// then by their snapshots.
type Linker interface {
	// Links yields the links that q selects, without reading bodies: those of
	// current versions of records that are not withdrawn, ordered by From.Kind,
	// From.ID, then as the record lists them. The other end of a link need not
	// be held. Links of CVE records are not among them. An error ends it.
	Links(ctx context.Context, q LinkQuery) iter.Seq2[Link, error]
	// Titles returns the titles of those of refs that are held and have one, also
	// of records withdrawn.
	Titles(ctx context.Context, refs []Ref) (map[Ref]string, error)
}
