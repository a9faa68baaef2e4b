package archive

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func FuzzManifest(f *testing.F) {
	f.Add([]byte(goodManifest))
	f.Add([]byte(`{"version":2}`))
	f.Add([]byte(`{"version":1,"source":"nvd-cve","files":null,"cursor":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseManifest(data, "nvd-cve")
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer) {
				t.Fatalf("error of no kind: %v", err)
			}
			return
		}
		again, err := encodeManifest(m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseManifest(again, "nvd-cve")
		if err != nil {
			t.Fatalf("what was written is not read: %v\n%s", err, again)
		}
		if diff := cmp.Diff(m, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-first +second):\n%s", diff)
		}
	})
}

// A journal that is accepted can be continued, and one never makes Begin write
// or delete anything outside the source's folder.
func FuzzJournal(f *testing.F) {
	file := `{"filename":"r/a","path":"a","sha256":"` + zeros + `","content_sha256":"` + zeros + `","status":"current"}`
	head := `{"version":1,"run":"r","started":"2026-11-21T20:34:00Z"}` + "\n"
	f.Add([]byte(head))
	f.Add([]byte(head + `{"put":` + file + `,"from":"parts/a"}` + "\n" + `{"note":"n","value":{"x":1}}` + "\n"))
	f.Add([]byte(head + `{"put":` + file + `,"from":"parts/a"}` + "\n" + `{"drop":"r/a","to":"x","reason":{"why":"w"}}` + "\n" + `{"disc`))
	f.Add([]byte(head + `{"kept":` + strings.Replace(file, "r/a", "q/a", 1) + `}` + "\n" + `{"drop":"q/a"}` + "\n"))
	f.Add([]byte(head + `{"discard":true}` + "\n"))
	f.Add([]byte(strings.Replace(head, `"r"`, `"../.."`, 1) + `{"discard":true}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		j, err := parseJournal(data)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer) {
				t.Fatalf("error of no kind: %v", err)
			}
			return
		}
		if j.size > int64(len(data)) {
			t.Fatalf("%d of %d bytes", j.size, len(data))
		}
		dir := t.TempDir()
		tree := Open(filepath.Join(dir, "data")).Source("nvd-cve")
		if err := makeDir(tree.incomingPath()); err != nil {
			t.Fatal(err)
		}
		witness := filepath.Join(dir, "data", "witness")
		if err := errors.Join(os.WriteFile(witness, nil, 0o644), os.WriteFile(tree.journalPath(), data, 0o644)); err != nil {
			t.Fatal(err)
		}
		r, err := tree.Begin(day1)
		if got := append(entries(t, dir), entries(t, filepath.Join(dir, "data"))...); len(got) != 3 {
			t.Fatalf("folders have %v", got)
		}
		if err != nil {
			return // such as a name too long for the system
		}
		if err := r.Note("after", 1); err != nil {
			t.Fatal(err)
		}
		if r, err = tree.Begin(day1); err != nil {
			t.Fatal(err)
		}
		if ok, err := r.Noted("after", new(int)); !ok || err != nil {
			t.Fatalf("what was written is not read: %v %v", ok, err)
		}
	})
}
