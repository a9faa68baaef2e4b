package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Problem is what is wrong with a file.
type Problem string

// The problems Verify finds.
const (
	Missing    Problem = "missing"    // in the manifest, not on disk
	Truncated  Problem = "truncated"  // smaller than the manifest says
	Changed    Problem = "changed"    // other bytes than the manifest says
	Unreadable Problem = "unreadable" // the bytes are right, the content is not; or a manifest of the history, or the journal, is damaged
	Extra      Problem = "extra"      // in raw, but neither in the manifest nor in the unfinished run
)

// Finding is one thing wrong in an archive.
type Finding struct {
	Source string `json:"source"`
	// Filename is relative to raw, as in the manifest; for the manifests of the
	// history and the journal, relative to the source's folder.
	Filename string  `json:"filename"`
	Problem  Problem `json:"problem"`
	Detail   string  `json:"detail,omitempty"`
}

// Verify reads every file of the manifest again and yields what is wrong, in
// the order of the manifest; then extra files and damaged manifests of the
// history. It yields an error, and ends, when it cannot go on, as with a damaged
// manifest. It changes nothing, needs no lock, and may run beside a run. Two
// files are read at a time; memory does not depend on their size.
func (t *Tree) Verify(ctx context.Context) iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		m, err := t.Manifest()
		if err != nil {
			yield(Finding{}, err)
			return
		}
		more := true
		give := func(f Finding, err error) bool {
			f.Source = t.name
			more = yield(f, err) && err == nil
			return more
		}
		t.verifyFiles(ctx, m.Files, give)
		if more {
			t.verifyExtra(give)
		}
		if more {
			t.verifyHistory(give)
		}
	}
}

// verifyFiles checks files two at a time, and gives their findings in order.
func (t *Tree) verifyFiles(ctx context.Context, files []File, give func(Finding, error) bool) {
	work, stop := context.WithCancel(ctx)
	defer stop()
	type answer struct {
		Finding
		err error
	}
	queue := make(chan chan answer, 1) // with the one being waited for: two under way
	go func() {
		defer close(queue)
		for _, f := range files {
			result := make(chan answer, 1)
			select {
			case queue <- result:
			case <-work.Done():
				return
			}
			go func() {
				finding, err := t.verifyFile(work, f)
				result <- answer{finding, err}
			}()
		}
	}()
	ok := true
	for result := range queue {
		a := <-result
		if ok && (a.err != nil || a.Problem != "") && !give(a.Finding, a.err) {
			ok = false
		}
		if !ok {
			stop()
		}
	}
	if ok && ctx.Err() != nil {
		give(Finding{}, context.Cause(ctx))
	}
}

// verifyFile returns what is wrong with f; the zero Finding if nothing is.
func (t *Tree) verifyFile(ctx context.Context, f File) (Finding, error) {
	found := func(p Problem, format string, args ...any) (Finding, error) {
		return Finding{Filename: f.Filename, Problem: p, Detail: fmt.Sprintf(format, args...)}, nil
	}
	file, err := os.Open(t.rawPath(f.Filename))
	if errors.Is(err, fs.ErrNotExist) {
		if now, err := t.Manifest(); err == nil && !now.names(f.Filename) {
			return Finding{}, nil // pruned meanwhile
		}
		return found(Missing, "%d bytes from %s", f.SizeBytes, f.URL)
	}
	if err != nil {
		return found(Unreadable, "%v", err)
	}
	defer file.Close()
	disk, content, bad, err := weigh(interruptible{ctx, file}, f.Encoding)
	switch {
	case ctx.Err() != nil:
		return Finding{}, context.Cause(ctx)
	case err != nil:
		return found(Unreadable, "%v", err)
	case disk.bytes < f.SizeBytes:
		return found(Truncated, "%d of %d bytes", disk.bytes, f.SizeBytes)
	case disk.sha256 != f.SHA256:
		return found(Changed, "%d bytes with SHA-256 %s, expected %d with %s", disk.bytes, disk.sha256, f.SizeBytes, f.SHA256)
	case bad != nil:
		return found(Unreadable, "%v", bad)
	case content.sha256 != f.ContentSHA256:
		return found(Unreadable, "the content has SHA-256 %s, expected %s", content.sha256, f.ContentSHA256)
	}
	return Finding{}, nil
}

// interruptible ends reading when its context ends.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i interruptible) Read(p []byte) (int, error) {
	if i.ctx.Err() != nil {
		return 0, context.Cause(i.ctx)
	}
	return i.r.Read(p)
}

func (m *Manifest) names(filename string) bool {
	return slices.ContainsFunc(m.Files, func(f File) bool { return f.Filename == filename })
}

// verifyExtra gives the files that nothing names. It lists raw first, then reads
// the journal, then the manifest: a file on its way from one to the next during
// a run is always seen in one of them.
func (t *Tree) verifyExtra(give func(Finding, error) bool) {
	present, err := t.listRaw()
	if err != nil {
		give(Finding{}, err)
		return
	}
	j, err := t.unfinished()
	if errors.Is(err, ErrDamaged) {
		if !give(Finding{Filename: t.relative(t.journalPath()), Problem: Unreadable, Detail: err.Error()}, nil) {
			return
		}
	} else if err != nil {
		give(Finding{}, err)
		return
	}
	m, err := t.Manifest()
	if err != nil {
		give(Finding{}, err)
		return
	}
	named := map[string]bool{}
	for _, f := range m.Files {
		named[f.Filename] = true
	}
	for _, name := range m.Removing {
		named[name] = true
	}
	if j != nil {
		for name := range j.names {
			named[name] = true
		}
	}
	for _, name := range present {
		if !named[name] && exists(t.rawPath(name)) &&
			!give(Finding{Filename: name, Problem: Extra, Detail: "neither the manifest nor an unfinished run names it"}, nil) {
			return
		}
	}
}

// listRaw returns the names of all files in raw, relative to it.
func (t *Tree) listRaw() ([]string, error) {
	var names []string
	err := filepath.WalkDir(t.Raw(), func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(t.Raw(), name)
		names = append(names, filepath.ToSlash(rel))
		return err
	})
	return names, err
}

// verifyHistory gives the daily copies of the manifest that cannot be used.
func (t *Tree) verifyHistory(give func(Finding, error) bool) {
	entries, err := os.ReadDir(t.historyPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		give(Finding{}, err)
		return
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".json" {
			continue
		}
		name := filepath.Join(t.historyPath(), e.Name())
		data, err := os.ReadFile(name)
		if err == nil {
			_, err = parseManifest(data, t.name)
		}
		if err != nil && !give(Finding{Filename: t.relative(name), Problem: Unreadable, Detail: err.Error()}, nil) {
			return
		}
	}
}

// relative returns name, a file of the source, relative to its folder.
func (t *Tree) relative(name string) string {
	return filepath.ToSlash(strings.TrimPrefix(name, t.dir+string(filepath.Separator)))
}
