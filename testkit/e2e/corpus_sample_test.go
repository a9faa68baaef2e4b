package e2e

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vulnmirror/format/nvd"
	"vulnmirror/testkit/answers"
)

// sampledIn is of how many real records a sample has one: all that a slow server
// is up to.
const sampledIn = 400

// TestStoresOnCorpusSample is TestStoresOnCorpus on a store of every sort, with
// feeds that were cut down to a sample of their records.
func TestStoresOnCorpusSample(t *testing.T) {
	root := os.Getenv(corpusVariable)
	if root == "" {
		t.Skipf("%s names no folder with real feeds", corpusVariable)
	}
	days := t.TempDir()
	for _, day := range []string{"day1", "day2"} {
		sampleFeeds(t, filepath.Join(root, day), filepath.Join(days, day))
	}
	s := newStatic(t, filepath.Join(days, "day1"), func(h http.Handler) http.Handler { return h })
	all := everyStore(t, "sample", "--upstream", s.URL, "--set", "nvd.method=feeds", "--set", "nvd.years="+corpusYears)
	answers.Compare(t, all, 6, nil, func() { s.serve(filepath.Join(days, "day2")) })
}

// sampleFeeds cuts the feeds below a folder down.
func sampleFeeds(t *testing.T, from, to string) {
	t.Helper()
	const folder = "nvd.nist.gov/feeds/json/cve/2.0"
	if err := os.MkdirAll(filepath.Join(to, folder), 0o755); err != nil {
		t.Fatal(err)
	}
	feeds, err := filepath.Glob(filepath.Join(from, folder, "*.json.gz"))
	if err != nil || len(feeds) == 0 {
		t.Fatalf("there are no feeds in %s: %v", from, err)
	}
	for _, name := range feeds {
		if err := sampleFeed(name, filepath.Join(to, folder, filepath.Base(name))); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

var modifiedLine = regexp.MustCompile(`lastModifiedDate:[^\r\n]*`)

// sampleFeed writes the sample of one feed, with a .meta that fits.
func sampleFeed(from, to string) error {
	file, err := os.Open(from)
	if err != nil {
		return err
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	var bodies []string
	doc := nvd.NewReader(unpacked)
	for {
		body, err := doc.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		record, err := nvd.Decode(doc.Format(), body)
		if err != nil {
			return err
		}
		h := fnv.New32a()
		h.Write([]byte(record.ID))
		if h.Sum32()%sampledIn == 0 {
			bodies = append(bodies, `{"cve":`+string(body)+`}`)
		}
	}
	content := fmt.Appendf(nil, `{"resultsPerPage":%[1]d,"startIndex":0,"totalResults":%[1]d,"format":"NVD_CVE","version":"2.0","timestamp":%[2]q,"vulnerabilities":[%[3]s]}`,
		len(bodies), doc.Header().Timestamp, strings.Join(bodies, ","))
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err = z.Write(content)
	if err := errors.Join(err, z.Close()); err != nil {
		return err
	}
	meta, err := os.ReadFile(strings.TrimSuffix(from, ".json.gz") + ".meta")
	if err != nil {
		return err
	}
	meta = fmt.Appendf(nil, "%s\r\nsize:%d\r\nzipSize:%[3]d\r\ngzSize:%[3]d\r\nsha256:%[4]X\r\n", modifiedLine.Find(meta), len(content), packed.Len(), sha256.Sum256(content))
	return errors.Join(os.WriteFile(to, packed.Bytes(), 0o644), os.WriteFile(strings.TrimSuffix(to, ".json.gz")+".meta", meta, 0o644))
}
