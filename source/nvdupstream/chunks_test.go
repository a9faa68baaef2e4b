package nvdupstream

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"vulnmirror/format/nvd"
)

// names is a collection with an archive, as CPE names are.
var names = Collection{Name: "test", Format: nvd.FormatCPE, FeedBase: "https://nvd.example/", Archive: "nvdcpe-2.0"}

// small limits keep tests small.
var small = limits{members: 8, member: 64 << 10, total: 96 << 10}

// chunk is a document with count names, from the place start on.
func chunk(start, count, total int) string {
	var products []string
	for i := range count {
		products = append(products, fmt.Sprintf(`{"cpe":{"deprecated":false,"cpeName":"cpe:2.3:a:maker:tool:%d:*:*:*:*:*:*:*","cpeNameId":"00000000-0000-4000-8000-%012d","lastModified":"2026-01-%02dT00:00:00.000","created":"2020-01-01T00:00:00.000"}}`, start+i, start+i, i%28+1))
	}
	return fmt.Sprintf(`{"resultsPerPage":%d,"startIndex":%d,"totalResults":%d,"format":"NVD_CPE","version":"2.0","timestamp":"2026-01-02T03:04:05.678","products":[%s]}`,
		count, start, total, strings.Join(products, ","))
}

const folder = "nvdcpe-2.0-chunks/"

func chunkName(n int) string { return fmt.Sprintf("%snvdcpe-2.0-chunk-%05d.json", folder, n) }

// file is a member with content.
func file(name, content string) entryOf {
	return entryOf{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content))}, content}
}

type entryOf struct {
	head    tar.Header
	content string
}

func packed(t testing.TB, entries ...entryOf) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		if err := w.WriteHeader(&e.head); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func all([]byte, string, int) bool { return true }

func TestReadChunksReadsAWholeArchive(t *testing.T) {
	first, second, third := chunk(1, 3, 7), chunk(4, 3, 7), chunk(7, 1, 7)
	dir := entryOf{head: tar.Header{Typeflag: tar.TypeDir, Name: folder, Mode: 0o755}}
	sum := sha256.Sum256([]byte(first + second + third))
	for name, tc := range map[string]struct {
		entries []entryOf
		ordered bool
	}{
		"as NVD packs it":     {[]entryOf{dir, file(chunkName(1), first), file(chunkName(2), second), file(chunkName(3), third)}, true},
		"in other folders":    {[]entryOf{file("a/b/"+chunkName(1), first), file("./"+chunkName(2), second), file("nvdcpe-2.0-chunk-3.json", third)}, true},
		"with other files":    {[]entryOf{file("README", "text"), file(chunkName(1), first), file(chunkName(2), second), file(chunkName(3), third), file("x.json", "{")}, true},
		"in another order":    {[]entryOf{file(chunkName(3), third), file(chunkName(1), first), file(chunkName(2), second)}, false},
		"counted from 0":      {[]entryOf{file(chunkName(0), chunk(0, 3, 7)), file(chunkName(1), chunk(3, 4, 7))}, true},
		"of one chunk":        {[]entryOf{file(chunkName(1), chunk(1, 7, 7))}, true},
		"with an empty chunk": {[]entryOf{file(chunkName(1), chunk(1, 7, 7)), file(chunkName(2), chunk(8, 0, 7))}, true},
	} {
		t.Run(name, func(t *testing.T) {
			count := 0
			s, err := names.readChunks(bytes.NewReader(packed(t, tc.entries...)), small, sha256.New(), func(body []byte, chunk string, number int) bool {
				count++
				if _, err := nvd.DecodeCPE(body); err != nil || number < 1 || !strings.Contains(chunk, "chunk-") {
					t.Errorf("%s record %d: %v", chunk, number, err)
				}
				return true
			})
			if err != nil {
				t.Fatal(err)
			}
			if count != 7 || s.Records != 7 || s.Header.TotalResults != 7 {
				t.Errorf("read %d records, summed up as %+v", count, s)
			}
			if tc.ordered != (s.chunksSHA256 != "") {
				t.Errorf("the chunks' hash is %q", s.chunksSHA256)
			}
			if want := hex.EncodeToString(sum[:]); len(tc.entries) == 4 && tc.entries[0].head.Name == folder && s.chunksSHA256 != want {
				t.Errorf("the chunks' hash is %s, want %s", s.chunksSHA256, want)
			}
		})
	}
}

func TestReadChunksRefusesWhatIsNotWhole(t *testing.T) {
	one, two := file(chunkName(1), chunk(1, 3, 5)), file(chunkName(2), chunk(4, 2, 5))
	link := func(kind byte) entryOf {
		return entryOf{head: tar.Header{Typeflag: kind, Name: "alias", Linkname: "/etc/passwd"}}
	}
	sparse := entryOf{head: tar.Header{
		Typeflag: tar.TypeReg, Name: "holes", Size: 1, Format: tar.FormatPAX,
		PAXRecords: map[string]string{"VENDOR.harmless": "1"},
	}, content: "x"}
	var many []entryOf
	for i := range 9 {
		many = append(many, file(fmt.Sprintf("%d.txt", i), ""))
	}
	whole := packed(t, one, two)
	for name, tc := range map[string]struct {
		archive []byte
		want    string
	}{
		"an absolute path":     {packed(t, file("/etc/cron.d/x", "")), `"/etc/cron.d/x" has a path that leads out`},
		"a path upwards":       {packed(t, file("a/../../x", "")), `"a/../../x" has a path that leads out`},
		"a drive":              {packed(t, file("C:x", "")), `"C:x" has a path that leads out`},
		"a backslash":          {packed(t, file(`..\x`, "")), "has a path that leads out"},
		"a symbolic link":      {packed(t, one, link(tar.TypeSymlink)), `"alias" is neither a file nor a folder`},
		"a hard link":          {packed(t, link(tar.TypeLink)), `"alias" is neither a file nor a folder`},
		"a device":             {packed(t, link(tar.TypeChar)), `"alias" is neither a file nor a folder`},
		"a pipe":               {packed(t, link(tar.TypeFifo)), `"alias" is neither a file nor a folder`},
		"sparse":               {sparseArchive(packed(t, sparse)), `"holes" is sparse`},
		"too many members":     {packed(t, many...), `"8.txt" is number 9`},
		"a large member":       {packed(t, file("big", strings.Repeat(" ", 65<<10))), `"big" holds 66560 bytes`},
		"large together":       {packed(t, file("a", strings.Repeat(" ", 60<<10)), file("b", strings.Repeat(" ", 60<<10))), `"b" brings the archive to 122880 bytes`},
		"HTML":                 {packed(t, file(chunkName(1), "<html>")), chunkName(1)},
		"cut short":            {packed(t, file(chunkName(1), chunk(1, 3, 3)[:200])), chunkName(1)},
		"another format":       {packed(t, file(chunkName(1), strings.NewReplacer("NVD_CPE", "NVD_CVE", "products", "vulnerabilities", `"cpe":{`, `"cve":{`).Replace(chunk(1, 1, 1)))), "expected NVD_CPE"},
		"a false format":       {packed(t, file(chunkName(1), strings.Replace(chunk(1, 1, 1), "NVD_CPE", "NVD_CVE", 1))), "expected NVD_CPE"},
		"the first missing":    {packed(t, two), `chunk-00002.json": it begins at record 4 of 5`},
		"one missing between":  {packed(t, file(chunkName(1), chunk(1, 1, 5)), two), `chunk-00002.json": it begins at record 4 of 5`},
		"the last missing":     {packed(t, one), "hold 3 records and say 5"},
		"one twice":            {packed(t, one, one, two), "missing or overlap"},
		"two totals":           {packed(t, one, file(chunkName(2), chunk(4, 2, 6))), "it says 6 records in all"},
		"no chunks":            {packed(t, file("README", "text")), "has no member nvdcpe-2.0-chunk-"},
		"nothing":              {packed(t), "has no member"},
		"not an archive":       {[]byte(strings.Repeat("no archive ", 200)), "damaged after 0 members"},
		"an archive cut short": {whole[:len(whole)-3*512], "unexpected EOF"},
		"data behind its end":  {append(packed(t, one, two), bytes.Repeat([]byte{0}, endPadding+1)...), "more data after the archive's end"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := names.readChunks(bytes.NewReader(tc.archive), small, sha256.New(), all)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
}

// sparseArchive turns the harmless record of a member into one that has tar
// make up zeros, which tar's own writer refuses to write.
func sparseArchive(b []byte) []byte {
	return bytes.Replace(b, []byte("VENDOR.harmless=1"), []byte("GNU.sparse.xxxx=1"), 1)
}

func TestReadChunksStopsWhenToldTo(t *testing.T) {
	count := 0
	_, err := names.readChunks(bytes.NewReader(packed(t, file(chunkName(1), chunk(1, 3, 3)))), small, sha256.New(), func([]byte, string, int) bool {
		count++
		return count < 2
	})
	if !errors.Is(err, errStopped) || count != 2 {
		t.Errorf("%d records, %v", count, err)
	}
}

func TestLimitsGrowWithTheArchive(t *testing.T) {
	for _, tc := range []struct{ packed, want int64 }{
		{0, 8 << 30}, {1, ratioLimit << 20}, {10 << 20, ratioLimit * 10 << 20}, {1 << 40, 8 << 30},
	} {
		if got := limitsFor(tc.packed).total; got != tc.want {
			t.Errorf("an archive of %d bytes may unpack to %d, want %d", tc.packed, got, tc.want)
		}
	}
}

// FuzzReadChunks: whatever the bytes, the archive is read or refused, records
// are JSON objects, and what is read is as whole as it says.
func FuzzReadChunks(f *testing.F) {
	f.Add(packed(f, file(chunkName(1), chunk(1, 2, 3)), file(chunkName(2), chunk(3, 1, 3))))
	f.Add(packed(f, file(chunkName(1), chunk(1, 1, 1)[:100])))
	f.Add(packed(f, file("../x", "")))
	f.Add([]byte("no archive"))
	f.Fuzz(func(t *testing.T, data []byte) {
		count := 0
		s, err := names.readChunks(bytes.NewReader(data), small, sha256.New(), func(body []byte, _ string, _ int) bool {
			count++
			if len(body) == 0 || body[0] != '{' {
				t.Errorf("a record is %q", body)
			}
			return true
		})
		if err == nil && (count != s.Records || count != s.Header.TotalResults) {
			t.Errorf("%d records read, summed up as %+v", count, s)
		}
	})
}
