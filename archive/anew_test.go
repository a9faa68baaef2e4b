package archive

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnewKnowsNothingHeld(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	put(t, r, File{Path: "a"}, "same")
	put(t, r, File{Path: "gone"}, "poison")
	if _, err := r.Commit(nil, day1); err != nil {
		t.Fatal(err)
	}

	later := day1.Add(time.Hour)
	r = begin(t, tree, later)
	if err := r.Anew(); err != nil {
		t.Fatal(err)
	}
	if f, ok := r.Current("a"); ok {
		t.Errorf("a run that begins anew knows %+v", f)
	}
	r = begin(t, tree, later.Add(time.Minute)) // the process died
	if _, ok := r.Current("a"); ok || !r.Resumed() || !r.IsAnew() {
		t.Error("continued, it knows what is held")
	}
	if again := put(t, r, File{Path: "a"}, "same"); again.Run != r.ID() || !again.Anew {
		t.Errorf("equal bytes were not stored again: %+v", again)
	}
	m, err := r.Commit(nil, later)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range m.Files {
		got[f.Filename] = f.Status
	}
	want := map[string]string{
		day1.Format(runLayout) + "/a.zst": Superseded, day1.Format(runLayout) + "/gone.zst": Superseded,
		later.Format(runLayout) + "/a.zst": Current,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if r = begin(t, tree, later.Add(time.Hour)); r.IsAnew() {
		t.Error("the next run begins anew too")
	}
}
