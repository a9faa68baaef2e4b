package e2e

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vulnmirror/format/nvd"
	"vulnmirror/vuln"
)

// corpusVariable names a folder with real feeds of two days, each laid out as
// HOST/PATH in day1 and day2. Without it, TestCorpus is skipped.
const corpusVariable = "VULNMIRROR_CORPUS"

const corpusYears = "2002-2006,2026"

// TestCorpus mirrors real feeds of one day and then of the next.
func TestCorpus(t *testing.T) {
	root := os.Getenv(corpusVariable)
	if root == "" {
		t.Skipf("%s names no folder with real feeds", corpusVariable)
	}
	days := []string{filepath.Join(root, "day1"), filepath.Join(root, "day2")}
	want := history{}
	current := map[string]string{}
	for _, day := range days {
		want.read(t, day, current)
	}
	for _, variant := range []struct {
		name string
		wrap func(http.Handler) http.Handler
	}{
		{"ranges", func(h http.Handler) http.Handler { return h }},
		{"no ranges", withoutRanges},
	} {
		t.Run(variant.name, func(t *testing.T) {
			if testing.Short() && variant.name != "ranges" {
				t.Skip("one way of fetching will do")
			}
			s := newStatic(t, days[0], variant.wrap)
			d := newData(t, s.URL, "--set", "nvd.method=feeds")
			out := d.run(t, "sync", "nvd-cve")
			if out.status != 1 {
				t.Errorf("with years that upstream lacks: exit status %d, want 1", out.status)
			}
			for year := 2007; year <= 2025; year++ {
				if !regexp.MustCompile(fmt.Sprintf(`\b%d\b`, year)).MatchString(out.stderr) {
					t.Errorf("the missing year %d is not named:\n%s", year, tail(out.stderr))
				}
			}
			d.args = append(d.args, "--set", "nvd.years="+corpusYears)
			d.ok(t, "sync", "nvd-cve")
			s.serve(days[1])
			d.ok(t, "sync", "nvd-cve")
			same(t, "export", current, d.export(t))
			same(t, "history", want, d.history(t))
			d.sound(t)

			s.bodies.Store(0)
			began := time.Now()
			d.ok(t, "sync", "nvd-cve")
			t.Logf("an unchanged sync took %v", time.Since(began).Round(time.Millisecond))
			if n := s.bodies.Load(); n != 0 {
				t.Errorf("an unchanged sync fetched %d bodies", n)
			}
		})
	}
	t.Run("kill", func(t *testing.T) {
		kills := 20
		if testing.Short() {
			kills = 3
		}
		s := newStatic(t, days[0], func(h http.Handler) http.Handler { return h })
		d := newData(t, s.URL, "--set", "nvd.method=feeds", "--set", "nvd.years="+corpusYears)
		moments := rand.New(rand.NewPCG(2, 3))
		for _, day := range days {
			s.serve(day)
			for range kills / 2 {
				p := d.start(t, "sync", "nvd-cve")
				select {
				case <-time.After(time.Duration(moments.Int64N(int64(6 * time.Second)))):
				case <-p.done:
				}
				p.signal(os.Kill)
				if out := p.wait(); out.status > 0 {
					t.Fatalf("exit status %d\n%s", out.status, tail(out.stderr))
				}
			}
			d.ok(t, "sync", "nvd-cve")
		}
		same(t, "export", current, d.export(t))
		same(t, "history", want, d.history(t))
		d.sound(t)
	})
}

// static is a plain file server whose folder can be changed.
type static struct {
	*httptest.Server
	folder atomic.Pointer[http.Handler]
	bodies atomic.Int64
}

func newStatic(t *testing.T, dir string, wrap func(http.Handler) http.Handler) *static {
	s := &static{}
	s.Server = httptest.NewServer(wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".json.gz") {
			s.bodies.Add(1)
		}
		(*s.folder.Load()).ServeHTTP(w, r)
	})))
	t.Cleanup(s.Close)
	s.serve(dir)
	return s
}

func (s *static) serve(dir string) {
	files := http.FileServer(http.Dir(dir))
	s.folder.Store(&files)
}

// withoutRanges makes a server that sends whole files only.
func withoutRanges(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Range")
		r.Header.Del("If-Range")
		h.ServeHTTP(w, r)
	})
}

// read takes over a day's feeds as a mirror has to: in the order of the dates
// in their .meta, the newest lastModified winning. It keeps the present bodies
// in current.
func (h history) read(t *testing.T, day string, current map[string]string) {
	t.Helper()
	metas, err := filepath.Glob(filepath.Join(day, "nvd.nist.gov/feeds/json/cve/2.0/*.meta"))
	if err != nil || len(metas) == 0 {
		t.Fatalf("no feeds in %s (%v)", day, err)
	}
	made := map[string]time.Time{}
	for _, path := range metas {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		meta, err := nvd.ParseMeta(text)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if !strings.Contains(path, "recent") {
			made[strings.TrimSuffix(path, ".meta")+".json.gz"] = meta.LastModified
		}
	}
	files := slices.SortedFunc(maps.Keys(made), func(a, b string) int { return made[a].Compare(made[b]) })
	for _, file := range files {
		h.feed(t, file, current)
	}
}

func (h history) feed(t *testing.T, file string, current map[string]string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for reader := nvd.NewReader(z); ; {
		body, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		id, changed, err := nvd.Identify(nvd.FormatCVE, body)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		v, stamp := version(body, vuln.FormatTime(changed)), vuln.FormatTime(changed)
		n := len(h[id])
		if n > 0 && (h[id][n-1] == v || stamp < h[id][n-1][:len(stamp)]) {
			continue
		}
		h[id] = append(h[id], v)
		current[id] = string(body)
	}
}
