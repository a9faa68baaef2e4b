package chain

import (
	"context"
	"fmt"
	"slices"

	"vulnmirror/store"
	"vulnmirror/version"
	"vulnmirror/vuln"
)

// Join is how many connections two kinds of records have. A load that went wrong
// without anybody's noticing shows there first: records are held, and nothing
// leads to them.
type Join struct {
	From vuln.Kind `json:"from"`
	To   vuln.Kind `json:"to"`
	// Count is distinct pairs, whichever end states them and held or not; of CVE and
	// CWE those that CVE records state, with weaknesses that are held.
	Count int `json:"count"`
	// Dangling is how many of the records at either end are not held, each once;
	// -1 where that is not known.
	Dangling int `json:"dangling"`
	// Floor is the fewest there may be when all records of both kinds are held: nine
	// tenths of what was counted in upstream's own files; 0 where nothing was.
	Floor int `json:"floor,omitempty"`
	// Complete: both kinds were once loaded completely.
	Complete bool `json:"complete"`
}

// Below tells whether there are fewer than there must be. While one of the kinds
// was never loaded completely, that is not so.
func (j Join) Below() bool { return j.Complete && j.Count < j.Floor }

// joined are the steps whose connections Count counts, with the floors: CWE 4.19.1,
// CAPEC 3.9, CAR of May 2025, Shield of October 2021, Engage 1.0, D3FEND 1.4.0,
// the KEV catalogue of March 2026, CERT-FR of 2025. Editions before since have
// fewer and are held where only an older copy could be had.
var joined = []struct {
	step  string // Step.Name
	floor int
	since edition
}{
	{"weakness", 0, edition{}},
	{"attacked by", 1212 * 9 / 10, edition{}},
	{"technique", 272 * 9 / 10, edition{vuln.KindCAPEC, "3.9"}},
	{"detected by", 291 * 9 / 10, edition{}},
	{"is a", 102 * 9 / 10, edition{}},
	{"countered by", 3234 * 9 / 10, edition{vuln.KindD3FEND, "1.4.0"}},
	{"deceived by (Shield)", 261 * 9 / 10, edition{}},
	{"deceived by (Engage)", 596 * 9 / 10, edition{}},
	{"exploited", 1542 * 9 / 10, edition{}},
	{"noted by CERT/CC", 0, edition{}},
	{"noted by CERT-FR", 79644 * 9 / 10, edition{}},
	{"refers to note", 0, edition{}},
	{"described by Microsoft", 0, edition{}},
	{"fixed by", 0, edition{}},
	{"remedied by", 0, edition{}},
	{"supersedes", 0, edition{}},
}

// edition is a release of what brings a kind of records.
type edition struct {
	kind    vuln.Kind
	release string
}

// reached tells whether what is held is that release or a later one.
func (e edition) reached(states []store.SourceState) bool {
	if e.kind == "" {
		return true
	}
	return slices.ContainsFunc(states, func(s store.SourceState) bool {
		return slices.Contains(suppliers[e.kind], s.Source) && version.Compare(s.Release, e.release) >= 0
	})
}

// Count counts the connections between kinds of records, in the order of the
// chain. It reads the records of most kinds, so it takes seconds where all sources
// are held. The errors are ErrNoLinks and those of the store.
func Count(ctx context.Context, r store.Reader) ([]Join, error) {
	c, err := newCounter(ctx, r)
	if err != nil {
		return nil, err
	}
	var out []Join
	for _, j := range joined {
		s := stepNamed(j.step)
		floor := j.floor
		if !j.since.reached(c.states) {
			floor = 0
		}
		join := Join{From: s.From, To: s.To, Floor: floor, Complete: complete(s.From, c.states) && complete(s.To, c.states)}
		count := c.pairs
		if len(s.stated) == 0 {
			count = c.classified
		}
		if join.Count, join.Dangling, err = count(ctx, s); err != nil {
			return nil, fmt.Errorf("count the connections of %s and %s: %w", s.From, s.To, err)
		}
		out = append(out, join)
	}
	return out, nil
}

func stepNamed(name string) *Step {
	return &steps[slices.IndexFunc(steps, func(s Step) bool { return s.Name == name })]
}

// counter counts connections.
type counter struct {
	reader store.Reader
	links  store.Linker
	states []store.SourceState
	ids    map[vuln.Kind][]string // that are held, not withdrawn
}

func newCounter(ctx context.Context, r store.Reader) (*counter, error) {
	links, ok := r.(store.Linker)
	if !ok {
		return nil, ErrNoLinks
	}
	states, err := r.Sources(ctx)
	if err != nil {
		return nil, fmt.Errorf("states of sources: %w", err)
	}
	return &counter{reader: r, links: links, states: states, ids: make(map[vuln.Kind][]string)}, nil
}

// classified counts how often CVE records are classified as the weaknesses held:
// it asks how many each has. What is not held is not found that way.
func (c *counter) classified(ctx context.Context, s *Step) (count, dangling int, err error) {
	ids, err := c.held(ctx, s.To)
	if err != nil {
		return 0, 0, err
	}
	for _, id := range ids {
		d, err := c.reader.Digest(ctx, store.Query{Kind: s.From, CWE: id})
		if err != nil {
			return 0, 0, fmt.Errorf("records of %s: %w", id, err)
		}
		count += d.Count
	}
	return count, -1, nil
}

// pairs counts the links that make a step.
func (c *counter) pairs(ctx context.Context, s *Step) (count, dangling int, err error) {
	found := make(map[pair]bool)
	for _, said := range s.stated {
		by, other := s.From, s.To
		if said.by == byTo {
			by, other = s.To, s.From
		}
		ids, err := c.held(ctx, by)
		if err != nil {
			return 0, 0, err
		}
		for batch := range slices.Chunk(ids, 500) {
			q := store.LinkQuery{Kinds: []vuln.Kind{other}}
			for _, id := range batch {
				q.From = append(q.From, store.Ref{Kind: by, ID: id})
			}
			for link, err := range c.links.Links(ctx, q) {
				if err != nil {
					return 0, 0, err
				}
				if !said.says(link.Rule) {
					continue
				}
				p := pair{link.From, link.To}
				if said.by == byTo {
					p = pair{link.To, link.From}
				}
				found[p] = true
			}
		}
	}
	ends := make(map[store.Ref]bool)
	for p := range found {
		ends[p.near], ends[p.far] = true, true
	}
	dangling, err = c.missing(ctx, ends)
	return len(found), dangling, err
}

// missing counts the records that are not held.
func (c *counter) missing(ctx context.Context, refs map[store.Ref]bool) (int, error) {
	ids := make(map[vuln.Kind][]string)
	for ref := range refs {
		ids[ref.Kind] = append(ids[ref.Kind], ref.ID)
	}
	n := len(refs)
	for kind, all := range ids {
		for batch := range slices.Chunk(all, 500) {
			d, err := c.reader.Digest(ctx, store.Query{Kind: kind, IDs: batch, Withdrawn: true})
			if err != nil {
				return 0, err
			}
			n -= d.Count
		}
	}
	return n, nil
}

// held lists the records of a kind.
func (c *counter) held(ctx context.Context, kind vuln.Kind) ([]string, error) {
	if ids, ok := c.ids[kind]; ok {
		return ids, nil
	}
	ids := []string{}
	for r, err := range c.reader.List(ctx, store.Query{Kind: kind, Order: store.ByID}) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, r.ID)
	}
	c.ids[kind] = ids
	return ids, nil
}
