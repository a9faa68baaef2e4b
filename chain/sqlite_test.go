package chain_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/chain"
	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

// TestOnSQLite puts the same records into a database and expects the same
// answers of it.
func TestOnSQLite(t *testing.T) {
	m := kitchen(t)
	st, err := sqlite.Open(filepath.Join(t.TempDir(), "vulnmirror.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	bySource := make(map[string][]vuln.Record)
	withdrawn := make(map[store.Ref]bool)
	for _, r := range m.records {
		if r.Body == nil {
			r.Body = []byte(fmt.Sprintf(`{"id":%q}`, r.ID))
		}
		if withdrawn[store.Ref{Kind: r.Kind, ID: r.ID}] = !r.Withdrawn.IsZero(); r.Modified.IsZero() {
			r.Modified = time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		bySource[r.Source] = append(bySource[r.Source], r)
	}
	for source, records := range bySource {
		b := &store.Batch{Origin: store.Origin{Source: source, Filename: source, SHA256: fmt.Sprintf("%064d", 1), Fetched: time.Now()}, Records: records, Last: true}
		if _, err := st.Apply(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	gone := store.Withdrawal{
		Kind: vuln.KindMSKB, Source: "msrc", At: m.states[0].Completed, UpTo: m.states[0].Completed,
		Keep: func(id string) bool { return !withdrawn[store.Ref{Kind: vuln.KindMSKB, ID: id}] },
	}
	if _, err := st.Withdraw(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	for _, s := range m.states {
		if err := st.SetSource(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	starts := []store.Ref{{Kind: vuln.KindCPE, ID: "cpe:2.3:h:maker:stove:-:*:*:*:*:*:*:*"}}
	for _, r := range m.records {
		starts = append(starts, store.Ref{Kind: r.Kind, ID: r.ID})
	}
	for _, o := range []chain.Options{{}, {With: chain.Extras()}, {To: []vuln.Kind{vuln.KindCVE, vuln.KindD3FEND}}, {Limit: 1}} {
		for i, start := range starts {
			if len(o.With)+len(o.To)+o.Limit > 0 && i%6 > 0 {
				continue
			}
			want, err := chain.New(m).Follow(t.Context(), start, o)
			if err != nil {
				t.Fatal(err)
			}
			got, err := chain.New(st).Follow(t.Context(), start, o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tree(t, want), tree(t, got)); diff != "" {
				t.Errorf("%v with %+v: %s", start, o, diff)
			}
		}
	}
	want, err := chain.Count(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	got, err := chain.Count(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
