package nvdlegacy_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/source/nvdlegacy"
)

var clock = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// feed is a CVE feed 1.1 with a record for each id.
func feed(ids ...string) string {
	var items []string
	for _, id := range ids {
		items = append(items, `{"cve":{"CVE_data_meta":{"ID":"`+id+`","ASSIGNER":"cve@mitre.org"},"description":{"description_data":[{"lang":"en","value":"A flaw."}]}},"publishedDate":"2010-01-01T00:00Z","lastModifiedDate":"2011-02-03T04:05Z"}`)
	}
	return fmt.Sprintf(`{"CVE_data_numberOfCVEs":"%d","CVE_data_timestamp":"2022-09-10T07:00Z","CVE_Items":[%s]}`, len(ids), strings.Join(items, ","))
}

const dictionary = `<?xml version="1.0"?><cpe-list xmlns:cpe-23="http://scap.nist.gov/schema/cpe-extension/2.3"><generator><timestamp>2021-01-01T00:00:00Z</timestamp></generator><cpe-item name="cpe:/a:m:p:1"><title xml:lang="en-US">P</title><cpe-23:cpe23-item name="cpe:2.3:a:m:p:1:*:*:*:*:*:*:*"/></cpe-item></cpe-list>`

const webPage = `<!DOCTYPE html><html><head><title>Forbidden</title></head></html>`

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// zipped packs pairs of name and text.
func zipped(t *testing.T, pairs ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		w, err := z.Create(pairs[i])
		if err == nil {
			_, err = w.Write([]byte(pairs[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func meta(text string) string {
	return fmt.Sprintf("lastModifiedDate:2022-09-10T03:00:00-04:00\r\nsize:%d\r\nsha256:%X\r\n", len(text), sha256.Sum256([]byte(text)))
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// offline is a client for imports that ask nobody.
func offline(t *testing.T) *fetch.Client {
	t.Helper()
	client, err := fetch.New(fetch.Config{Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// importing runs one import of args into tree, as a mirror would.
func importing(t *testing.T, tree *archive.Tree, args ...string) ([]nvdlegacy.Taken, error) {
	t.Helper()
	items, err := nvdlegacy.Gather(args, func(string, string) {})
	if err != nil {
		t.Fatal(err)
	}
	run, err := tree.Begin(clock)
	if err != nil {
		t.Fatal(err)
	}
	var taken []nvdlegacy.Taken
	src := nvdlegacy.ImportOf(items, func(t nvdlegacy.Taken) { taken = append(taken, t) })
	cursor, fetchErr := src.Fetch(t.Context(), offline(t), run, source.Cursor{})
	if errors.Is(fetchErr, source.ErrUnchanged) {
		err = run.Discard()
	} else {
		_, err = run.Commit(cursor, clock)
	}
	if err != nil {
		t.Fatal(err)
	}
	return taken, fetchErr
}

func TestImport(t *testing.T) {
	one := feed("CVE-2010-0001")
	for name, tc := range map[string]struct {
		file, text string
		meta       string // of the document, as it should be
		form       string
		want       string // record
		made       string
	}{
		"plain":          {"a.json", one, "", "cve-1.1", "CVE-2010-0001", "2022-09-10T07:00:00Z"},
		"gzip":           {"a.json.gz", gzipped(t, one), "", "cve-1.1", "CVE-2010-0001", "2022-09-10T07:00:00Z"},
		"gzip, misnamed": {"a", gzipped(t, one), "", "cve-1.1", "CVE-2010-0001", "2022-09-10T07:00:00Z"},
		"plain as gzip":  {"a.json.gz", one, "", "cve-1.1", "CVE-2010-0001", "2022-09-10T07:00:00Z"},
		"packed twice":   {"a.json.gz", gzipped(t, gzipped(t, one)), "", "cve-1.1", "CVE-2010-0001", "2022-09-10T07:00:00Z"},
		"zip":            {"a.json.zip", zipped(t, "a/", "", "a/b.json", one, "__MACOSX/b.json", "x"), "", "cve-1.1", "CVE-2010-0001", "2022-09-10T07:00:00Z"},
		"proved by meta": {"a.json.gz", gzipped(t, one), one, "cve-1.1", "CVE-2010-0001", "2022-09-10T07:00:00Z"},
		"odd name":       {"Küche & Co (1).json", one, "", "cve-1.1", "CVE-2010-0001", "2022-09-10T07:00:00Z"},
		"dictionary":     {"d.xml.gz", gzipped(t, dictionary), "", "cpe-xml-2.3", "cpe:2.3:a:m:p:1:*:*:*:*:*:*:*", "2021-01-01T00:00:00Z"},
		"no date but meta's": {
			"m.json", `{"matches":[{"cpe23Uri":"cpe:2.3:a:m:p:1:*:*:*:*:*:*:*"}]}`,
			`{"matches":[{"cpe23Uri":"cpe:2.3:a:m:p:1:*:*:*:*:*:*:*"}]}`, "cpematch-1.0", "7B1E1FE9-AFDF-5972-AF1C-718188F5B9F9", "2022-09-10T07:00:00Z",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			files := map[string]string{tc.file: tc.text}
			if tc.meta != "" {
				base, _, _ := strings.Cut(tc.file, ".")
				files[base+".meta"] = meta(tc.meta)
			}
			write(t, dir, files)
			tree := archive.Open(t.TempDir()).Source(nvdlegacy.ImportName)
			taken, err := importing(t, tree, dir)
			if err != nil || len(taken) != 1 || taken[0].Result != nvdlegacy.Imported || string(taken[0].Proof.Form) != tc.form || taken[0].Proof.Records != 1 {
				t.Fatalf("%+v, %v", taken, err)
			}
			if got := decoded(t, tree, taken[0].Filename); !cmp.Equal(got, []string{"import " + tc.want}) {
				t.Errorf("decoded %q", got)
			}
			for finding := range tree.Verify(t.Context()) {
				t.Error(finding)
			}
			manifest, err := tree.Manifest()
			if err != nil || len(manifest.Files) != 1 {
				t.Fatalf("%+v, %v", manifest, err)
			}
			f := manifest.Files[0]
			if f.AsOf.Format(time.RFC3339) != tc.made || !strings.HasPrefix(f.URL, "file:///") || f.WireSHA256 != fmt.Sprintf("%x", sha256.Sum256([]byte(tc.text))) {
				t.Errorf("%+v", f)
			}

			taken, err = importing(t, tree, dir)
			if !errors.Is(err, source.ErrUnchanged) || taken[0].Result != nvdlegacy.Held || taken[0].Filename != f.Filename || string(taken[0].Proof.Form) != tc.form {
				t.Errorf("again: %+v, %v", taken, err)
			}
		})
	}
}

// decoded is "source id" of each record of an archived file.
func decoded(t *testing.T, tree *archive.Tree, filename string) []string {
	t.Helper()
	var out []string
	for r, err := range nvdlegacy.NewImport().Decode(tree.FS(), filename) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r.Source+" "+r.ID)
	}
	return out
}

func TestImportRefuses(t *testing.T) {
	one := feed("CVE-2010-0001")
	packed := gzipped(t, one)
	archived := zipped(t, "a.json", one)
	damaged := []byte(archived)
	damaged[60] ^= 0xff
	encrypted := []byte(archived)
	encrypted[6] |= 1
	encrypted[bytes.Index(encrypted, []byte("PK\x01\x02"))+8] |= 1
	for name, tc := range map[string]struct{ text, meta, want string }{
		"nothing":          {"", "", "it is empty"},
		"web page":         {webPage, "", `it is a web page, not data (its title is "Forbidden")`},
		"web page, packed": {gzipped(t, webPage), "", "web page"},
		"gzip cut short":   {packed[:len(packed)-20], "", "cut short"},
		"gzip damaged":     {packed[:len(packed)-6] + "xx" + packed[len(packed)-4:], "", "gzip file is damaged"},
		"zip cut short":    {archived[:len(archived)-30], "", "the zip is damaged"},
		"zip damaged":      {string(damaged), "", "packed data is damaged"},
		"zip encrypted":    {string(encrypted), "", "encrypted"},
		"zip of none":      {zipped(t), "", "holds 0 files"},
		"zip of two":       {zipped(t, "a", one, "b", one), "", "holds 2 files, one is expected"},
		"gzip thrice":      {gzipped(t, gzipped(t, packed)), "", "packed, as gzip"},
		"count differs":    {strings.Replace(one, `"1"`, `"2"`, 1), "", "it says it has 2 records and holds 1"},
		"no record is any": {`{"CVE_Items":[{},{}]}`, "", "none of its 2 records can be read; the first: record without id at record 1"},
		"other SHA-256":    {packed, meta("other"), "the .meta beside it says"},
		"meta is a page":   {packed, webPage, "no .meta file"},
		"JSON of its own":  {`{"kitchen":"drawer"}`, "", `members "kitchen"`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, map[string]string{"a.json.gz": tc.text, "b.json": feed("CVE-2010-0002")})
			if tc.meta != "" {
				write(t, dir, map[string]string{"a.meta": tc.meta})
			}
			tree := archive.Open(t.TempDir()).Source(nvdlegacy.ImportName)
			taken, err := importing(t, tree, dir)
			var incomplete *source.Incomplete
			if !errors.As(err, &incomplete) || !errors.Is(err, source.ErrRefused) || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("ended with %v, want %q", err, tc.want)
			}
			if taken[0].Result != nvdlegacy.Refused || taken[1].Result != nvdlegacy.Imported {
				t.Errorf("%+v", taken)
			}
			kept, err := filepath.Glob(filepath.Join(tree.Dir(), "quarantine", "*a.json.gz"))
			if err != nil || len(kept) != 1 {
				t.Fatalf("in quarantine: %q, %v", kept, err)
			}
			if got, err := os.ReadFile(kept[0]); err != nil || string(got) != tc.text {
				t.Errorf("the file in quarantine is not as it came (%v)", err)
			}
		})
	}
}

func TestImportGoesOnWithoutAFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.json": feed("CVE-2010-0001"), "b.json": feed("CVE-2010-0002")})
	items, err := nvdlegacy.Gather([]string{dir}, func(string, string) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(items[0].Name); err != nil {
		t.Fatal(err)
	}
	run, err := archive.Open(t.TempDir()).Source(nvdlegacy.ImportName).Begin(clock)
	if err != nil {
		t.Fatal(err)
	}
	var results []string
	_, err = nvdlegacy.ImportOf(items, func(t nvdlegacy.Taken) { results = append(results, t.Result) }).Fetch(t.Context(), offline(t), run, source.Cursor{})
	if !errors.Is(err, os.ErrNotExist) || errors.Is(err, source.ErrRefused) {
		t.Errorf("ended with %v", err)
	}
	if diff := cmp.Diff([]string{nvdlegacy.Failed, nvdlegacy.Imported}, results); diff != "" {
		t.Error(diff)
	}
}

// TestImportGoesOnAfterBeingCutOff: what a killed process had taken in is part
// of the next import, whatever that is asked for.
func TestImportGoesOnAfterBeingCutOff(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.json": feed("CVE-2010-0001"), "b.json": feed("CVE-2010-0002"), "c.json": feed("CVE-2010-0003")})
	items, err := nvdlegacy.Gather([]string{dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	tree := archive.Open(t.TempDir()).Source(nvdlegacy.ImportName)
	run, err := tree.Begin(clock)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	_, err = nvdlegacy.ImportOf(items, func(nvdlegacy.Taken) { cancel(stopped) }).Fetch(ctx, offline(t), run, source.Cursor{})
	if !errors.Is(err, stopped) || errors.Is(err, source.ErrRefused) {
		t.Fatalf("ended with %v", err)
	}
	taken, err := importing(t, tree, items[0].Name, items[2].Name)
	if err != nil || taken[0].Result != nvdlegacy.Held || taken[1].Result != nvdlegacy.Imported {
		t.Fatalf("%+v, %v", taken, err)
	}
	manifest, err := tree.Manifest()
	if err != nil || len(manifest.Files) != 2 {
		t.Errorf("%+v, %v", manifest.Files, err)
	}
	if _, err := importing(t, tree, items[0].Name); !errors.Is(err, source.ErrUnchanged) {
		t.Errorf("ended with %v", err)
	}
}

func TestGather(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"b/nvdcve-1.1-2002.json.gz": "x", "b/nvdcve-1.1-2002.meta": "x", "b/nvdcve-1.1-2003.json.zip": "x",
		"a.xml": "x", "a.xml.meta": "x", "cache.properties": "x", ".hidden": "x",
	})
	var skipped []string
	items, err := nvdlegacy.Gather([]string{dir, "https://example.org/x", filepath.Join(dir, "a.xml.meta")}, func(name, _ string) {
		skipped = append(skipped, filepath.Base(name))
	})
	if err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	want := []nvdlegacy.Item{
		{Name: in("a.xml"), Meta: in("a.xml.meta")},
		{Name: in("b/nvdcve-1.1-2002.json.gz"), Meta: in("b/nvdcve-1.1-2002.meta")},
		{Name: in("b/nvdcve-1.1-2003.json.zip")},
		{Name: "https://example.org/x"},
	}
	if diff := cmp.Diff(want, items); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{".hidden", "a.xml.meta", "nvdcve-1.1-2002.meta", "cache.properties", "a.xml.meta"}, skipped); diff != "" {
		t.Error(diff)
	}
	if _, err := nvdlegacy.Gather([]string{in("none")}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("ended with %v", err)
	}
}
