package archive

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var goodManifest = `{"version":1,"source":"nvd-cve","last_updated":"2026-11-21T20:34:00Z","run":"r","files":[
{"filename":"r/a.zst","path":"a","size_bytes":9,"sha256":"` + zeros + `","content_bytes":1,"content_sha256":"` + zeros + `",
"wire_sha256":"","encoding":"zstd","url":"https://x","status":"current","fetched_at":"2026-11-21T20:34:00Z","run":"r"}],
"cursor":{"n":1},"removing":["q/b"]}`

const zeros = "0000000000000000000000000000000000000000000000000000000000000000"

func TestDamagedManifestIsAnError(t *testing.T) {
	replace := func(from, to string) string { return strings.Replace(goodManifest, from, to, 1) }
	tests := []struct {
		name, data string
		want       error
	}{
		{"good", goodManifest, nil},
		{"empty", "", ErrDamaged},
		{"cut short", goodManifest[:100], ErrDamaged},
		{"null", "null", ErrDamaged},
		{"no version", replace(`"version":1,`, ""), ErrDamaged},
		{"newer", replace(`"version":1`, `"version":2`), ErrNewer},
		{"another source", replace("nvd-cve", "epss"), ErrDamaged},
		{"filename leads out", replace("r/a.zst", "../a"), ErrDamaged},
		{"absolute path", replace(`"path":"a"`, `"path":"/a"`), ErrDamaged},
		{"hash", replace(zeros, "00"), ErrDamaged},
		{"status", replace("current", "good"), ErrDamaged},
		{"encoding", replace("zstd", "br"), ErrDamaged},
		{"size", replace("9", "-9"), ErrDamaged},
		{"removing what is held", replace("q/b", "r/a.zst"), ErrDamaged},
		{"twice", replace(`"files":[`, `"files":[{"filename":"r/a.zst","path":"a","sha256":"`+zeros+`","content_sha256":"`+zeros+`","status":"superseded"},`), ErrDamaged},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := newTree(t)
			os.MkdirAll(tree.Dir(), 0o755)
			os.WriteFile(tree.manifestPath(), []byte(tt.data), 0o644)
			_, err := tree.Manifest()
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if tt.want == nil {
				return
			}
			if !strings.Contains(err.Error(), tree.manifestPath()) {
				t.Errorf("does not name the file: %v", err)
			}
			if tt.want == ErrDamaged && !strings.Contains(err.Error(), tree.historyPath()) {
				t.Errorf("does not say what to do: %v", err)
			}
			if _, err := tree.Begin(day1); !errors.Is(err, tt.want) {
				t.Errorf("begin: %v", err)
			}
			if _, err := tree.Prune(day1); !errors.Is(err, tt.want) {
				t.Errorf("prune: %v", err)
			}
			if data, _ := os.ReadFile(tree.manifestPath()); string(data) != tt.data {
				t.Error("the damaged manifest was touched")
			}
		})
	}
}

func TestNoManifestIsZero(t *testing.T) {
	m, err := newTree(t).Manifest()
	if diff := cmp.Diff(Manifest{}, m); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestManifestIsWholeDuringCommits(t *testing.T) {
	tree := newTree(t)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			last := time.Time{}
			for {
				m, err := tree.Manifest()
				if err != nil || m.LastUpdated.Before(last) {
					t.Errorf("%v after %v: %v", m.LastUpdated, last, err)
					return
				}
				last = m.LastUpdated
				for _, f := range m.Files {
					if !exists(tree.rawPath(f.Filename)) {
						t.Errorf("%s is named and not there", f.Filename)
						return
					}
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	readers.Go(func() {
		for {
			wantClean(t, tree)
			select {
			case <-done:
				return
			default:
			}
		}
	})
	for i := range 12 {
		now := day1.Add(time.Duration(i) * time.Minute)
		r := begin(t, tree, now)
		put(t, r, File{Path: "a"}, now.String())
		put(t, r, File{Path: strconv.Itoa(i)}, "x")
		commit(t, r, nil, now)
	}
	close(done)
	readers.Wait()
}

func TestConcurrentPuts(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	var workers sync.WaitGroup
	for i := range 8 {
		workers.Go(func() {
			path := "p/" + strconv.Itoa(i)
			if _, err := tryPut(r, File{Path: path}, path); err != nil {
				t.Error(err)
			}
			if err := r.Note(path, i); err != nil {
				t.Error(err)
			}
			if _, ok := r.Current(path); !ok {
				t.Errorf("%s is not there", path)
			}
		})
	}
	workers.Wait()
	r = begin(t, tree, day1)
	if got := r.ReceivedFiles(); len(got) != 8 {
		t.Errorf("received %d files", len(got))
	}
	commit(t, r, nil, day1)
	wantClean(t, tree)
}
