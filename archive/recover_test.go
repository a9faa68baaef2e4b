package archive

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Each test here makes the state that a kill between two steps leaves.

func TestKilledAfterJournalBeforeMove(t *testing.T) {
	for _, encoding := range []string{"", encGzip} {
		t.Run(encoding, func(t *testing.T) {
			tree := newTree(t)
			r := begin(t, tree, day1)
			if err := os.WriteFile(r.Part("a"), gzipped([]byte("a")), 0o644); err != nil {
				t.Fatal(err)
			}
			staged, f, err := r.stage(r.Part("a"), File{Path: "a", Encoding: encoding, Status: Current, Fetched: day1, Run: r.ID(), Filename: r.ID() + "/a"})
			if err != nil {
				t.Fatal(err)
			}
			from, err := filepath.Rel(tree.incomingPath(), staged)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.write(entry{Put: &f, From: filepath.ToSlash(from)}); err != nil {
				t.Fatal(err)
			}
			r = begin(t, tree, day1)
			if got, ok := r.Received("a"); !ok || got != f {
				t.Errorf("received %v %v", got, ok)
			}
			if exists(r.Part("a")) || exists(tree.stagedPath()) {
				t.Error("the part is still there")
			}
			commit(t, r, nil, day1)
			wantClean(t, tree)
		})
	}
}

func TestKilledAfterMoveBeforePartRemoved(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	put(t, r, File{Path: "a"}, "a")
	if err := os.WriteFile(r.Part("a"), []byte("a"), 0o644); err != nil {
		t.Fatal(err)
	}
	if r = begin(t, tree, day1); exists(r.Part("a")) {
		t.Error("the part that was taken in is still there")
	}
}

func TestReceivedFileLost(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	a, b := put(t, r, File{Path: "a"}, "a"), put(t, r, File{Path: "b"}, "b")
	os.Remove(tree.rawPath(a.Filename))
	os.WriteFile(tree.rawPath(b.Filename), nil, 0o644)
	for range 2 {
		r = begin(t, tree, day1)
		if got := r.ReceivedFiles(); len(got) != 0 {
			t.Errorf("still received: %v", got)
		}
	}
	if got := entries(t, tree.quarantinePath()); len(got) != 2 {
		t.Errorf("quarantine has %v", got)
	}
	put(t, r, File{Path: "a"}, "a")
	put(t, r, File{Path: "b"}, "b")
	commit(t, r, nil, day1)
	wantClean(t, tree)
}

func TestKilledInQuarantine(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	f := put(t, r, File{Path: "a"}, "bad")
	if err := r.write(entry{Drop: f.Filename, To: "1-a", Reason: &Reason{Why: "bad"}}); err != nil {
		t.Fatal(err)
	}
	r = begin(t, tree, day1)
	if _, ok := r.Received("a"); ok || exists(tree.rawPath(f.Filename)) {
		t.Error("the file is still in the run")
	}
	if got := entries(t, tree.quarantinePath()); !slices.Equal(got, []string{"1-a", "1-a.reason.json"}) {
		t.Errorf("quarantine has %v", got)
	}
}

func TestTornJournalLine(t *testing.T) {
	tails := map[string]string{
		"half a line":          `{"put":{"filename":"2026`,
		"whole but no newline": `{"note":"late","value":1}`,
		"zeros":                "\x00\x00\x00\x00\n",
	}
	test := func(tail string, again bool) func(*testing.T) {
		return func(t *testing.T) {
			tree := newTree(t)
			r := begin(t, tree, day1)
			a := put(t, r, File{Path: "a"}, "a")
			f, err := os.OpenFile(tree.journalPath(), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			f.WriteString(tail)
			f.Close()
			if again { // not when only the write failed, as on a full disk
				r = begin(t, tree, day1)
			}
			b := put(t, r, File{Path: "b"}, "b")
			r = begin(t, tree, day1)
			if diff := cmp.Diff([]File{a, b}, r.ReceivedFiles()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if ok, _ := r.Noted("late", new(int)); ok {
				t.Error("a line without its end was taken in")
			}
		}
	}
	for name, tail := range tails {
		t.Run(name+", killed", test(tail, true))
		t.Run(name+", goes on", test(tail, false))
	}
}

func TestKilledInCommit(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	put(t, r, File{Path: "a"}, "a")
	journal, err := os.ReadFile(tree.journalPath())
	if err != nil {
		t.Fatal(err)
	}
	want := commit(t, r, nil, day1)
	// The manifest was replaced, and nothing after that happened.
	os.RemoveAll(tree.historyPath())
	os.MkdirAll(tree.partsPath(), 0o755)
	os.WriteFile(tree.journalPath(), journal, 0o644)
	os.WriteFile(filepath.Join(tree.Dir(), tempPrefix+"1"), nil, 0o644)
	wantClean(t, tree)

	r = begin(t, tree, day1.Add(time.Hour))
	if r.Resumed() || r.ID() == want.Run {
		t.Error("a committed run was continued")
	}
	got, err := tree.Manifest()
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got := entries(t, tree.historyPath()); len(got) != 1 {
		t.Errorf("history has %v", got)
	}
	if exists(filepath.Join(tree.Dir(), tempPrefix+"1")) {
		t.Error("a temporary file is still there")
	}
	wantClean(t, tree)
}

func TestKilledInDiscard(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	a := put(t, r, File{Path: "a"}, "a")
	b := put(t, r, File{Path: "b"}, "b")
	if err := r.write(entry{Discard: true}); err != nil {
		t.Fatal(err)
	}
	os.Remove(tree.rawPath(a.Filename))
	wantClean(t, tree)
	r = begin(t, tree, day1.Add(time.Hour))
	if r.Resumed() || len(r.ReceivedFiles()) > 0 || exists(tree.rawPath(b.Run)) {
		t.Error("a discarded run was continued")
	}
}

func TestKilledInPrune(t *testing.T) {
	tree := newTree(t)
	for i, content := range []string{"one", "two"} {
		now := day1.Add(time.Duration(i) * time.Hour)
		r := begin(t, tree, now)
		put(t, r, File{Path: "a"}, content)
		commit(t, r, nil, now)
	}
	m, err := tree.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	old := m.Files[0].Filename
	m.Files, m.Removing = m.Files[1:], []string{old}
	if err := tree.publish(m); err != nil {
		t.Fatal(err)
	}
	wantClean(t, tree)
	r := begin(t, tree, day1.Add(2*time.Hour))
	if exists(tree.rawPath(old)) {
		t.Error("the file is still there")
	}
	if m := commit(t, r, nil, day1); m.Removing != nil {
		t.Errorf("still to be removed: %v", m.Removing)
	}
	wantClean(t, tree)
}

func TestFailedStepIsMendedByBegin(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	put(t, r, File{Path: "a"}, "a")
	if err := r.fail(os.ErrPermission); err != os.ErrPermission {
		t.Fatal(err)
	}
	if _, err := tryPut(r, File{Path: "b"}, "b"); err == nil {
		t.Error("the run went on")
	}
	if _, err := r.Commit(nil, day1); err == nil {
		t.Error("committed all the same")
	}
	r = begin(t, tree, day1)
	put(t, r, File{Path: "b"}, "b")
	if m := commit(t, r, nil, day1); len(m.Files) != 2 {
		t.Errorf("committed %v", m.Files)
	}
}
