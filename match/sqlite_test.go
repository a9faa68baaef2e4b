package match_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"vulnmirror/format/nvd"
	"vulnmirror/match"
	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

const day = "2024-01-01T00:00:00.000"

// inSQLite is a database that holds what the fake does.
func (f *fake) inSQLite(t *testing.T) store.Store {
	t.Helper()
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "v.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	names := slices.Clone(f.known)
	for _, list := range f.lists {
		names = append(names, list...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	nameID := func(name string) string {
		i, _ := slices.BinarySearch(names, name)
		return fmt.Sprintf("%08X-0000-4000-8000-111111111111", i)
	}
	records := slices.Clone(f.records)
	add := func(decode func([]byte) (vuln.Record, error), object map[string]any) {
		body, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		r, err := decode(body)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	for _, name := range names {
		add(nvd.DecodeCPE, map[string]any{"cpeName": name, "cpeNameId": nameID(name), "lastModified": day, "created": day})
	}
	for _, id := range slices.Sorted(maps.Keys(f.lists)) {
		matches := []any{}
		for _, name := range f.lists[id] {
			matches = append(matches, map[string]any{"cpeName": name, "cpeNameId": nameID(name)})
		}
		add(nvd.DecodeMatchCriteria, map[string]any{
			"matchCriteriaId": id, "criteria": f.criteria(id), "lastModified": day, "created": day, "status": "Active", "matches": matches,
		})
	}
	_, err = s.Apply(t.Context(), &store.Batch{Records: records, Origin: store.Origin{Source: "nvd-cve", Filename: "a", SHA256: "a", Fetched: time.Unix(0, 0)}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (f *fake) criteria(id string) string {
	for _, r := range f.records {
		for _, m := range r.Facts.Criteria {
			if m.ID == id {
				return m.Criteria
			}
		}
	}
	return ""
}

func TestMatchInSQLiteAgreesWithTheOracle(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 2))
		f, inventory := invent(t, r)
		inventory = unique(inventory)
		s := f.inSQLite(t)
		for _, o := range []match.Options{{All: true}, {Complete: true}, {All: true, Explain: true}} {
			got := collect(t, match.New(s), inventory, o)
			slices.Sort(got)
			if diff := gocmp.Diff(f.expect(inventory, o), got); diff != "" {
				t.Fatalf("seed %d, %+v (-want +got):\n%s\nlists %v\n%s", seed, o, diff, f.lists, bodies(f))
			}
		}
	}
}
