package sqlite

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/store"
	"vulnmirror/store/bodycodec"
	"vulnmirror/store/words"
	"vulnmirror/vuln"
)

// prepared is what Prepare leaves in a batch.
type prepared struct {
	store  *Store
	drafts []draft
}

// draft is a record as far as it can be worked out without the database.
type draft struct {
	published, modified any // milliseconds, or nil
	hash                key
	body                any // compressed bytes, or text
	words               string
	flags               int

	sources, weaknesses, tags, scores *key
	best                              any // ordinal in scores, or nil

	links []link
	nodes []node
}

// link is one URL of a record with all its listings.
type link struct {
	site     string // the beginning that many URLs share
	rest     []byte // as a JSON string
	listings []vuln.Reference
	key      key
}

// node is one node of a record's configurations.
type node struct {
	head     []byte // JSON: configuration, node, operator, negate
	criteria []criterion
	negative []bool // not vulnerable
}

// Prepare works out what Apply will write, as far as the database is not
// needed for it. It fails only for a body that cannot be compressed.
func (s *Store) Prepare(b *store.Batch) error {
	p := &prepared{store: s, drafts: make([]draft, len(b.Records))}
	d := digest{seen: map[string]struct{}{}}
	for i := range b.Records {
		if err := s.draft(&p.drafts[i], &b.Records[i], &d); err != nil {
			return fmt.Errorf("prepare %s: %w", b.Records[i].ID, err)
		}
	}
	b.Prepared = p
	return nil
}

func (s *Store) draft(d *draft, r *vuln.Record, dg *digest) error {
	d.published, d.modified = millis(r.Published), millis(r.Modified)
	sum := sha256.Sum256(r.Body)
	copy(d.hash[:], sum[:])
	if s.plain {
		d.body = string(r.Body)
	} else {
		packed, err := bodycodec.Encode(nil, r.Body)
		if err != nil {
			return err
		}
		d.body = packed
	}
	d.words = dg.distinctWords(r.Text)
	for i, on := range []bool{r.Facts.CertAlert, r.Facts.CertNote, r.Facts.OVAL} {
		if on {
			d.flags |= 1 << i
		}
	}
	d.sets(&r.Facts, dg)
	d.links = links(r.Facts.References, dg)
	d.nodes = nodes(r.Facts.Criteria, dg)
	return nil
}

// sets names the sets that the record has.
func (d *draft) sets(f *vuln.Facts, dg *digest) {
	if len(f.SourceIdentifiers) > 0 {
		dg.add("sources")
		dg.add(sortedSources(f)...)
		d.sources = new(dg.key())
	}
	if len(f.Weaknesses) > 0 {
		dg.add("weaknesses")
		for _, w := range f.Weaknesses {
			dg.add(w.CWE, w.Source, w.Type)
		}
		d.weaknesses = new(dg.key())
	}
	if len(f.Tags) > 0 {
		dg.add("tags")
		for _, t := range f.Tags {
			dg.add(t.Name, t.Source)
		}
		d.tags = new(dg.key())
	}
	if len(f.Scores) > 0 {
		dg.add("scores")
		for i, s := range f.Scores {
			dg.add(s.Version, s.Scorer, s.Type, fmt.Sprint(s.Base), s.Severity, s.Vector)
			if f.Best != nil && d.best == nil && s == *f.Best {
				d.best = int64(i)
			}
		}
		d.scores = new(dg.key())
	}
}

func sortedSources(f *vuln.Facts) []string {
	return slices.Compact(slices.Sorted(slices.Values(f.SourceIdentifiers)))
}

// distinctWords joins every word of the texts, each once, by spaces.
func (dg *digest) distinctWords(texts []vuln.Text) string {
	clear(dg.seen)
	dg.buf = dg.buf[:0]
	for _, t := range texts {
		words.Each(t.Value, func(word []byte) {
			if _, ok := dg.seen[string(word)]; ok {
				return
			}
			dg.seen[string(word)] = struct{}{}
			dg.buf = append(append(dg.buf, word...), ' ')
		})
	}
	out := string(dg.buf)
	dg.buf = dg.buf[:0]
	return out
}

// links gathers the listings of each URL, in the order of first listing.
func links(refs []vuln.Reference, dg *digest) []link {
	var out []link
	at := make(map[string]int, len(refs))
	for _, r := range refs {
		i, ok := at[r.URL]
		if !ok {
			i = len(out)
			at[r.URL] = i
			site, rest := splitURL(r.URL)
			out = append(out, link{site: site, rest: quote(rest)})
		}
		out[i].listings = append(out[i].listings, r)
	}
	for i := range out {
		dg.add("listings")
		for _, l := range out[i].listings {
			dg.add(l.Source, jsonList(l.Tags))
		}
		out[i].key = dg.key()
	}
	return out
}

// splitURL cuts a URL after its host and the first part of its path.
func splitURL(u string) (site, rest string) {
	start := strings.Index(u, "://")
	if start < 0 {
		return "", u
	}
	start += len("://")
	for range 2 {
		n := strings.IndexAny(u[start:], "/?=")
		if n < 0 {
			break
		}
		start += n + 1
	}
	return u[:start], u[start:]
}

func nodes(criteria []vuln.MatchCriteria, dg *digest) []node {
	var out []node
	for i := range criteria {
		m := &criteria[i]
		if i == 0 || place(m) != place(&criteria[i-1]) {
			negate := 0
			if m.Negate {
				negate = 1
			}
			out = append(out, node{head: fmt.Appendf(nil, "[%d,%d,%s,%d", m.Configuration, m.Node, quote(m.Operator), negate)})
		}
		n := &out[len(out)-1]
		n.criteria = append(n.criteria, newCriterion(m, dg))
		n.negative = append(n.negative, !m.Vulnerable)
	}
	return out
}

type nodePlace struct {
	configuration, node int
	operator            string
	negate              bool
}

func place(m *vuln.MatchCriteria) nodePlace {
	return nodePlace{m.Configuration, m.Node, m.Operator, m.Negate}
}

// quote is the JSON spelling of a string; what is not UTF-8 becomes U+FFFD.
func quote(s string) []byte {
	// The error only says that there was something to replace.
	b, _ := jsontext.AppendQuote(make([]byte, 0, len(s)+2), s)
	return b
}

// jsonList is the JSON spelling of a list of strings.
func jsonList(list []string) string {
	b := []byte{'['}
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b, _ = jsontext.AppendQuote(b, s)
	}
	return string(append(b, ']'))
}

// millis is t in the unit of the tables, nil for the zero time.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}
