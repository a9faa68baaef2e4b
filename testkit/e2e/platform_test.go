package e2e

import (
	"net/url"
	"testing"

	"vulnmirror/testkit/sim"
)

// TestPlatforms asks which records concern a CPE name, for hundreds of names:
// the answer is the records that use a match criterion which upstream says holds
// the name.
func TestPlatforms(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, sim.Options{Seed: 90, Records: 90})
	d := newData(t, u.URL, wholeNVD...)
	d.ok(t, "sync")
	s := d.serve(t)

	holders := map[string][]string{} // criteria by the names they hold
	for id, body := range u.TruthOf(sim.MatchCriteria) {
		for _, n := range decode[struct{ Matches []struct{ CPEName string } }](t, string(body)).Matches {
			holders[n.CPEName] = append(holders[n.CPEName], id)
		}
	}
	used, vulnerable := usesOf(t, u)
	concerned := func(name string, by map[string]map[string]bool) map[string]bool {
		all := map[string]bool{}
		for _, criteria := range holders[name] {
			for id := range by[criteria] {
				all[id] = true
			}
		}
		return all
	}
	asked, most := 0, 0
	for name := range u.TruthOf(sim.CPEs) {
		if asked++; asked > 400 {
			break
		}
		query := "/rest/json/cves/2.0?cpeName=" + url.QueryEscape(name)
		want := concerned(name, used)
		most = max(most, len(want))
		same(t, name, want, s.ids(t, query))
		same(t, name+", vulnerable", concerned(name, vulnerable), s.ids(t, query+"&isVulnerable"))
	}
	if most < 2 {
		t.Errorf("no name concerns more than %d records, too few to tell", most)
	}
}

// usesOf gives the records that use each match criterion, and those where it is
// what is vulnerable.
func usesOf(t *testing.T, u *upstream) (used, vulnerable map[string]map[string]bool) {
	t.Helper()
	used, vulnerable = map[string]map[string]bool{}, map[string]map[string]bool{}
	note := func(in map[string]map[string]bool, criteria, id string) {
		if in[criteria] == nil {
			in[criteria] = map[string]bool{}
		}
		in[criteria][id] = true
	}
	type record struct {
		Configurations []struct {
			Nodes []struct {
				CPEMatch []struct {
					Vulnerable      bool
					MatchCriteriaID string
				}
			}
		}
	}
	for id, body := range u.Truth() {
		for _, configuration := range decode[record](t, string(body)).Configurations {
			for _, node := range configuration.Nodes {
				for _, m := range node.CPEMatch {
					note(used, m.MatchCriteriaID, id)
					if m.Vulnerable {
						note(vulnerable, m.MatchCriteriaID, id)
					}
				}
			}
		}
	}
	return used, vulnerable
}

// ids gives the identifiers on a page of CVE records.
func (s server) ids(t *testing.T, path string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, v := range decode[answer](t, string(s.file(t, path))).Vulnerabilities {
		all[v.CVE.ID] = true
	}
	return all
}
