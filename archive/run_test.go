package archive

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var day1 = time.Date(2026, 11, 21, 20, 34, 0, 0, time.UTC)

func newTree(t *testing.T) *Tree {
	t.Helper()
	return Open(memoryDir(t)).Source("nvd-cve")
}

func begin(t *testing.T, tree *Tree, now time.Time) *Run {
	t.Helper()
	r, err := tree.Begin(now)
	if err != nil {
		t.Fatal(err)
	}
	r.clock = func() time.Time { return now }
	return r
}

// put writes content as the part of f.Path, gzipped if f says so, and puts it.
func put(t *testing.T, r *Run, f File, content string) File {
	t.Helper()
	got, err := tryPut(r, f, content)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func tryPut(r *Run, f File, content string) (File, error) {
	body := []byte(content)
	if f.Encoding == encGzip {
		body = gzipped(body)
	}
	if err := os.WriteFile(r.Part(f.Path), body, 0o644); err != nil {
		return File{}, err
	}
	return r.Put(f)
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func commit(t *testing.T, r *Run, cursor any, now time.Time) Manifest {
	t.Helper()
	m, err := r.Commit(cursor, now)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func read(t *testing.T, r *Run, f File) string {
	t.Helper()
	c, err := r.Open(f)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func findings(t *testing.T, tree *Tree) []Finding {
	t.Helper()
	var all []Finding
	for f, err := range tree.Verify(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

func wantClean(t *testing.T, tree *Tree) {
	t.Helper()
	if diff := cmp.Diff([]Finding(nil), findings(t, tree)); diff != "" {
		t.Errorf("verify (-want +got):\n%s", diff)
	}
}

// entries lists a folder; none if it does not exist.
func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func TestPutKeepsBytesAndNames(t *testing.T) {
	const content = `{"cve":"CVE-1999-0001"}`
	tests := []struct {
		name, path, encoding string
		filename, stored     string
	}{
		{"feed stays as it came", "feeds/nvdcve-2.0-2002.json.gz", "gzip", "feeds/nvdcve-2.0-2002.json.gz", "gzip"},
		{"page sent as gzip", "api/delta/00003.json", "gzip", "api/delta/00003.json.gz", "gzip"},
		{"page sent plain is compressed", "api/delta/00004.json", "", "api/delta/00004.json.zst", "zstd"},
		{"no folder, no extension", "meta", "", "meta.zst", "zstd"},
	}
	tree := newTree(t)
	r := begin(t, tree, day1)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wire := []byte(content)
			if tt.encoding == encGzip {
				wire = gzipped(wire)
			}
			got := put(t, r, File{Path: tt.path, Encoding: tt.encoding, URL: "https://nvd.example/x?a=1&b=2", ETag: `"e"`}, content)
			disk, err := os.ReadFile(filepath.Join(tree.Raw(), "20261121T203400Z", filepath.FromSlash(tt.filename)))
			if err != nil {
				t.Fatal(err)
			}
			want := File{
				Filename: "20261121T203400Z/" + tt.filename, Path: tt.path, Encoding: tt.stored,
				SizeBytes: int64(len(disk)), SHA256: sum(disk),
				ContentBytes: int64(len(content)), ContentSHA256: sum([]byte(content)), WireSHA256: sum(wire),
				URL: "https://nvd.example/x?a=1&b=2", ETag: `"e"`, Status: Current, Fetched: day1, Run: "20261121T203400Z",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("entry (-want +got):\n%s", diff)
			}
			if tt.encoding == encGzip && !bytes.Equal(disk, wire) {
				t.Error("the bytes received were changed")
			}
			if read(t, r, got) != content {
				t.Error("content differs")
			}
			if exists(r.Part(tt.path)) {
				t.Error("the part is still there")
			}
		})
	}
	m := commit(t, r, map[string]int{"x": 1}, day1)
	if len(m.Files) != len(tests) {
		t.Errorf("manifest has %d files", len(m.Files))
	}
	wantClean(t, tree)
}

func TestPutTakesWhatTheCallerKnows(t *testing.T) {
	r := begin(t, newTree(t), day1)
	known := File{
		Path: "a.gz", Encoding: encGzip, ContentBytes: 5, ContentSHA256: sum([]byte("hello")), WireSHA256: sum([]byte("wire")),
		Fetched: day1.Add(time.Hour).In(time.FixedZone("", 3600)), AsOf: day1.Add(-time.Hour),
	}
	got := put(t, r, known, "hello")
	if got.ContentSHA256 != known.ContentSHA256 || got.WireSHA256 != known.WireSHA256 || got.ContentBytes != 5 {
		t.Errorf("hashes given were replaced: %+v", got)
	}
	if got.Fetched != day1.Add(time.Hour) || got.AsOf != known.AsOf {
		t.Errorf("times: %v %v", got.Fetched, got.AsOf)
	}
}

func TestPutRefuses(t *testing.T) {
	r := begin(t, newTree(t), day1)
	tests := []struct {
		name string
		file File
		part bool
	}{
		{"a path that leads out", File{Path: "../x"}, true},
		{"an absolute path", File{Path: "/x"}, true},
		{"no path", File{}, false},
		{"an unknown encoding", File{Path: "x", Encoding: "br"}, true},
		{"a part that is not there", File{Path: "y"}, false},
		{"content that is not the one downloaded", File{Path: "z", ContentSHA256: strings.Repeat("0", 64)}, true},
		{"a hash that is none", File{Path: "h", Encoding: "gzip", ContentBytes: 1, ContentSHA256: "xyz"}, true},
		{"gzip that is not", File{Path: "plain", Encoding: "gzip"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.part {
				if err := os.WriteFile(r.Part(tt.file.Path), []byte("data"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if f, err := r.Put(tt.file); err == nil {
				t.Errorf("took in %+v", f)
			}
			if tt.part && !exists(r.Part(tt.file.Path)) {
				t.Error("the part is gone")
			}
		})
	}
	if got := begin(t, r.tree, day1).ReceivedFiles(); len(got) != 0 {
		t.Errorf("received %v", got)
	}
	if left := entries(t, r.tree.stagedPath()); left != nil {
		t.Errorf("left in staged: %v", left)
	}
	if !strings.HasPrefix(r.Part("../../../etc/passwd"), r.tree.partsPath()) {
		t.Error("Part leads out of the folder")
	}
}

func TestNewerFileSupersedes(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	old := put(t, r, File{Path: "feed.json.gz", Encoding: encGzip}, "one")
	commit(t, r, nil, day1)

	r = begin(t, tree, day1) // in the same second
	if r.ID() != "20261121T203400Z-2" {
		t.Errorf("run is called %s", r.ID())
	}
	mid := put(t, r, File{Path: "feed.json.gz", Encoding: encGzip}, "two")
	last := put(t, r, File{Path: "feed.json.gz", Encoding: encGzip}, "three")
	if last.Filename != "20261121T203400Z-2/feed-2.json.gz" {
		t.Errorf("the second file of a path is called %s", last.Filename)
	}
	if got, _ := r.Current("feed.json.gz"); got != last {
		t.Errorf("current is %v", got)
	}
	old.Status, mid.Status = Superseded, Superseded
	if diff := cmp.Diff([]File{mid, last}, r.ReceivedFiles()); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	m := commit(t, r, map[string]int{"page": 1, "of": 2}, day1.Add(time.Hour))
	if diff := cmp.Diff([]File{old, mid, last}, m.Files); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	got, err := tree.Manifest()
	if diff := cmp.Diff(m, got); err != nil || diff != "" {
		t.Errorf("read again: %v (-want +got):\n%s", err, diff)
	}
	wantClean(t, tree)
}

func TestSameContentIsStoredOnce(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	first := put(t, r, File{Path: "a.json", URL: "https://a", ETag: "1"}, "same")
	again := put(t, r, File{Path: "a.json", URL: "https://a", ETag: "2"}, "same")
	first.ETag = "2"
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("within a run (-want +got):\n%s", diff)
	}
	if got := r.ReceivedFiles(); len(got) != 1 {
		t.Errorf("received %v", got)
	}
	commit(t, r, nil, day1)

	later := day1.Add(24 * time.Hour)
	r = begin(t, tree, later)
	kept := put(t, r, File{Path: "a.json", URL: "https://b", ETag: "3", LastModified: "x", AsOf: day1}, "same")
	want := first
	want.URL, want.ETag, want.LastModified, want.AsOf, want.Fetched = "https://b", "3", "x", day1, later
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("in a later run (-want +got):\n%s", diff)
	}
	if f, ok := r.Received("a.json"); !ok || f != kept {
		t.Errorf("received: %v %v", f, ok)
	}
	r = begin(t, tree, later) // as after a crash
	if f, ok := r.Received("a.json"); !ok || f != kept {
		t.Errorf("received before the crash: %v %v", f, ok)
	}
	m := commit(t, r, nil, later)
	if diff := cmp.Diff([]File{want}, m.Files); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	if got := entries(t, tree.Raw()); !slices.Equal(got, []string{first.Run}) {
		t.Errorf("raw has %v", got)
	}
	wantClean(t, tree)
}

func TestSameContentIsStoredAgainWhenTheHeldFileIsGone(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	lost := put(t, r, File{Path: "a.json"}, "same")
	commit(t, r, nil, day1)
	if err := os.Remove(tree.rawPath(lost.Filename)); err != nil {
		t.Fatal(err)
	}
	r = begin(t, tree, day1.Add(time.Hour))
	if got := put(t, r, File{Path: "a.json"}, "same"); got.Run != r.ID() {
		t.Errorf("relied on a file that is gone: %+v", got)
	}
}

func TestRunContinues(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	if r.Resumed() {
		t.Error("a new run says it is resumed")
	}
	a := put(t, r, File{Path: "p/1.json"}, "one")
	type plan struct{ Pages int }
	if err := r.Note("plan", plan{3}); err != nil {
		t.Fatal(err)
	}
	if err := r.Note("plan", plan{4}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.Part("p/2.json"), []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}

	again := begin(t, tree, day1.Add(time.Hour))
	if !again.Resumed() || again.ID() != r.ID() || !again.Started().Equal(day1) {
		t.Errorf("resumed %v, %s, %v", again.Resumed(), again.ID(), again.Started())
	}
	if f, ok := again.Received("p/1.json"); !ok || f != a {
		t.Errorf("received: %v %v", f, ok)
	}
	var p plan
	if ok, err := again.Noted("plan", &p); !ok || err != nil || p.Pages != 4 {
		t.Errorf("noted: %v %v %v", ok, err, p)
	}
	if ok, err := again.Noted("other", &p); ok || err != nil {
		t.Errorf("never noted: %v %v", ok, err)
	}
	if b, err := os.ReadFile(again.Part("p/2.json")); err != nil || string(b) != "half" {
		t.Errorf("part: %q %v", b, err)
	}
	wantClean(t, tree)
}

func TestEmptyRunLeavesNothingBehind(t *testing.T) {
	for name, end := range map[string]func(*Run) error{
		"commit":  func(r *Run) error { _, err := r.Commit(nil, day1); return err },
		"discard": (*Run).Discard,
	} {
		t.Run(name, func(t *testing.T) {
			tree := newTree(t)
			if err := end(begin(t, tree, day1)); err != nil {
				t.Fatal(err)
			}
			if got := entries(t, tree.Raw()); got != nil {
				t.Errorf("raw has %v", got)
			}
			if exists(tree.incomingPath()) {
				t.Error("incoming is still there")
			}
		})
	}
}

func TestDiscardLeavesTheManifest(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	put(t, r, File{Path: "a"}, "one")
	want := commit(t, r, nil, day1)
	r = begin(t, tree, day1.Add(time.Hour))
	put(t, r, File{Path: "a"}, "two")
	if err := r.Discard(); err != nil {
		t.Fatal(err)
	}
	got, err := tree.Manifest()
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := tryPut(r, File{Path: "b"}, "three"); !errors.Is(err, errEnded) {
		t.Errorf("put after the end: %v", err)
	}
	if _, err := r.Commit(nil, day1); !errors.Is(err, errEnded) {
		t.Errorf("commit after the end: %v", err)
	}
	wantClean(t, tree)
}

func TestCommitKeepsCursorAndHistory(t *testing.T) {
	tree := newTree(t)
	times := []time.Time{day1, day1.Add(time.Hour), day1.Add(24 * time.Hour)}
	for i, now := range times {
		r := begin(t, tree, now)
		put(t, r, File{Path: "a", URL: "https://x/?a&b"}, now.String())
		var cursor any
		if i < 2 {
			cursor = map[string]int{"n": i}
		}
		commit(t, r, cursor, now.Add(time.Minute))
	}
	m, err := tree.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	var cursor map[string]int
	if err := json.Unmarshal(m.Cursor, &cursor); err != nil || cursor["n"] != 1 {
		t.Errorf("cursor %s: %v", m.Cursor, err)
	}
	if want := times[2].Add(time.Minute); m.LastUpdated != want {
		t.Errorf("last updated %v, want %v", m.LastUpdated, want)
	}
	if got, want := entries(t, tree.historyPath()), []string{"manifest-20261121.json", "manifest-20261122.json"}; !slices.Equal(got, want) {
		t.Fatalf("history has %v", got)
	}
	data, err := os.ReadFile(filepath.Join(tree.historyPath(), "manifest-20261121.json"))
	if err != nil {
		t.Fatal(err)
	}
	old, err := parseManifest(data, tree.name)
	if err != nil || len(old.Files) != 2 {
		t.Errorf("the last manifest of the first day has %d files: %v", len(old.Files), err)
	}
	if !bytes.Contains(data, []byte("https://x/?a&b")) {
		t.Error("URLs are escaped")
	}
}

func TestSources(t *testing.T) {
	a := Open(filepath.Join(t.TempDir(), "none"))
	if got, err := a.Sources(); err != nil || got != nil {
		t.Errorf("no folder: %v %v", got, err)
	}
	for _, name := range []string{"nvd-cve", "epss"} {
		commit(t, begin(t, a.Source(name), day1), nil, day1)
	}
	begin(t, a.Source("unfinished"), day1)
	if err := os.WriteFile(filepath.Join(a.Dir(), "vulnmirror.db"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := a.Sources(); err != nil || !slices.Equal(got, []string{"epss", "nvd-cve"}) {
		t.Errorf("%v %v", got, err)
	}
}

func TestQuarantine(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	if err := os.WriteFile(r.Part("api/1.json"), []byte("<html>"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := r.QuarantineFile(File{Path: "api/1.json", URL: "https://x/1"}, "HTML"); err != nil {
		t.Fatal(err)
	}
	bad := put(t, r, File{Path: "api/1.json", URL: "https://x/1"}, "too few records")
	if err := r.Quarantine("api/1.json", "shrunk"); err != nil {
		t.Fatal(err)
	}
	if _, ok := r.Received("api/1.json"); ok {
		t.Error("a refused file is still in the run")
	}
	if err := r.Quarantine("api/1.json", "nothing there"); err == nil {
		t.Error("quarantined nothing")
	}
	want := map[string]Reason{
		"20261121T203400Z-api_1.json":   {Why: "HTML", URL: "https://x/1", When: day1, Path: "api/1.json", Run: r.ID()},
		"20261121T203400Z-api_1.json-2": {Why: "shrunk", URL: "https://x/1", When: day1, Path: "api/1.json", Run: r.ID()},
	}
	for name, reason := range want {
		data, err := os.ReadFile(filepath.Join(tree.quarantinePath(), name+".reason.json"))
		if err != nil {
			t.Fatal(err)
		}
		var got Reason
		if err := json.Unmarshal(data, &got); err != nil || got != reason {
			t.Errorf("%s: %+v %v", name, got, err)
		}
		if !exists(filepath.Join(tree.quarantinePath(), name)) {
			t.Errorf("%s is not there", name)
		}
	}
	good := put(t, r, File{Path: "api/1.json"}, "enough")
	if good.Filename == bad.Filename {
		t.Error("a filename was used twice")
	}
	if m := commit(t, r, nil, day1); len(m.Files) != 1 || m.Files[0] != good {
		t.Errorf("manifest has %v", m.Files)
	}
	wantClean(t, tree)
}

func TestQuarantineRestoresTheFileBefore(t *testing.T) {
	tree := newTree(t)
	r := begin(t, tree, day1)
	first := put(t, r, File{Path: "a"}, "good")
	put(t, r, File{Path: "a"}, "bad")
	if err := r.Quarantine("a", "bad"); err != nil {
		t.Fatal(err)
	}
	if got, ok := r.Current("a"); !ok || got != first {
		t.Errorf("current: %v %v", got, ok)
	}
	commit(t, r, nil, day1)

	r = begin(t, tree, day1.Add(time.Hour))
	put(t, r, File{Path: "a"}, "good") // held already
	if err := r.Quarantine("a", "suspect"); err != nil {
		t.Fatal(err)
	}
	if got := r.ReceivedFiles(); len(got) != 0 {
		t.Errorf("received %v", got)
	}
	if m := commit(t, r, nil, day1); len(m.Files) != 1 || m.Files[0] != first {
		t.Errorf("manifest has %v", m.Files)
	}
	wantClean(t, tree)
}

func TestPrune(t *testing.T) {
	tree := newTree(t)
	for i := range 3 {
		now := day1.Add(time.Duration(i) * 24 * time.Hour)
		r := begin(t, tree, now)
		put(t, r, File{Path: "sub/a"}, now.String())
		if i == 0 {
			put(t, r, File{Path: "b"}, "stays")
		}
		commit(t, r, nil, now)
	}
	gone, err := tree.Prune(day1.Add(36 * time.Hour))
	if err != nil || len(gone) != 2 {
		t.Fatalf("pruned %v: %v", gone, err)
	}
	m, err := tree.Manifest()
	if err != nil || len(m.Files) != 2 || m.Removing != nil {
		t.Errorf("manifest: %+v %v", m, err)
	}
	if got, want := entries(t, tree.Raw()), []string{"20261121T203400Z", "20261123T203400Z"}; !slices.Equal(got, want) {
		t.Errorf("raw has %v", got)
	}
	if got := entries(t, filepath.Join(tree.Raw(), "20261121T203400Z")); !slices.Equal(got, []string{"b.zst"}) {
		t.Errorf("the first run has %v", got)
	}
	wantClean(t, tree)
}
