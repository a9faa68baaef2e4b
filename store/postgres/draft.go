package postgres

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"vulnmirror/store"
	"vulnmirror/store/bodycodec"
	"vulnmirror/store/platform"
	"vulnmirror/store/words"
	"vulnmirror/vuln"
)

// draft is a record as far as it can be worked out without the database.
type draft struct {
	*vuln.Record
	hash    []byte
	body    []byte // compressed
	words   []string
	weak    []string // distinct CWE ids
	tags    []string
	aliases []string
	links   []string
	members []int64
	about   *platform.Product // of CPE names and match criteria
	uses    []use
}

// use is a criterion and how the record uses it.
type use struct {
	key     key
	of      *vuln.MatchCriteria
	affects store.Affects
}

// key names content by the first half of its SHA-256.
type key [16]byte

// prepared is what Prepare leaves in a batch.
type prepared struct{ drafts []draft }

// Prepare works out what Apply will write. It fails only for a body that cannot
// be compressed.
func (s *Store) Prepare(b *store.Batch) error {
	p := &prepared{drafts: make([]draft, len(b.Records))}
	for i := range b.Records {
		if err := p.drafts[i].make(&b.Records[i]); err != nil {
			return err
		}
	}
	b.Prepared = p
	return nil
}

func (d *draft) make(r *vuln.Record) (err error) {
	d.Record = r
	sum := sha256.Sum256(r.Body)
	d.hash = sum[:16]
	if d.body, err = bodycodec.Pack(nil, r.Kind, r.Body); err != nil {
		return err
	}
	d.body = slices.Clip(d.body)
	d.words = distinctWords(r.Text)
	f := &r.Facts
	for _, w := range f.Weaknesses {
		d.weak = append(d.weak, w.CWE)
	}
	for _, t := range f.Tags {
		d.tags = append(d.tags, t.Name)
	}
	for _, a := range f.Aliases {
		d.aliases = append(d.aliases, strings.ToLower(a))
	}
	for _, l := range f.Links {
		d.links = append(d.links, linkText(l.Kind, l.ID))
	}
	for _, m := range f.Members {
		d.members = append(d.members, int64(m.Head()))
	}
	if f.Platform != nil {
		p := platform.Of(f.Platform.Criteria)
		d.about = &p
	}
	d.uses = usesOf(f.Criteria)
	return nil
}

func linkText(kind vuln.Kind, id string) string { return string(kind) + " " + id }

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
func usesOf(criteria []vuln.MatchCriteria) []use {
	nodes := map[int]map[int]bool{}
	for _, m := range criteria {
		if nodes[m.Configuration] == nil {
			nodes[m.Configuration] = map[int]bool{}
		}
		nodes[m.Configuration][m.Node] = true
	}
	var out []use
	at := map[key]int{}
	for i := range criteria {
		m := &criteria[i]
		k := criterionKey(m)
		n, ok := at[k]
		if !ok {
			n = len(out)
			at[k] = n
			out = append(out, use{key: k, of: m})
		}
		switch {
		case !m.Vulnerable:
			out[n].affects |= store.Context
		case m.Operator == "OR" && !m.Negate && !m.ConfigurationNegate && len(nodes[m.Configuration]) == 1:
			out[n].affects |= store.Alone
		default:
			out[n].affects |= store.Together
		}
	}
	return out
}

func criterionKey(m *vuln.MatchCriteria) (k key) {
	var b []byte
	for _, part := range []string{m.ID, m.Criteria, m.VersionStartIncluding, m.VersionStartExcluding, m.VersionEndIncluding, m.VersionEndExcluding} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	sum := sha256.Sum256(b)
	copy(k[:], sum[:])
	return k
}

// orNull is t for the database, to the millisecond, nil for the zero time.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}
