package chain_test

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"vulnmirror/format/kinds"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// memory is a store of a few records: what stores must do, done slowly.
type memory struct {
	store.Reader // what chain has no use for
	records      []vuln.Record
	states       []store.SourceState
}

var _ store.Linker = (*memory)(nil)

// held makes a record with links, each "kind id rule".
func held(kind vuln.Kind, id, title string, links ...string) vuln.Record {
	r := vuln.Record{Kind: kind, ID: id, Title: title, Source: string(kind)}
	if kind == vuln.KindMSKB {
		r.Source = "msrc"
	}
	for _, l := range links {
		words := strings.SplitN(l, " ", 3)
		r.Facts.Links = append(r.Facts.Links, vuln.Link{Kind: vuln.Kind(words[0]), ID: words[1], Rule: words[2]})
	}
	return r
}

// cve makes a CVE record out of what its body has.
func cve(t *testing.T, id, members string) vuln.Record {
	t.Helper()
	body := `{"id":"` + id + `","lastModified":"2031-01-02T03:04:05.000","descriptions":[{"lang":"en","value":"Pot ` + id + ` boils over."}]` + members + `}`
	r := vuln.Record{Kind: vuln.KindCVE, ID: id, Source: "nvd-cve", Body: []byte(body)}
	k, _ := kinds.Of(vuln.KindCVE)
	r, err := k.Read(r)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (m *memory) find(ref store.Ref) *vuln.Record {
	i := slices.IndexFunc(m.records, func(r vuln.Record) bool { return r.Kind == ref.Kind && r.ID == ref.ID })
	if i < 0 {
		return nil
	}
	return &m.records[i]
}

func (m *memory) Links(_ context.Context, q store.LinkQuery) iter.Seq2[store.Link, error] {
	var out []store.Link
	for _, r := range m.records {
		from := store.Ref{Kind: r.Kind, ID: r.ID}
		if r.Kind == vuln.KindCVE || !r.Withdrawn.IsZero() {
			continue
		}
		for _, l := range r.Facts.Links {
			to := store.Ref{Kind: l.Kind, ID: l.ID}
			other := l.Kind
			if len(q.From) == 0 {
				other = r.Kind
			}
			if (slices.Contains(q.From, from) || slices.Contains(q.To, to)) && (len(q.Kinds) == 0 || slices.Contains(q.Kinds, other)) {
				out = append(out, store.Link{From: from, To: to, Rule: l.Rule, Source: r.Source})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b store.Link) int {
		return cmp.Or(cmp.Compare(a.From.Kind, b.From.Kind), cmp.Compare(a.From.ID, b.From.ID))
	})
	return func(yield func(store.Link, error) bool) {
		for _, l := range out {
			if !yield(l, nil) {
				return
			}
		}
	}
}

func (m *memory) Titles(_ context.Context, refs []store.Ref) (map[store.Ref]string, error) {
	out := make(map[store.Ref]string)
	for _, ref := range refs {
		if r := m.find(ref); r != nil && r.Title != "" {
			out[ref] = r.Title
		}
	}
	return out, nil
}

func (m *memory) selected(q store.Query) []vuln.Record {
	var out []vuln.Record
	for _, r := range m.records {
		classified := slices.ContainsFunc(r.Facts.Weaknesses, func(w vuln.Weakness) bool { return w.CWE == q.CWE })
		switch {
		case r.Kind != q.Kind, len(q.IDs) > 0 && !slices.Contains(q.IDs, r.ID), q.CWE != "" && !classified,
			len(q.Statuses) > 0 && !slices.Contains(q.Statuses, r.Status), !q.Withdrawn && !r.Withdrawn.IsZero():
			continue
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b vuln.Record) int {
		if q.Order == store.ByModifiedDesc {
			return cmp.Or(b.Modified.Compare(a.Modified), strings.Compare(a.ID, b.ID))
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

func (m *memory) List(_ context.Context, q store.Query) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		for i, r := range m.selected(q) {
			if q.Limit > 0 && i == q.Limit {
				return
			}
			r.Facts, r.Text = vuln.Facts{}, nil
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (m *memory) Get(_ context.Context, kind vuln.Kind, id string) (vuln.Record, error) {
	if r := m.find(store.Ref{Kind: kind, ID: id}); r != nil {
		return *r, nil
	}
	return vuln.Record{}, store.ErrNotFound
}

func (m *memory) Digest(_ context.Context, q store.Query) (store.Digest, error) {
	return store.Digest{Count: len(m.selected(q))}, nil
}

func (m *memory) Sources(context.Context) ([]store.SourceState, error) { return m.states, nil }

func (m *memory) Criteria(_ context.Context, products ...store.Product) ([]store.Criterion, error) {
	var out []store.Criterion
	for _, r := range m.records {
		for _, c := range r.Facts.Criteria {
			for _, p := range products {
				if strings.Contains(c.Criteria, ":"+p.Vendor+":"+p.Product+":") {
					out = append(out, store.Criterion{Ref: "ref " + c.ID, MatchCriteria: c})
				}
			}
		}
	}
	return out, nil
}

func (m *memory) Uses(_ context.Context, refs []string) ([]store.Use, error) {
	var out []store.Use
	for _, r := range m.records {
		for _, c := range r.Facts.Criteria {
			if slices.Contains(refs, "ref "+c.ID) {
				affects := store.Alone
				if !c.Vulnerable {
					affects = store.Context
				}
				out = append(out, store.Use{Ref: "ref " + c.ID, ID: r.ID, Affects: affects})
			}
		}
	}
	return out, nil
}

func (m *memory) Listed(_ context.Context, names ...string) ([]store.Listing, error) {
	out := make([]store.Listing, len(names))
	for i, name := range names {
		out[i].Known = m.find(store.Ref{Kind: vuln.KindCPE, ID: name}) != nil
	}
	return out, nil
}

// whole is the state of sources that were loaded completely.
func whole(names ...string) []store.SourceState {
	at := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	var out []store.SourceState
	for _, name := range names {
		name, release, _ := strings.Cut(name, " ")
		out = append(out, store.SourceState{Source: name, Completed: at, Synced: at, Release: release})
	}
	return out
}

// kitchen has a record of every kind that the chain knows, and what makes chains
// difficult.
func kitchen(t *testing.T) *memory {
	const criteria = `,"configurations":[{"nodes":[{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:maker:pot:*:*:*:*:*:*:*:*","versionEndExcluding":"2.5","matchCriteriaId":"00000000-0000-4000-8000-000000000001"},{"vulnerable":false,"criteria":"cpe:2.3:h:maker:stove:-:*:*:*:*:*:*:*","matchCriteriaId":"00000000-0000-4000-8000-000000000002"}]}]}]`
	const classified = `,"weaknesses":[{"source":"nvd@nist.gov","type":"Primary","description":[{"lang":"en","value":"CWE-9001"}]},{"source":"psirt@maker.example","type":"Secondary","description":[{"lang":"en","value":"CWE-9001"},{"lang":"en","value":"NVD-CWE-noinfo"}]}]`
	m := &memory{
		records: []vuln.Record{
			cve(t, "CVE-2031-1001", criteria+classified),
			cve(t, "CVE-2031-1002", classified),
			cve(t, "CVE-2031-1003", `,"vulnStatus":"Rejected"`),
			held(vuln.KindCPE, "cpe:2.3:h:maker:stove:-:*:*:*:*:*:*:*", ""),
			held(vuln.KindKEV, "CVE-2031-1001", "Maker Pot Overflow", "cve CVE-2031-1001 cveID", "cwe CWE-9001 cwes"),
			held(vuln.KindEPSS, "CVE-2031-1001", "EPSS 0.5, percentile 0.9", "cve CVE-2031-1001 cve"),
			held(vuln.KindCERTCC, "VU#900001", "Pots boil over", "cve CVE-2031-1001 cveids", "cve CVE-2031-1999 text"),
			held(vuln.KindCERTFR, "CERTFR-2031-AVI-0001", "Vulnérabilité dans Pot", "cve CVE-2031-1001 cves", "certcc VU#900001 links", "mskb 9000002 content"),
			held(vuln.KindMSRC, "CVE-2031-1001", "Pot Elevation", "cve CVE-2031-1001 CVE", "cwe CWE-9002 CWE", "mskb 9000002 Vendor Fix"),
			held(vuln.KindMSKB, "9000001", "KB9000001", "mskb 9000003 supersedes"),
			held(vuln.KindMSKB, "9000002", "KB9000002", "cve CVE-2031-1001 Vendor Fix", "mskb 9000001 supersedes"),
			held(vuln.KindMSKB, "9000003", "KB9000003", "mskb 9000002 supersedes"),
			held(vuln.KindCWE, "CWE-9001", "Boiling of Milk", "cwe CWE-9000 ChildOf", "capec CAPEC-900 Related_Attack_Pattern", "capec CAPEC-99 Related_Attack_Pattern", "cve CVE-2031-1001 Observed_Example", "cve CVE-2031-1003 Observed_Example"),
			held(vuln.KindCWE, "CWE-9002", "Salt", "capec CAPEC-902 Related_Attack_Pattern"),
			held(vuln.KindCWE, "CWE-9000", "Cooking", "capec CAPEC-903 Related_Attack_Pattern"),
			held(vuln.KindCAPEC, "CAPEC-99", "Heat", "cwe CWE-9001 Related_Weakness", "attack T9055.001 ATTACK taxonomy", "attack T9143 ATTACK taxonomy"),
			held(vuln.KindCAPEC, "CAPEC-902", "Spice"),
			held(vuln.KindCAPEC, "CAPEC-903", "Fry", "attack T9055 ATTACK taxonomy"),
			held(vuln.KindATTACK, "T9055", "Injection of Heat", "attack TA9001 kill_chain_phases"),
			held(vuln.KindATTACK, "T9055.001", "By Flame", "attack T9055 subtechnique-of", "attack TA9001 kill_chain_phases"),
			held(vuln.KindATTACK, "T9143", "Smoke", "attack T9564 revoked-by"),
			held(vuln.KindATTACK, "T9564", "Hide in Steam"),
			held(vuln.KindATTACK, "TA9001", "Cook"),
			held(vuln.KindATTACK, "M9013", "Watch the Pot", "attack T9055 mitigates"),
			held(vuln.KindATTACK, "G9001", "Cooks", "attack T9055 uses", "attack T9564 uses"),
			held(vuln.KindD3FEND, "d3f:LidAnalysis", "Lid Analysis", "attack T9055 off_tech_id via analyzes d3f:Lid", "d3fend d3f:Lid analyzes", "d3fend d3f:Reference-1 kb-reference"),
			held(vuln.KindD3FEND, "d3f:SteamFilter", "Steam Filter", "d3fend d3f:Steam filters", "d3fend d3f:Reference-1 kb-reference"),
			held(vuln.KindD3FEND, "d3f:Kettle", "Kettle", "d3fend d3f:Steam contains"),
			held(vuln.KindD3FEND, "d3f:T9564", "Hide in Steam", "attack T9564 attack-id", "d3fend d3f:Steam produces", "d3fend d3f:OffensiveTechnique rdfs:subClassOf"),
			held(vuln.KindD3FEND, "d3f:CWE-9001", "Boiling", "cwe CWE-9001 cwe-id", "d3fend d3f:Steam weakness-of"),
			held(vuln.KindCAR, "CAR-2031-01-001", "Smell", "attack T9055 coverage.technique", "attack T9055.001 coverage.subtechniques", "attack TA9001 coverage.tactics", "d3fend d3f:LidAnalysis d3fend_mappings"),
			held(vuln.KindSHIELD, "DTE9001", "Decoy Pot", "attack T9055 attack_mapping via DOS9001, DUC9001"),
			held(vuln.KindENGAGE, "EAC9001", "Lure", "attack T9143 attack_mapping via EAV9001"),
		},
		states: whole("nvd-cve", "nvd-cpe", "cwe 9.1", "capec 9.9", "attack 99.1", "car", "shield", "engage", "certcc", "certfr", "msrc", "kev 2031.01.01"),
	}
	m.find(store.Ref{Kind: vuln.KindCVE, ID: "CVE-2031-1003"}).Status = "Rejected"
	m.find(store.Ref{Kind: vuln.KindATTACK, ID: "T9143"}).Status = "revoked"
	m.find(store.Ref{Kind: vuln.KindCAPEC, ID: "CAPEC-902"}).Status = "Deprecated"
	m.find(store.Ref{Kind: vuln.KindCERTCC, ID: "VU#900001"}).Title = ""
	m.find(store.Ref{Kind: vuln.KindMSKB, ID: "9000003"}).Withdrawn = time.Date(2031, 2, 1, 0, 0, 0, 0, time.UTC)
	m.states = append(m.states, store.SourceState{
		Source: "d3fend", Release: "9.4.0", Completed: m.states[0].Completed,
		Failed: time.Date(2031, 2, 2, 3, 4, 5, 0, time.UTC), Reason: "d3fend.json: HTML instead of JSON",
	})
	return m
}
