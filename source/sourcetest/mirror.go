package sourcetest

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// mirror is a data folder with what one source fetched.
type mirror struct {
	t      testing.TB
	src    source.Source
	dir    string
	tree   *archive.Tree
	cursor source.Cursor
	runs   int
	anew   bool // the next run fetches everything anew
}

func newMirror(t testing.TB, s Subject) *mirror {
	t.Helper()
	src, dir := s.New(), t.TempDir()
	return &mirror{t: t, src: src, dir: dir, tree: archive.Open(dir).Source(src.Info().Name)}
}

// copy is a mirror with the same data in another folder.
func (m *mirror) copy(t testing.TB) *mirror {
	t.Helper()
	other := *m
	other.t, other.dir = t, t.TempDir()
	if err := os.CopyFS(other.dir, os.DirFS(m.dir)); err != nil {
		t.Fatal(err)
	}
	other.tree = archive.Open(other.dir).Source(m.src.Info().Name)
	return &other
}

// begun is when first runs begin.
var begun = time.Date(2031, 5, 1, 6, 0, 0, 0, time.UTC)

// fetch is one run as the program does it: what is safe is committed, and a
// source's refusal leaves the run open.
func (m *mirror) fetch(ctx context.Context, up *fetch.Client) error {
	m.t.Helper()
	_, unlock, err := m.tree.Lock(m.t.Context(), 0)
	if err != nil {
		m.t.Fatal(err)
	}
	defer unlock()
	m.runs++
	run, err := m.tree.Begin(begun.AddDate(0, 0, m.runs))
	if err != nil {
		m.t.Fatal(err)
	}
	begin := m.cursor
	if m.anew {
		m.anew, begin = false, source.Cursor{}
		if err := run.Anew(); err != nil {
			m.t.Fatal(err)
		}
	}
	cursor, fetchErr := m.src.Fetch(ctx, up, run, begin)
	var incomplete *source.Incomplete
	switch {
	case errors.Is(fetchErr, source.ErrUnchanged):
		for _, f := range run.ReceivedFiles() {
			m.t.Errorf("Fetch says that nothing changed and put %s into the run", f.Path)
		}
		err = run.Discard()
	case fetchErr == nil, errors.As(fetchErr, &incomplete):
		_, err = run.Commit(cursor, run.Started())
	default:
		return fetchErr
	}
	if err != nil {
		m.t.Fatal(err)
	}
	m.cursor = cursor
	return fetchErr
}

// mustFetch is fetch that may fail with nothing but ErrUnchanged.
func (m *mirror) mustFetch(up *fetch.Client) {
	m.t.Helper()
	if err := m.fetch(m.t.Context(), up); err != nil && !errors.Is(err, source.ErrUnchanged) {
		m.t.Fatalf("Fetch: %v", err)
	}
}

func (m *mirror) manifest() archive.Manifest {
	m.t.Helper()
	manifest, err := m.tree.Manifest()
	if err != nil {
		m.t.Fatal(err)
	}
	return manifest
}

// key names a record.
type key struct {
	Kind vuln.Kind
	ID   string
}

// decode reads the records of all current files, in the order in which they are
// taken in; later ones replace earlier ones.
func (m *mirror) decode() (map[key]vuln.Record, error) {
	m.t.Helper()
	records := make(map[key]vuln.Record)
	for _, f := range m.manifest().Files {
		if f.Status != archive.Current {
			continue
		}
		for r, err := range m.src.Decode(m.tree.FS(), f.Filename) {
			var refused *source.Refused
			if errors.As(err, &refused) {
				continue
			}
			if err != nil {
				return records, err
			}
			if err := m.accept(records, r); err != nil {
				return records, err
			}
		}
	}
	return records, nil
}

// accept takes in a record as the store would.
func (m *mirror) accept(records map[key]vuln.Record, r vuln.Record) error {
	k := key{r.Kind, r.ID}
	held, isHeld := records[k]
	merger, merges := m.src.(source.Merger)
	if isHeld && merges {
		merged, err := merger.Merge(held, r)
		if err != nil {
			return err
		}
		r = merged
	}
	records[k] = r
	return nil
}

func (m *mirror) mustDecode() map[key]vuln.Record {
	m.t.Helper()
	records, err := m.decode()
	if err != nil {
		m.t.Fatalf("Decode: %v", err)
	}
	return records
}
