package archive

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// state describes every file below dir: name, size, time, content.
func state(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		var data []byte
		if info.Mode().IsRegular() {
			if data, err = os.ReadFile(name); err != nil {
				return err
			}
		}
		all[name] = info.Mode().String() + info.ModTime().String() + string(data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestVerify(t *testing.T) {
	overwrite := func(t *testing.T, name string, change func([]byte) []byte) {
		t.Helper()
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, change(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const run = "20261121T203400Z/"
	tests := []struct {
		name   string
		damage func(*testing.T, *Tree)
		want   []Finding
	}{
		{"nothing", func(*testing.T, *Tree) {}, nil},
		{"gone", func(t *testing.T, tree *Tree) {
			os.Remove(tree.rawPath(run + "a.json.gz"))
		}, []Finding{{"nvd-cve", run + "a.json.gz", Missing, "https://x/a"}}},
		{"cut", func(t *testing.T, tree *Tree) {
			overwrite(t, tree.rawPath(run+"b.json.zst"), func(b []byte) []byte { return b[:len(b)-1] })
		}, []Finding{{"nvd-cve", run + "b.json.zst", Truncated, "bytes"}}},
		{"emptied", func(t *testing.T, tree *Tree) {
			overwrite(t, tree.rawPath(run+"b.json.zst"), func(b []byte) []byte { return nil })
		}, []Finding{{"nvd-cve", run + "b.json.zst", Truncated, "0 of"}}},
		{"one bit", func(t *testing.T, tree *Tree) {
			overwrite(t, tree.rawPath(run+"a.json.gz"), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		}, []Finding{{"nvd-cve", run + "a.json.gz", Changed, "SHA-256"}}},
		{"longer", func(t *testing.T, tree *Tree) {
			overwrite(t, tree.rawPath(run+"a.json.gz"), func(b []byte) []byte { return append(b, 0) })
		}, []Finding{{"nvd-cve", run + "a.json.gz", Changed, "SHA-256"}}},
		{"a folder in place of a file", func(t *testing.T, tree *Tree) {
			os.Remove(tree.rawPath(run + "a.json.gz"))
			os.Mkdir(tree.rawPath(run+"a.json.gz"), 0o755)
		}, []Finding{{"nvd-cve", run + "a.json.gz", Unreadable, "directory"}}},
		{"a file that nothing names, and another", func(t *testing.T, tree *Tree) {
			os.WriteFile(tree.rawPath(run+"x"), nil, 0o644)
			os.WriteFile(tree.rawPath("y"), nil, 0o644)
		}, []Finding{{"nvd-cve", run + "x", Extra, "names it"}, {"nvd-cve", "y", Extra, "names it"}}},
		{"history", func(t *testing.T, tree *Tree) {
			overwrite(t, filepath.Join(tree.historyPath(), "manifest-20261121.json"), func(b []byte) []byte { return b[:20] })
		}, []Finding{{"nvd-cve", "manifest-history/manifest-20261121.json", Unreadable, "damaged"}}},
		{"journal", func(t *testing.T, tree *Tree) {
			overwrite(t, tree.journalPath(), func(b []byte) []byte { return append([]byte("{}\n"), b...) })
		}, []Finding{
			{"nvd-cve", "incoming/journal.jsonl", Unreadable, "give the unfinished run up"},
			{"nvd-cve", "20261121T213400Z/c.zst", Extra, "names it"},
		}},
		{"several at once, in order", func(t *testing.T, tree *Tree) {
			for _, name := range []string{"a.json.gz", "b.json.zst", "old.json.gz"} {
				os.Remove(tree.rawPath(run + name))
			}
		}, []Finding{
			{"nvd-cve", run + "old.json.gz", Missing, ""},
			{"nvd-cve", run + "a.json.gz", Missing, ""},
			{"nvd-cve", run + "b.json.zst", Missing, ""},
		}},
	}
	detail := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Detail" },
		cmp.Comparer(func(a, b string) bool { return strings.Contains(a, b) || strings.Contains(b, a) }))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := newTree(t)
			r := begin(t, tree, day1)
			put(t, r, File{Path: "old.json", Encoding: encGzip}, "old")
			put(t, r, File{Path: "a.json", Encoding: encGzip, URL: "https://x/a"}, "content of a")
			put(t, r, File{Path: "b.json"}, "content of b")
			commit(t, r, nil, day1)
			put(t, begin(t, tree, day1.Add(time.Hour)), File{Path: "c"}, "unfinished") // not extra
			tt.damage(t, tree)
			before := state(t, tree.Dir())
			if diff := cmp.Diff(tt.want, findings(t, tree), detail); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, state(t, tree.Dir())); diff != "" {
				t.Errorf("verify changed something:\n%s", diff)
			}
		})
	}
}

func TestVerifyContent(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	f := put(t, r, File{Path: "a.gz", Encoding: encGzip, ContentBytes: 3, ContentSHA256: sum([]byte("what the caller said"))}, "abc")
	g := put(t, r, File{Path: "b.gz", Encoding: encGzip}, "fine")
	if err := os.WriteFile(r.Part("c.gz"), []byte("no gzip"), 0o644); err != nil {
		t.Fatal(err)
	}
	h, err := r.Put(File{Path: "c.gz", Encoding: encGzip, ContentBytes: 1, ContentSHA256: g.ContentSHA256})
	if err != nil {
		t.Fatal(err)
	}
	commit(t, r, nil, day1)
	want := []Finding{{"nvd-cve", f.Filename, Unreadable, ""}, {"nvd-cve", h.Filename, Unreadable, ""}}
	if diff := cmp.Diff(want, findings(t, tree), cmpopts.IgnoreFields(Finding{}, "Detail")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestVerifyEnds(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	for _, path := range []string{"a", "b", "c", "d"} {
		put(t, r, File{Path: path}, path)
	}
	m := commit(t, r, nil, day1)

	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	cancel(stop)
	var errs []error
	for _, err := range tree.Verify(ctx) {
		errs = append(errs, err)
	}
	if len(errs) != 1 || !errors.Is(errs[0], stop) {
		t.Errorf("cancelled: %v", errs)
	}

	for _, f := range m.Files {
		os.Remove(tree.rawPath(f.Filename))
	}
	for range tree.Verify(t.Context()) {
		break // goleak sees what this leaves running
	}

	if err := os.WriteFile(tree.manifestPath(), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	errs = nil
	for _, err := range tree.Verify(t.Context()) {
		errs = append(errs, err)
	}
	if len(errs) != 1 || !errors.Is(errs[0], ErrDamaged) {
		t.Errorf("damaged manifest: %v", errs)
	}
	for f, err := range Open(t.TempDir()).Source("never").Verify(t.Context()) {
		t.Errorf("nothing held: %v %v", f, err)
	}
}
