package feeds

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// tree reads all files below dir.
func tree(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// put writes files, beside what is there.
func put(t *testing.T, files map[string][]byte) {
	t.Helper()
	for path, content := range files {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A process that dies between the rename of a new file and that of the state
// which names it leaves the old state, the old file and the new file.
func TestKilledBetweenRenames(t *testing.T) {
	m := newMirror(t, sample...)
	path := atNVD + "2003"
	oldMeta := m.get(path + ".meta")
	before := tree(t, m.dir)

	m.store.put(cve("CVE-2003-0008", "2004-05-30T00:00:00.000", "2004-05-30T00:00:00.000"))
	m.get(path + ".json.gz") // takes the pair that was held
	newMeta := m.get(path + ".meta")
	if bytes.Equal(oldMeta, newMeta) {
		t.Fatal("nothing was built")
	}
	put(t, before) // the state goes back, the new file stays

	m.restart()
	meta := m.get(path + ".meta")
	checkPair(t, meta, m.get(path+".json.gz"))
	if !bytes.Equal(meta, newMeta) {
		t.Errorf("after the restart:\n%s\nwant\n%s", meta, newMeta)
	}

	// Where the store has not moved on, the old pair is the good one.
	again := newMirror(t, sample...)
	again.get(path + ".meta")
	put(t, map[string][]byte{
		filepath.Join(again.dir, "nvd", "2003", "0123456789abcdef0123456789abcdef.json.gz"): []byte("new"),
		filepath.Join(again.dir, "nvd", "2003", "123"+unfinished):                           []byte("half"),
	})
	again.restart()
	meta = again.get(path + ".meta")
	checkPair(t, meta, again.get(path+".json.gz"))
	if n := len(again.store.builds()); n != 1 || !bytes.Equal(meta, oldMeta) {
		t.Errorf("%d builds, then\n%s", n, meta)
	}
}

func TestDamagedCacheIsBuiltAgain(t *testing.T) {
	for name, damage := range map[string]func(*testing.T, string, []byte){
		"file cut short": func(t *testing.T, path string, content []byte) {
			if filepath.Ext(path) == ".gz" {
				put(t, map[string][]byte{path: content[:len(content)/2]})
			}
		},
		"file flipped": func(t *testing.T, path string, content []byte) {
			if filepath.Ext(path) == ".gz" {
				content[len(content)/2] ^= 1
				put(t, map[string][]byte{path: content})
			}
		},
		"file gone": func(t *testing.T, path string, _ []byte) {
			if filepath.Ext(path) == ".gz" {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
		},
		"state cut short": func(t *testing.T, path string, content []byte) {
			if filepath.Base(path) == stateFile {
				put(t, map[string][]byte{path: content[:len(content)/2]})
			}
		},
		"state of another format": func(t *testing.T, path string, content []byte) {
			if filepath.Base(path) == stateFile {
				put(t, map[string][]byte{path: bytes.Replace(content, []byte(`"format": 1`), []byte(`"format": 9`), 1)})
			}
		},
		"state that points elsewhere": func(t *testing.T, path string, content []byte) {
			if filepath.Base(path) == stateFile {
				put(t, map[string][]byte{path: bytes.Replace(content, []byte(`"file": "`), []byte(`"file": "../2002/`), 1)})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t, sample...)
			want := m.get(atNVD + "2002.json.gz")
			for path, content := range tree(t, m.dir) {
				damage(t, path, content)
			}
			m.restart()
			meta, got := m.get(atNVD+"2002.meta"), m.get(atNVD+"2002.json.gz")
			checkPair(t, meta, got)
			if !bytes.Equal(got, want) {
				t.Error("another file than before")
			}
			if n := len(m.store.builds()); n != 2 {
				t.Errorf("%d builds, want 2", n)
			}
		})
	}
}

// Someone empties the cache while it is in use.
func TestEmptiedCache(t *testing.T) {
	m := newMirror(t, sample...)
	want := m.get(atNVD + "2002.json.gz")
	if err := os.RemoveAll(m.dir); err != nil {
		t.Fatal(err)
	}
	if got := m.get(atNVD + "2002.json.gz"); !bytes.Equal(got, want) {
		t.Error("another file than before")
	}
}

func TestOneFileIsKeptForEachFeed(t *testing.T) {
	m := newMirror(t, sample...)
	orphan := filepath.Join(m.dir, "nvd", "2002", "1"+unfinished)
	young := filepath.Join(m.dir, "nvd", "2002", "2"+unfinished)
	m.get(atNVD + "2002.json.gz")
	put(t, map[string][]byte{orphan: nil, young: nil})
	for path, age := range map[string]time.Duration{orphan: 2 * orphanAfter, young: orphanAfter / 2} {
		if err := os.Chtimes(path, time.Time{}, m.now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	m.restart()
	m.store.put(cve("CVE-2002-0009", "2004-05-30T00:00:00.000", "2004-05-30T00:00:00.000"))
	m.get(atNVD + "2002.json.gz")
	files := tree(t, m.dir)
	if _, left := files[orphan]; left {
		t.Error("an orphan of a dead process is still there")
	}
	if _, left := files[young]; !left {
		t.Error("a file that another process may be writing was removed")
	}
	if len(files) != 3 {
		t.Errorf("%d files: want the state, the build and the young file", len(files))
	}
}

// Another process serves from the same cache and replaces a file under a pair
// that is held here.
func TestSharedCache(t *testing.T) {
	m := newMirror(t, sample...)
	other := &mirror{T: t, store: m.store, dir: m.dir, now: m.now}
	other.restart()
	path := atNVD + "2003"
	m.get(path + ".meta")
	m.store.put(cve("CVE-2003-0008", "2004-05-30T00:00:00.000", "2004-05-30T00:00:00.000"))
	want := other.get(path + ".json.gz")
	if got := m.get(path + ".json.gz"); !bytes.Equal(got, want) {
		t.Error("the two serve different files")
	}
	if n := len(m.store.builds()); n != 2 {
		t.Errorf("%d builds, want one of each edition", n)
	}
}
