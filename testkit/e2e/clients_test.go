package e2e

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"vulnmirror/format/nvd"
	"vulnmirror/testkit/sim"
)

// TestFeedClients walks the served feeds as the clients in section F of the
// NVD contract do.
func TestFeedClients(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, sim.Options{Seed: 13, Records: 120})
	d := newData(t, u.URL)
	d.sync(t)
	s, want := d.serve(t), truth(u.Upstream)

	t.Run("claircore", func(t *testing.T) {
		got := map[string]string{}
		for year := 2002; year <= time.Now().UTC().Year(); year++ {
			base := fmt.Sprintf("/feeds/json/cve/2.0/nvdcve-2.0-%d", year)
			s.feed(t, base+".json.gz", readClaircoreMeta(t, s.file(t, base+".meta")), got)
		}
		same(t, "year feeds", want, got)
	})

	// DependencyCheck fetches what cache.properties names, and keeps its dates
	// to see next time whether anything is new.
	t.Run("dependency-check", func(t *testing.T) {
		const folder = "/feeds/dependency-check/"
		properties := readProperties(string(s.file(t, folder+"cache.properties")))
		prefix := properties["prefix"]
		if prefix == "" {
			t.Fatalf("no prefix in %v", properties)
		}
		if properties["lastModifiedDate"] != properties["lastModifiedDate.modified"] {
			t.Errorf("lastModifiedDate is not that of modified: it would never be up to date")
		}
		got := map[string]string{}
		// The years it expects end with the present one at UTC+14.
		for year := 2002; year <= time.Now().UTC().Add(14*time.Hour).Year(); year++ {
			date := properties[fmt.Sprintf("lastModifiedDate.%d", year)]
			if _, err := time.Parse("2006-01-02T15:04:05Z", date); err != nil {
				t.Errorf("the date %q of %d: %v", date, year, err)
				continue
			}
			s.feed(t, fmt.Sprintf("%s%s%d.json.gz", folder, prefix, year), "", got)
		}
		same(t, "year feeds", want, got)
		s.feed(t, folder+prefix+"modified.json.gz", "", map[string]string{})
	})

	// Dependency-Track compares the length of "modified" with its copy's.
	t.Run("dependency-track", func(t *testing.T) {
		const path = "/feeds/json/cve/2.0/nvdcve-2.0-modified.json.gz"
		resp, err := s.client.Head(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if body := s.file(t, path); resp.ContentLength != int64(len(body)) {
			t.Errorf("HEAD says %d bytes, GET gives %d", resp.ContentLength, len(body))
		}
		req, err := http.NewRequest(http.MethodGet, s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("If-Modified-Since", resp.Header.Get("Last-Modified"))
		again, err := s.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		again.Body.Close()
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("an unchanged feed: %s, want 304", again.Status)
		}
	})
}

// feed reads a feed into records, and checks the SHA-256 of its JSON unless
// that is "".
func (s server) feed(t *testing.T, path, sum string, records map[string]string) {
	t.Helper()
	resp, body := s.get(t, path)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Encoding") != "" {
		t.Fatalf("GET %s: %s, Content-Encoding %q", path, resp.Status, resp.Header.Get("Content-Encoding"))
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	hash := sha256.New()
	reader := nvd.NewReader(io.TeeReader(z, hash))
	for {
		body, err := reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		id, _, err := nvd.Identify(nvd.FormatCVE, body)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		records[id] = string(body)
	}
	if _, err := io.Copy(hash, z); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); sum != "" && !strings.EqualFold(got, sum) {
		t.Errorf("%s: SHA-256 %s, .meta says %s", path, got, sum)
	}
}

// readClaircoreMeta returns the SHA-256 as claircore reads it: by lines that
// end in a line feed, with a date in RFC 3339.
func readClaircoreMeta(t *testing.T, meta []byte) string {
	t.Helper()
	sum, dated := "", false
	for line := range strings.Lines(string(meta)) {
		if !strings.HasSuffix(line, "\n") {
			t.Errorf(".meta does not end in a line feed: %q", meta)
		}
		switch key, value, _ := strings.Cut(strings.TrimSpace(line), ":"); key {
		case "lastModifiedDate":
			_, err := time.Parse(time.RFC3339, value)
			dated = err == nil
		case "sha256":
			sum = value
		}
	}
	if sum == "" || !dated {
		t.Errorf(".meta lacks a date or a sum: %q", meta)
	}
	return sum
}

// readProperties reads Java properties as far as they occur here.
func readProperties(text string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		all[strings.TrimSpace(key)] = strings.ReplaceAll(strings.TrimSpace(value), `\:`, ":")
	}
	return all
}
