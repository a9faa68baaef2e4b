package storetest

import (
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// checkChanges follows a set as whoever keeps a copy of it does: by its digest,
// and when that differs by what was modified since, newest first.
func checkChanges(t trial, s store.Store) {
	inSet := store.Query{Kind: vuln.KindCVE, Statuses: []string{"Analyzed"}}
	look := func() store.Digest {
		t.Helper()
		d, err := s.Digest(t.Context(), inSet)
		if err != nil {
			t.Fatalf("Digest: %v", err)
		}
		return d
	}
	at := func(hours int) change { return modified(epoch.Add(time.Duration(hours) * time.Hour)) }
	in, out := status("Analyzed"), status("Received")
	withdraw := func() {
		t.Helper()
		w := store.Withdrawal{Kind: vuln.KindCVE, Source: "nvd-cve", At: epoch, UpTo: epoch.AddDate(1, 0, 0), Keep: func(id string) bool { return id != "CVE-2024-0004" }}
		if n, err := s.Withdraw(t.Context(), w); n != 1 || err != nil {
			t.Fatalf("Withdraw: %d, %v", n, err)
		}
	}
	members := func() (all string) {
		t.Helper()
		for r, err := range s.List(t.Context(), inSet) {
			if err != nil {
				t.Fatalf("List: %v", err)
			}
			all += string(r.Body)
		}
		return all
	}
	seen := map[store.Digest]string{}
	for _, st := range []struct {
		what    string
		change  func()
		changed bool
	}{
		{"the first records", func() { apply(t, s, 1, record(2024, 1, in), record(2024, 2, out), record(2024, 3, in, at(1))) }, true},
		{"one came as another left", func() { apply(t, s, 2, record(2024, 1, out, at(2)), record(2024, 2, in, at(2))) }, true},
		{"one that was not in it changed", func() { apply(t, s, 3, record(2024, 1, out, at(3))) }, false},
		{"one changed and kept its time", func() { apply(t, s, 4, record(2024, 3, in, at(1), text("corrected"))) }, true},
		{"an older one came", func() { apply(t, s, 5, record(2024, 4, in, at(-100))) }, true},
		{"the same came again", func() { apply(t, s, 6, record(2024, 4, in, at(-100)), record(2024, 2, in, at(2))) }, false},
		{"one was withdrawn", withdraw, true},
		{"one that was withdrawn came back", func() { apply(t, s, 7, record(2024, 4, in, at(-100))) }, true},
		{"it left again", func() { apply(t, s, 8, record(2024, 4, out, at(4))) }, true},
		{"another came", func() { apply(t, s, 9, record(2024, 5, in, at(-200))) }, true},
	} {
		before := look()
		st.change()
		after := look()
		if (after != before) != st.changed {
			t.Errorf("%s: the digest was %+v and is %+v", st.what, before, after)
		}
		if earlier, again := seen[after]; again && earlier != members() {
			t.Errorf("%s: the digest is %+v, as it was of other records", st.what, after)
		}
		seen[after] = members()
	}
	since := store.Query{Kind: vuln.KindCVE, Modified: store.Span{From: epoch.Add(time.Hour + 1)}, Order: store.ByModifiedDesc}
	if d := cmp.Diff([]string{"CVE-2024-0004", "CVE-2024-0001", "CVE-2024-0002"}, list(t, s, since)); d != "" {
		t.Errorf("changed since (-want +got):\n%s", d)
	}
}

// checkSnapshotOfAll: nothing that a snapshot can be asked moves.
func checkSnapshotOfAll(t trial, s store.Store) {
	tasks := plan(t, firstPlan)
	half := len(tasks) / 2
	carryOut(t, s, tasks[:half], silent)
	if err := s.SetSource(t.Context(), store.SourceState{Source: "nvd-cve", Synced: epoch}); err != nil {
		t.Fatalf("SetSource: %v", err)
	}
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatalf("Snapshot: %v", err)
	}
	held := follow(tasks, half)
	products := []store.Product{{}}
	before := contentSeen(t, snap)
	criteria, err := snap.Criteria(t.Context(), products...)
	if err != nil {
		t.Fatalf("Criteria: %v", err)
	}
	carryOut(t, s, tasks[half:], silent)
	if err := s.SetSource(t.Context(), store.SourceState{Source: "other", Synced: epoch}); err != nil {
		t.Fatalf("SetSource: %v", err)
	}
	if d := before.diff(contentSeen(t, snap)); d != "" {
		t.Errorf("content of the snapshot (-before +after):\n%s", d)
	}
	asked(t, snap, held.current())
	compareUses(t, snap, held.current(), products...)
	if after, err := snap.Criteria(t.Context(), products...); len(after) != len(criteria) || err != nil {
		t.Errorf("%d criteria of the snapshot, before %d, error %v", len(after), len(criteria), err)
	}
	if err := snap.Close(); err != nil {
		t.Errorf("Close of a snapshot: %v", err)
	}
	all := followAll(tasks)
	asked(t, s, all.current())
	compareUses(t, s, all.current(), products...)
}
