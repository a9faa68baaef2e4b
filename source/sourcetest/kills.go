package sourcetest

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// resumes: a Fetch that is stopped at any request commits nothing, and the next
// one has what one that was never stopped has.
func resumes(t *testing.T, s Subject) {
	u := serve(t, s.Upstream)
	whole := newMirror(t, s)
	whole.mustFetch(u.client(t))
	want, total := whole.mustDecode(), len(u.requests())
	step := max(1, total/enough)
	for at := 1; at <= total; at += step {
		ctx, stop := context.WithCancel(t.Context())
		var count atomic.Int64
		u.disturb(func(w http.ResponseWriter, r *http.Request, answers http.Handler) {
			if count.Add(1) == int64(at) {
				stop()
			}
			answers.ServeHTTP(w, r)
		})
		m := newMirror(t, s)
		err := m.fetch(ctx, u.client(t))
		stop()
		if err == nil {
			t.Errorf("stopped at request %d of %d, Fetch succeeds", at, total)
		} else if files := m.manifest().Files; len(files) > 0 {
			t.Errorf("stopped at request %d of %d, Fetch left %d files in the manifest", at, total, len(files))
		}
		u.disturb(nil)
		m.mustFetch(u.client(t))
		if diff := cmp.Diff(want, m.mustDecode()); diff != "" {
			t.Errorf("after a stop at request %d of %d (-never stopped +stopped):\n%s", at, total, diff)
		}
		if !m.cursor.Complete {
			t.Errorf("after a stop at request %d of %d, Fetch is not complete", at, total)
		}
	}
}

// refuses: a damaged file is refused by its name, or what it says was not read
// anyway; Decode ends.
func refuses(t *testing.T, s Subject) {
	u := serve(t, s.Upstream)
	held := newMirror(t, s)
	held.mustFetch(u.client(t))
	u.Close() // decoding needs nobody
	before := held.mustDecode()
	files := held.manifest().Files
	for i := 0; i < len(files); i += max(1, len(files)/enough) {
		for how, damage := range map[string]func([]byte) []byte{
			"cut short": func(b []byte) []byte { return b[:len(b)/2] },
			"empty":     func([]byte) []byte { return nil },
			"a page":    func([]byte) []byte { return []byte("<html><body>Just a moment</body></html>") },
			"torn":      func(b []byte) []byte { return append(bytes.Clone(b[:len(b)/2]), b[len(b)/2+len(b)/4:]...) },
		} {
			m := held.copy(t)
			harm(t, filepath.Join(m.tree.Raw(), filepath.FromSlash(files[i].Filename)), damage)
			after, err := m.decode()
			if err == nil && !cmp.Equal(before, after) {
				t.Errorf("%s, %s, is read without an error, and other records with it", files[i].Filename, how)
			}
			if err != nil && !strings.Contains(err.Error(), files[i].Path) {
				t.Errorf("%s is %s, which is refused without naming it: %v", files[i].Filename, how, err)
			}
		}
	}
}

func harm(t *testing.T, name string, damage func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, damage(data), 0o644); err != nil {
		t.Fatal(err)
	}
}
