// Package draft works out of a record what a database server keeps of it, as far
// as that needs no database: packed, and with the facts it is found by cut into
// values.
package draft

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"vulnmirror/store"
	"vulnmirror/store/bodycodec"
	"vulnmirror/store/platform"
	"vulnmirror/store/words"
	"vulnmirror/vuln"
)

// Draft is a record with what is kept of it.
type Draft struct {
	*vuln.Record
	Hash       []byte   // first half of the SHA-256 of Body
	Packed     []byte   // Body, as bodycodec.Decode reads it
	Words      []string // of the descriptions, each once
	Texts      []string // the descriptions, of kinds whose bodies words.BodyHasPhrase cannot read; else nil
	Weaknesses []string // CWE identifiers
	Tags       []string
	Aliases    []string          // in lower case
	Links      []string          // see Link
	Members    []int64           // UUID.Head of Facts.Members
	About      *platform.Product // of CPE names and match criteria, else nil
	Uses       []Use
}

// Use is a match criterion and how the record uses it.
type Use struct {
	Key     Key
	Of      *vuln.MatchCriteria
	Affects store.Affects
}

// Key names content by the first half of its SHA-256.
type Key [16]byte

// Of works a record out. It fails only for a body that cannot be compressed.
func Of(r *vuln.Record) (d Draft, err error) {
	d.Record = r
	sum := sha256.Sum256(r.Body)
	d.Hash = sum[:16]
	if d.Packed, err = pack(r); err != nil {
		return d, err
	}
	d.Words = distinctWords(r.Prose())
	if !Readable(r.Kind) {
		for _, t := range r.Prose() {
			d.Texts = append(d.Texts, t.Value)
		}
	}
	f := &r.Facts
	for _, w := range f.Weaknesses {
		d.Weaknesses = append(d.Weaknesses, w.CWE)
	}
	for _, t := range f.Tags {
		d.Tags = append(d.Tags, t.Name)
	}
	for _, a := range f.Aliases {
		d.Aliases = append(d.Aliases, strings.ToLower(a))
	}
	for _, l := range f.Links {
		d.Links = append(d.Links, Link(l.Kind, l.ID))
	}
	for _, m := range f.Members {
		d.Members = append(d.Members, int64(m.Head()))
	}
	if f.Platform != nil {
		p := platform.Of(f.Platform.Criteria)
		d.About = &p
	}
	d.Uses = usesOf(f.Criteria)
	return d, nil
}

// briefest is how many bytes a body has at least for packing to make it smaller.
const briefest = 160

func pack(r *vuln.Record) ([]byte, error) {
	if len(r.Body) < briefest && len(r.Body) > 0 && r.Body[0] == '{' {
		return r.Body, nil
	}
	packed, err := bodycodec.Pack(nil, r.Kind, r.Body)
	return slices.Clip(packed), err
}

// Readable tells whether package words knows the shape of the bodies of a kind,
// so that a draft has no Texts.
func Readable(kind vuln.Kind) bool {
	switch kind {
	case vuln.KindCVE, vuln.KindCPE, vuln.KindMatchCriteria, vuln.KindNVDSource, vuln.KindCVEChange:
		return true
	}
	return false
}

// Link spells a link as a value that can be looked for.
func Link(kind vuln.Kind, id string) string { return string(kind) + " " + id }

func distinctWords(texts []vuln.Text) []string {
	seen := map[string]struct{}{}
	var out []string
	for _, t := range texts {
		words.Each(t.Value, func(word []byte) {
			if _, ok := seen[string(word)]; !ok {
				w := string(word)
				seen[w] = struct{}{}
				out = append(out, w)
			}
		})
	}
	return out
}

// usesOf gathers a record's criteria, each once.
func usesOf(criteria []vuln.MatchCriteria) []Use {
	nodes := map[int]map[int]bool{}
	for _, m := range criteria {
		if nodes[m.Configuration] == nil {
			nodes[m.Configuration] = map[int]bool{}
		}
		nodes[m.Configuration][m.Node] = true
	}
	var out []Use
	at := map[Key]int{}
	for i := range criteria {
		m := &criteria[i]
		k := criterionKey(m)
		n, ok := at[k]
		if !ok {
			n = len(out)
			at[k] = n
			out = append(out, Use{Key: k, Of: m})
		}
		switch {
		case !m.Vulnerable:
			out[n].Affects |= store.Context
		case m.Operator == "OR" && !m.Negate && !m.ConfigurationNegate && len(nodes[m.Configuration]) == 1:
			out[n].Affects |= store.Alone
		default:
			out[n].Affects |= store.Together
		}
	}
	return out
}

func criterionKey(m *vuln.MatchCriteria) (k Key) {
	var b []byte
	for _, part := range []string{m.ID, m.Criteria, m.VersionStartIncluding, m.VersionStartExcluding, m.VersionEndIncluding, m.VersionEndExcluding} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	sum := sha256.Sum256(b)
	copy(k[:], sum[:])
	return k
}
