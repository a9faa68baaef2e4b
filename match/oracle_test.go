package match_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"vulnmirror/cpe"
	"vulnmirror/format/nvd"
	"vulnmirror/match"
	"vulnmirror/version"
	"vulnmirror/vuln"
)

// The oracle decides by the rules as documented, one criterion after the other
// for every pair of a record and a CPE, without any index.

// described tells of one criterion and one name: -1 not, 0 unknown, +1 yes.
func (f *fake) described(m vuln.MatchCriteria, name cpe.Name) int {
	source, err := cpe.Parse(m.Criteria)
	if err != nil {
		return -1
	}
	value := 1
	for a := range cpe.Attribute(cpe.Attributes) {
		s, t := source.At(a), name.At(a)
		switch relation := cpe.Relate(s, t); {
		case s == cpe.Any, s == t, relation == cpe.Superset:
		case relation == cpe.Disjoint:
			return f.listed(m, name, -1)
		case relation == cpe.Undefined && !overlapping(s, t):
			return f.listed(m, name, -1)
		default:
			value = 0
		}
	}
	v := name.Version()
	bounded := m.VersionStartIncluding+m.VersionStartExcluding+m.VersionEndIncluding+m.VersionEndExcluding != ""
	switch {
	case !bounded:
	case v == cpe.NA:
		if m.VersionStartIncluding+m.VersionStartExcluding != "" {
			return f.listed(m, name, -1)
		}
	case v == cpe.Any || v.Wild():
		value = 0
	case !version.InRange(string(v), m.VersionStartIncluding, m.VersionStartExcluding, m.VersionEndIncluding, m.VersionEndExcluding):
		return f.listed(m, name, -1)
	}
	return f.listed(m, name, value)
}

// listed is the last word, where a list has it.
func (f *fake) listed(m vuln.MatchCriteria, name cpe.Name, value int) int {
	names, held := f.lists[m.ID]
	known := slices.Contains(f.known, name.String())
	for _, names := range f.lists {
		known = known || slices.Contains(names, name.String())
	}
	switch {
	case !held || !known:
		return value
	case slices.Contains(names, name.String()):
		return 1
	case value == 1:
		return -1
	}
	return value
}

func overlapping(a, b cpe.Value) bool {
	x, err := cpe.Name{}.With(cpe.Vendor, a)
	if err != nil {
		panic(err)
	}
	y, err := cpe.Name{}.With(cpe.Vendor, b)
	if err != nil {
		panic(err)
	}
	return x.Overlaps(y)
}

// present is what the inventory has of a criterion.
func (f *fake) present(m vuln.MatchCriteria, inventory []cpe.Name, complete bool) int {
	best := -1
	for _, name := range inventory {
		best = max(best, f.described(m, name))
	}
	if best < 0 && !complete {
		return 0
	}
	return best
}

// joined is AND or OR over values, negated or not.
func joined(operator string, negate bool, values []int) int {
	value := slices.Max(values)
	if operator == "AND" {
		value = slices.Min(values)
	}
	if negate {
		return -value
	}
	return value
}

// expect returns what Match must yield, as "cve cpe vulnerable certainty".
func (f *fake) expect(inventory []cpe.Name, o match.Options) []string {
	var out []string
	for _, name := range inventory {
		for _, r := range f.records {
			best := map[bool]match.Certainty{}
			for i, m := range r.Facts.Criteria {
				own := f.described(m, name)
				path := f.path(r.Facts.Criteria, i, inventory, o.Complete)
				var c match.Certainty
				switch {
				case own < 0 || path < 0, own == 0 && !o.All:
				case own == 0:
					c = match.Possible
				case path == 0:
					c = match.Conditional
				default:
					c = match.Certain
				}
				best[m.Vulnerable] = max(best[m.Vulnerable], c)
			}
			switch {
			case best[true] > 0:
				out = append(out, fmt.Sprint(r.ID, " ", name, " true ", best[true]))
			case best[false] > 0 && o.All:
				out = append(out, fmt.Sprint(r.ID, " ", name, " false ", best[false]))
			}
		}
	}
	slices.Sort(out)
	return out
}

// path evaluates the configuration of the criterion at index i, with whatever
// else would make one of its ORs true left out.
func (f *fake) path(criteria []vuln.MatchCriteria, i int, inventory []cpe.Name, complete bool) int {
	mine := criteria[i]
	nodes := map[int][]int{}
	node := map[int]vuln.MatchCriteria{}
	for _, m := range criteria {
		if m.Configuration == mine.Configuration {
			nodes[m.Node] = append(nodes[m.Node], f.present(m, inventory, complete))
			node[m.Node] = m
		}
	}
	var others []int
	own := joined(mine.Operator, mine.Negate, nodes[mine.Node])
	for n, values := range nodes {
		if n != mine.Node {
			others = append(others, joined(node[n].Operator, node[n].Negate, values))
		}
	}
	if mine.ConfigurationNegate {
		return joined(mine.ConfigurationOperator, true, append(others, own))
	}
	if mine.Operator != "AND" && !mine.Negate {
		own = f.present(mine, inventory, complete)
	}
	if mine.ConfigurationOperator == "AND" {
		return slices.Min(append(others, own))
	}
	return own
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// invent makes a few records, lists and an inventory of names that often have
// to do with each other.
func invent(t *testing.T, r *rand.Rand) (*fake, []cpe.Name) {
	f := &fake{lists: map[string][]string{}}
	name := func(versions ...string) string {
		return fmt.Sprintf("cpe:2.3:%s:v:%s:%s:%s:*:*:*:%s:*:*", pick(r, "a", "a", "o"), pick(r, "p", "q", "q*"),
			pick(r, versions...), pick(r, "*", "*", "*", "-", "sp1"), pick(r, "*", "*", "*", "x", "y", "-"))
	}
	criterion := map[string]any{}
	for range 1 + r.IntN(6) {
		var configurations []any
		for range 1 + r.IntN(2) {
			var nodes []any
			for range 1 + r.IntN(3) {
				var matches []any
				for range 1 + r.IntN(3) {
					id := fmt.Sprintf("00000000-0000-4000-8000-%012X", r.IntN(20))
					if criterion[id] == nil {
						m := map[string]any{"matchCriteriaId": id, "criteria": name("*", "*", "*", "1.0", "2.0", "1.*", "-")}
						if r.IntN(2) == 0 {
							m[pick(r, "versionStartIncluding", "versionStartExcluding")] = pick(r, "1.0", "1.1", "2")
						}
						if r.IntN(2) == 0 {
							m[pick(r, "versionEndIncluding", "versionEndExcluding")] = pick(r, "1.1", "2.0.0", "3.0")
						}
						criterion[id] = m
					}
					m := map[string]any{"vulnerable": r.IntN(3) > 0}
					for k, v := range criterion[id].(map[string]any) {
						m[k] = v
					}
					matches = append(matches, m)
				}
				nodes = append(nodes, map[string]any{"operator": pick(r, "OR", "OR", "OR", "AND"), "negate": r.IntN(6) == 0, "cpeMatch": matches})
			}
			c := map[string]any{"nodes": nodes}
			if len(nodes) > 1 || r.IntN(4) == 0 {
				c["operator"] = pick(r, "AND", "OR")
			}
			if r.IntN(8) == 0 {
				c["negate"] = true
			}
			configurations = append(configurations, c)
		}
		body, err := json.Marshal(map[string]any{
			"id": fmt.Sprintf("CVE-2024-%04d", 1000+len(f.records)), "published": "2024-01-01T00:00:00.000",
			"lastModified": "2024-01-01T00:00:00.000", "vulnStatus": "Analyzed", "descriptions": []any{}, "configurations": configurations,
		})
		if err != nil {
			t.Fatal(err)
		}
		record, err := nvd.DecodeCVE(body)
		if err != nil {
			t.Fatal(err)
		}
		f.records = append(f.records, record)
	}
	inventory := make([]cpe.Name, 0, 5)
	for range 1 + r.IntN(5) {
		inventory = append(inventory, parse(t, name("1.0", "1.1", "1.5", "2.0", "2.5", "-", "*", "1.*")))
	}
	for _, id := range slices.Sorted(maps.Keys(criterion)) {
		if r.IntN(3) > 0 {
			continue
		}
		f.lists[id] = nil
		source := parse(t, criterion[id].(map[string]any)["criteria"].(string))
		for range r.IntN(3) {
			// Lists have names without wildcards, of the criterion's own product.
			name := pick(r, inventory...)
			if cpe.Relate(source.Product(), name.Product()) != cpe.Disjoint && !name.Product().Wild() && !name.Version().Wild() && source.Part() == name.Part() {
				f.lists[id] = append(f.lists[id], name.String())
			}
		}
	}
	return f, inventory
}

func collect(t *testing.T, m *match.Matcher, inventory []cpe.Name, o match.Options) []string {
	t.Helper()
	var out []string
	for result, err := range m.Match(t.Context(), inventory, o) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprint(result.CVE, " ", result.CPE, " ", result.Vulnerable, " ", result.Certainty))
	}
	return out
}

func TestMatchAgreesWithAnObviousOracle(t *testing.T) {
	for seed := range uint64(120) {
		r := rand.New(rand.NewPCG(seed, 1))
		f, inventory := invent(t, r)
		inventory = unique(inventory)
		o := match.Options{All: r.IntN(2) == 0, Complete: r.IntN(2) == 0}
		m := match.New(f)
		want := f.expect(inventory, o)
		for _, explain := range []bool{false, true} { // they take different ways
			o.Explain = explain
			got := collect(t, m, inventory, o)
			slices.Sort(got)
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d, %+v (-want +got):\n%s\nlists %v\n%s", seed, o, diff, f.lists, bodies(f))
			}
		}
	}
}

func unique(names []cpe.Name) []cpe.Name {
	names = slices.Clone(names)
	slices.SortFunc(names, func(a, b cpe.Name) int { return cmp.Compare(a.String(), b.String()) })
	return slices.Compact(names)
}

func bodies(f *fake) []byte {
	var out []byte
	for _, r := range f.records {
		out = append(append(out, r.Body...), '\n')
	}
	return out
}
