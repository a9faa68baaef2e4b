package msrccsv_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/source/msrccsv"
	"vulnmirror/vuln"
)

var update = flag.Bool("update", false, "write the golden file anew")

var now = time.Date(2024, 3, 20, 12, 0, 0, 0, time.UTC)

// drawer is a data folder that exports are dropped into.
type drawer struct {
	dir    string
	source *msrccsv.Source
	client *fetch.Client
	tree   *archive.Tree
	cursor source.Cursor
}

func newDrawer(t *testing.T) *drawer {
	t.Helper()
	d := &drawer{dir: t.TempDir()}
	d.source, d.tree = msrccsv.New(filepath.Join(d.dir, "msrc-csv")), archive.Open(d.dir).Source(msrccsv.Name)
	var err error
	if d.client, err = fetch.New(fetch.Config{}); err != nil {
		t.Fatal(err)
	}
	return d
}

// drop puts a file into the folder.
func (d *drawer) drop(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(d.dir, "msrc-csv", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// sync is one run, as a mirror does it.
func (d *drawer) sync(t *testing.T) error {
	t.Helper()
	return d.syncUnder(t.Context(), t)
}

func (d *drawer) syncUnder(ctx context.Context, t *testing.T) error {
	t.Helper()
	run, err := d.tree.Begin(now)
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	cursor, fetchErr := d.source.Fetch(ctx, d.client, run, d.cursor)
	var incomplete *source.Incomplete
	switch {
	case errors.Is(fetchErr, source.ErrUnchanged):
		err = run.Discard()
	case fetchErr == nil, errors.As(fetchErr, &incomplete):
		_, err = run.Commit(cursor, now)
	default:
		return fetchErr
	}
	if err != nil {
		t.Fatal(err)
	}
	d.cursor = cursor
	return fetchErr
}

// held are the paths of the files held, with how many revisions of each.
func (d *drawer) held(t *testing.T) map[string]int {
	t.Helper()
	manifest, err := d.tree.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]int)
	for _, f := range manifest.Files {
		out[f.Path]++
	}
	return out
}

func (d *drawer) quarantined(t *testing.T) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(d.dir, "msrc-csv", "quarantine", "*.reason.json"))
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

const header = "Release Date,Product,Article,Supercedence,Details\n"

func TestNothingToTakeIn(t *testing.T) {
	d := newDrawer(t)
	run, err := d.tree.Begin(now)
	if err != nil {
		t.Fatal(err)
	}
	cursor, err := d.source.Fetch(t.Context(), d.client, run, source.Cursor{})
	if !errors.Is(err, source.ErrUnchanged) || !cursor.Complete {
		t.Errorf("%+v, %v", cursor, err)
	}
	if err := run.Discard(); err != nil {
		t.Fatal(err)
	}
	d.drop(t, "notes.txt", "x")
	d.drop(t, ".hidden.csv", "x")
	d.drop(t, "~$open.csv", "x")
	d.drop(t, "folder.csv/inside.csv", "x")
	if err := d.sync(t); !errors.Is(err, source.ErrUnchanged) {
		t.Errorf("%v", err)
	}
}

func TestNewAndChangedFilesAreTakenIn(t *testing.T) {
	d := newDrawer(t)
	d.drop(t, "Security Updates 2024-01-10 (1).csv", header+"10 Jan 2024,Drawer,5034768,5034127,CVE-2024-10001\n")
	d.drop(t, "OLD.CSV", "\ufeff"+header+"10 Jan 2017,Drawer,3124280,,CVE-2017-10001\n")
	if err := d.sync(t); err != nil {
		t.Fatal(err)
	}
	if c := d.cursor; !c.Complete || !c.Watermark.Equal(time.Date(2024, 1, 10, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", c)
	}
	if err := d.sync(t); !errors.Is(err, source.ErrUnchanged) {
		t.Errorf("again: %v", err)
	}
	d.drop(t, "OLD.CSV", header+"10 Jan 2017,Drawer,3124280,,CVE-2017-10001\n10 Jan 2017,Drawer,3124280,,CVE-2017-10002\n")
	if err := d.sync(t); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"exports/Security Updates 2024-01-10 (1).csv": 1, "exports/OLD.CSV": 2}
	if diff := cmp.Diff(want, d.held(t)); diff != "" {
		t.Error(diff)
	}
	if err := os.Remove(filepath.Join(d.dir, "msrc-csv", "OLD.CSV")); err != nil {
		t.Fatal(err)
	}
	if err := d.sync(t); !errors.Is(err, source.ErrUnchanged) {
		t.Errorf("what was taken in stays when the file goes: %v", err)
	}
	if diff := cmp.Diff(want, d.held(t)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoExport(t *testing.T) {
	for name, tc := range map[string]struct{ text, says string }{
		"a page":           {"<!DOCTYPE html><html></html>", "line 1: the file is HTML or XML"},
		"a spreadsheet":    {"PK\x03\x04rest", "save it as CSV"},
		"another table":    {"Spoon,Fork\n1,2\n", "line 1: none of the columns"},
		"no rows":          {header, "no rows"},
		"no row is usable": {header + "10 Jan 2024,Drawer,Release Notes,,Nothing\n", "line 2: the row names neither"},
		"nothing":          {"", "the file is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDrawer(t)
			d.drop(t, "bad.csv", tc.text)
			d.drop(t, "good.csv", header+"10 Jan 2024,Drawer,5034768,,CVE-2024-10001\n")
			err := d.sync(t)
			var incomplete *source.Incomplete
			if !errors.As(err, &incomplete) || len(incomplete.Missing) != 1 || !errors.Is(err, source.ErrRefused) {
				t.Fatalf("%v", err)
			}
			for _, part := range []string{filepath.Join(d.dir, "msrc-csv", "bad.csv"), tc.says, "take the file away", "quarantine"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if diff := cmp.Diff(map[string]int{"exports/good.csv": 1}, d.held(t)); diff != "" {
				t.Error(diff)
			}
			if text, err := os.ReadFile(filepath.Join(d.dir, "msrc-csv", "bad.csv")); string(text) != tc.text || err != nil {
				t.Errorf("the file itself: %q, %v", text, err)
			}
			if err := d.sync(t); !errors.Is(err, source.ErrUnchanged) || d.quarantined(t) != 1 {
				t.Errorf("once more: %v, %d in quarantine", err, d.quarantined(t))
			}
			if n := d.cursor.Notes; len(n) != 1 || !strings.Contains(n[0], "bad.csv is as it was") {
				t.Errorf("once more: notes %q", n)
			}
			d.drop(t, "bad.csv", tc.text+"\n<")
			if err := d.sync(t); !errors.Is(err, source.ErrRefused) || d.quarantined(t) != 2 {
				t.Errorf("changed: %v, %d in quarantine", err, d.quarantined(t))
			}
			d.drop(t, "bad.csv", header+"13 Feb 2024,Drawer,5034770,5034768,CVE-2024-10002\n")
			if err := d.sync(t); err != nil || d.held(t)["exports/bad.csv"] != 1 {
				t.Errorf("mended: %v, %v", err, d.held(t))
			}
		})
	}
}

func TestNamesThatCannotBeUsed(t *testing.T) {
	d := newDrawer(t)
	d.drop(t, strings.Repeat("x", 220)+".csv", header)
	if err := d.sync(t); err == nil || !strings.Contains(err.Error(), "rename") {
		t.Errorf("%v", err)
	}
}

// TestInterrupted: what a run took in before it was cut off is neither read nor
// quarantined twice.
func TestInterrupted(t *testing.T) {
	d := newDrawer(t)
	d.drop(t, "a.csv", "<html>")
	d.drop(t, "b.csv", header+"10 Jan 2024,Drawer,5034768,,CVE-2024-10001\n")
	d.drop(t, "c.csv", header+"10 Jan 2024,Drawer,5034768,,CVE-2024-10002\n")
	for n := 1; n <= 20; n++ {
		err := d.syncUnder(&dying{Context: t.Context(), asks: n * 3}, t)
		if errors.Is(err, context.Canceled) {
			continue
		}
		var incomplete *source.Incomplete
		if err != nil && !errors.As(err, &incomplete) {
			t.Fatal(err)
		}
		if n < 3 {
			t.Fatalf("it was never cut off")
		}
		break
	}
	if diff := cmp.Diff(map[string]int{"exports/b.csv": 1, "exports/c.csv": 1}, d.held(t)); diff != "" {
		t.Error(diff)
	}
	if n := d.quarantined(t); n != 1 {
		t.Errorf("%d in quarantine", n)
	}
}

// dying is a context that ends after it was looked at some times.
type dying struct {
	context.Context
	asks int
}

func (d *dying) Err() error {
	if d.asks--; d.asks < 0 {
		return context.Canceled
	}
	return nil
}

// TestFileBeingWritten: half a row may look like one, and would stay for ever.
func TestFileBeingWritten(t *testing.T) {
	d := newDrawer(t)
	d.drop(t, "a.csv", header)
	written := false
	write := func() { // once, when it is being copied
		if parts, err := filepath.Glob(filepath.Join(d.dir, "msrc-csv", "incoming", "*", "exports", "a.csv")); len(parts) == 0 || err != nil || written {
			return
		}
		written = true
		f, err := os.OpenFile(filepath.Join(d.dir, "msrc-csv", "a.csv"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString("10 Jan 2024,Drawer,5034768,,CVE-2024-10001\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.syncUnder(&watching{t.Context(), write}, t); err == nil || !strings.Contains(err.Error(), "being written") || d.quarantined(t) != 0 {
		t.Errorf("%v", err)
	}
	if err := d.sync(t); err != nil || d.held(t)["exports/a.csv"] != 1 {
		t.Errorf("%v, %v", err, d.held(t))
	}
}

// watching is a context that does something whenever it is looked at.
type watching struct {
	context.Context
	do func()
}

func (w *watching) Err() error {
	w.do()
	return nil
}

func TestFolderElsewhere(t *testing.T) {
	elsewhere := t.TempDir()
	if err := os.WriteFile(filepath.Join(elsewhere, "guide 1.CSV"), []byte(header+"10 Jan 2024,Drawer,5034768,,CVE-2024-10001\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{
		"file://" + elsewhere + "/*.csv":         "",
		"file:" + elsewhere + "/guide%201.csv":   "",
		elsewhere + "/":                          "",
		"https://elsewhere.example.org/*.csv":    "is no folder",
		"file:" + elsewhere + "/[":               "syntax error",
		"file:" + elsewhere + "/%zz":             "invalid URL escape",
		"file:" + elsewhere + "/not-there/*.csv": source.ErrUnchanged.Error(),
	} {
		d := newDrawer(t)
		d.client = d.client.Relocated(map[string]string{"folder": at})
		err := d.sync(t)
		if want == "" && (err != nil || d.held(t)["exports/guide 1.CSV"] != 1) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", at, err)
		}
	}
}

func TestPreview(t *testing.T) {
	d := newDrawer(t)
	d.drop(t, "a b.csv", header)
	p, err := d.source.Preview(source.Cursor{})
	if err != nil || p.Requests != 0 || len(p.URLs) != 1 || !strings.HasPrefix(p.URLs[0], "file:///") || !strings.HasSuffix(p.URLs[0], "/msrc-csv/a%20b.csv") {
		t.Errorf("%+v, %v", p, err)
	}
}

// decoded is a record as the golden file shows it, or why there is none.
type decoded struct {
	vuln.Record
	Body    string
	Refused string `json:",omitempty"`
}

func TestDecodeGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/guide.csv")
	if err != nil {
		t.Fatal(err)
	}
	tree := fstest.MapFS{"RUN/exports/guide.csv": {Data: text}}
	var all []decoded
	for record, err := range msrccsv.New("").Decode(tree, "RUN/exports/guide.csv") {
		d := decoded{Record: record, Body: string(record.Body)}
		var refused *source.Refused
		if errors.As(err, &refused) {
			d.Refused = refused.Error()
		} else if err != nil {
			t.Fatal(err)
		} else if !record.Converted || !slices.Contains([]vuln.Kind{vuln.KindMSRC, vuln.KindMSKB}, record.Kind) {
			t.Errorf("%+v", record)
		}
		all = append(all, d)
	}
	got, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile("testdata/guide.golden", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/guide.golden")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}
