package sqlite

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/store"
	"vulnmirror/store/bodycodec"
	"vulnmirror/store/platform"
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
	text                int64 // tells words apart
	frame               int64 // of tables of prose: tells all but dates, title, texts and body apart
	flags               int

	sources, weaknesses, tags, scores set
	best                              any // ordinal in scores, or nil

	links []link
	nodes []node

	// Of records in entry tables.
	uuid    any // 16 bytes, or nil
	uuidKey any // of it, or nil
	aliases []string
	product platform.Product
	members any // 8 bytes of each, in order, or nil
}

// set is a set of the record; the zero set is empty.
type set struct {
	key     key
	members members
}

// link is one URL of a record with all its listings.
type link struct {
	site string // the beginning that many URLs share
	rest string
	set  set
}

// node is one node of a record's configurations.
type node struct {
	criteria []vuln.MatchCriteria // at least one
	keys     []key
}

// Prepare works out what Apply will write, as far as the database is not
// needed for it. It fails only for a body that cannot be compressed.
func (s *Store) Prepare(b *store.Batch) error {
	p := &prepared{store: s, drafts: make([]draft, len(b.Records))}
	d := digest{seen: map[string]struct{}{}, links: map[string]int{}}
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
	if err := s.pack(d, r, dg); err != nil {
		return err
	}
	t := &tables[tableOf(r.Kind)]
	if t.prose {
		d.words = dg.allWords(r.Prose())
	} else {
		d.words = dg.distinctWords(r.Prose())
	}
	sum = sha256.Sum256([]byte(d.words))
	d.text = int64(binary.LittleEndian.Uint64(sum[:]))
	for i, on := range []bool{r.Facts.CertAlert, r.Facts.CertNote, r.Facts.OVAL} {
		if on {
			d.flags |= 1 << i
		}
	}
	if t.entry {
		d.entry(r)
		if t.prose {
			d.frame = d.frameOf(r, dg)
		}
		return nil
	}
	d.sets(&r.Facts, dg)
	d.links = dg.newLinks(r.Facts.References)
	d.nodes = dg.newNodes(r.Facts.Criteria)
	return nil
}

// pack makes the body as it is kept.
func (s *Store) pack(d *draft, r *vuln.Record, dg *digest) error {
	// A score's body is hardly smaller packed, and there are 300,000 a day.
	if s.options.Compress == "none" || r.Kind == vuln.KindEPSS {
		d.body = string(r.Body)
		return nil
	}
	// Packing needs more room than it takes in the end.
	packed, err := bodycodec.Pack(dg.packed[:0], r.Kind, r.Body)
	dg.packed = packed
	d.body = bytes.Clone(packed)
	return err
}

// entry works out what only entry tables keep.
func (d *draft) entry(r *vuln.Record) {
	for _, alias := range r.Facts.Aliases {
		id, err := vuln.ParseUUID(alias)
		if err == nil && d.uuid == nil && r.Kind != vuln.KindMatchCriteria {
			d.uuid, d.uuidKey = id[:], uuidKey(id)
			continue
		}
		d.aliases = append(d.aliases, alias)
	}
	if r.Kind == vuln.KindMatchCriteria {
		// Criteria of configurations are looked for by it.
		if id, err := vuln.ParseUUID(r.ID); err == nil {
			d.uuid, d.uuidKey = id[:], uuidKey(id)
		}
	}
	if p := r.Facts.Platform; p != nil {
		d.product = platform.Of(p.Criteria)
	}
	if len(r.Facts.Members) > 0 {
		d.members = packMembers(r.Facts.Members)
	}
}

// frameOf sums up what an update of modified, title, texts and body leaves as it
// was, but for the source.
func (d *draft) frameOf(r *vuln.Record, dg *digest) int64 {
	dg.add(r.Status, r.SourceIdentifier, strconv.FormatBool(r.Converted), fmt.Sprint(d.published))
	dg.add(r.Facts.Aliases...)
	for _, l := range r.Facts.Links {
		dg.add("link", string(l.Kind), l.ID, l.Rule)
	}
	if p := r.Facts.Platform; p != nil {
		dg.add("platform", p.Criteria)
	}
	for _, m := range r.Facts.Members {
		dg.add("member", string(m[:]))
	}
	k := dg.key()
	return int64(binary.LittleEndian.Uint64(k[:]))
}

// sets names the sets that the record has.
func (d *draft) sets(f *vuln.Facts, dg *digest) {
	if len(f.SourceIdentifiers) > 0 {
		d.sources = dg.set(newSourceSet(f.SourceIdentifiers))
	}
	if len(f.Weaknesses) > 0 {
		d.weaknesses = dg.set(weaknessSet(f.Weaknesses))
	}
	if len(f.Tags) > 0 {
		d.tags = dg.set(tagSet(f.Tags))
	}
	if len(f.Scores) > 0 {
		d.scores = dg.set(scoreSet(f.Scores))
	}
	if f.Best != nil {
		if i := slices.Index(f.Scores, *f.Best); i >= 0 {
			d.best = int64(i)
		}
	}
}

func (dg *digest) set(m members) set {
	m.name(dg)
	return set{dg.key(), m}
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
	return dg.taken()
}

// betweenTexts is a word that no text has.
const betweenTexts = "\ue000 "

// allWords joins the words of the texts by spaces, as often and in the order as
// they come.
func (dg *digest) allWords(texts []vuln.Text) string {
	dg.buf = dg.buf[:0]
	for _, t := range texts {
		words.Each(t.Value, func(word []byte) {
			dg.buf = append(append(dg.buf, word...), ' ')
		})
		if len(dg.buf) > 0 {
			dg.buf = append(dg.buf, betweenTexts...)
		}
	}
	return dg.taken()
}

// taken is the text gathered in buf, which is empty then.
func (dg *digest) taken() string {
	out := string(dg.buf)
	dg.buf = dg.buf[:0]
	return out
}

// newLinks gathers the listings of each URL, in the order of first listing.
func (dg *digest) newLinks(refs []vuln.Reference) []link {
	if len(refs) == 0 {
		return nil
	}
	clear(dg.links)
	// Listings of one URL are seldom neighbours, so they are brought together.
	ordinals := make([]int, len(refs))
	counts := make([]int, 0, len(refs))
	for i, r := range refs {
		at, ok := dg.links[r.URL]
		if !ok {
			at = len(counts)
			dg.links[r.URL] = at
			counts = append(counts, 0)
		}
		ordinals[i] = at
		counts[at]++
	}
	grouped := make([]vuln.Reference, len(refs))
	starts := make([]int, len(counts))
	for i := 1; i < len(counts); i++ {
		starts[i] = starts[i-1] + counts[i-1]
	}
	for i, at := range ordinals {
		grouped[starts[at]] = refs[i]
		starts[at]++
	}
	out := make([]link, len(counts))
	for i := range out {
		listings := grouped[starts[i]-counts[i] : starts[i]]
		out[i].site, out[i].rest = splitURL(listings[0].URL)
		out[i].set = dg.set(listingSet(listings))
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

func (dg *digest) newNodes(criteria []vuln.MatchCriteria) []node {
	if len(criteria) == 0 {
		return nil
	}
	keys := make([]key, len(criteria))
	for i := range criteria {
		keys[i] = criterionKey(&criteria[i], dg)
	}
	var out []node
	for from := 0; from < len(criteria); {
		to := from + 1
		for to < len(criteria) && place(&criteria[to]) == place(&criteria[from]) {
			to++
		}
		out = append(out, node{criteria[from:to], keys[from:to]})
		from = to
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

// quote appends the JSON spelling of a string; what is not UTF-8 becomes U+FFFD.
func quote(to []byte, s string) []byte {
	// The error only says that there was something to replace.
	to, _ = jsontext.AppendQuote(to, s)
	return to
}

// jsonList is the JSON spelling of a list of strings.
func jsonList(list []string) string {
	b := []byte{'['}
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = quote(b, s)
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
