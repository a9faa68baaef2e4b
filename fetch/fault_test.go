package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	good = `{"vulnerabilities":[{"cve":{"id":"CVE-2026-0001"}}]}`
	page = "<html><body>Request forbidden by administrative rules.</body></html>"
)

func TestNothingIsLeftOfNothing(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{"empty": answer(200, ""), "status": answer(404, "none"), "304": answer(304, "")} {
		path := part(t)
		_, err := quick(t, nil).Download(t.Context(), Request{URL: serve(t, handler).URL, Resumable: true}, path)
		if content, ok := errors.AsType[*ContentError](err); err == nil || (ok && content.Part != "") {
			t.Errorf("%s: error %v", name, err)
		}
		if left, err := filepath.Glob(filepath.Dir(path) + "/*"); err != nil || len(left) > 0 {
			t.Errorf("%s: %v left, %v", name, left, err)
		}
	}
}

// Every fault is answered twice; the third answer is good.
func TestFaultsAreSurvived(t *testing.T) {
	ok := answer(200, good, "Content-Type", "application/json")
	for name, fault := range map[string]http.HandlerFunc{
		"403 with HTML":           answer(403, page, "Content-Type", "text/html"),
		"408":                     answer(408, ""),
		"425":                     answer(425, ""),
		"429 with Retry-After: 0": answer(429, "slow down", "Retry-After", "0"),
		"500":                     answer(500, ""),
		"502":                     answer(502, page),
		"503":                     answer(503, page, "Content-Type", "text/html"),
		"504":                     answer(504, ""),
		"520":                     answer(520, ""),
		"524":                     answer(524, page),
		"connection closed":       wire("", false),
		"connection reset":        wire("", true),
		"reset in the body":       wire("HTTP/1.1 200 OK\r\nContent-Length: 52\r\n\r\n{\"vuln", true),
		"body cut short":          wire("HTTP/1.1 200 OK\r\nContent-Length: 52\r\n\r\n{\"vuln", false),
		"chunked body cut short":  wire("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"vul\r\n", false),
		"no HTTP":                 wire("SSH-2.0-OpenSSH_9.2\r\n", false),
		"stalled body":            stall(good[:9], len(good)),
		"200 with HTML":           answer(200, page, "Content-Type", "text/html"),
		"HTML called JSON":        answer(200, "\n "+page, "Content-Type", "application/json"),
		"HTML called HTML only":   answer(200, good, "Content-Type", "text/html; charset=utf-8"),
		"packed HTML":             answer(200, gzipped(page), "Content-Type", "application/json", "Content-Encoding", "gzip"),
		"empty body":              answer(200, ""),
		"204":                     answer(204, ""),
		"packed empty body":       answer(200, gzipped(""), "Content-Encoding", "gzip"),
		"broken packing":          answer(200, gzipped(good)[:30], "Content-Encoding", "gzip"),
		"invalid JSON":            answer(200, good[:len(good)-2]+",]}"),
		"range nobody asked for":  answer(206, good[5:], "Content-Range", "bytes 5-51/52"),
	} {
		for _, resumable := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, resumable %v", name, resumable), func(t *testing.T) {
				t.Parallel()
				server := serve(t, fault, fault, ok)
				client := quick(t, func(c *Config) { c.IdleTimeout = 100 * time.Millisecond })
				path := part(t)
				req := Request{URL: server.URL + "/x.json", Resumable: resumable, Check: wants(good)}
				result, err := client.Download(t.Context(), req, path)
				if err != nil {
					t.Fatal(err)
				}
				if got := contents(t, path); got != good {
					t.Errorf("the file holds %q", got)
				}
				if result.ContentSHA256 != sum(good) || result.WireSHA256 != sum(good) || result.WireBytes != int64(len(good)) {
					t.Errorf("result %+v", result)
				}
				if tally := client.Tally(); tally.Requests != 3 || tally.Retries != 2 {
					t.Errorf("tally %+v", tally)
				}
				if _, err := os.Stat(path + ".state"); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("the state file is left: %v", err)
				}
			})
		}
	}
}

func TestFinalAnswersAreNotRepeated(t *testing.T) {
	for name, test := range map[string]struct {
		answer  http.HandlerFunc
		message string
		snippet string
		advice  string
	}{
		"404 bad key":        {answer(404, "", "message", "Invalid apiKey."), "Invalid apiKey.", "", "NVD_API_KEY"},
		"403 bad key":        {answer(403, "", "message", "Invalid apiKey."), "Invalid apiKey.", "", "NVD_API_KEY"},
		"404 page too large": {answer(404, "", "message", "resultsPerPage parameter cannot exceed 2000."), "resultsPerPage parameter cannot exceed 2000.", "", "fewer records"},
		"404 bad parameter":  {answer(404, "", "message", "Invalid cveId parameter."), "Invalid cveId parameter.", "", "no answer about the data"},
		"404 as a page":      {answer(404, "<html><style>p {}</style><p>No such\n<b>page</b>"), "", "No such page", "nothing at this address"},
		"404":                {answer(404, "no\n such\x00 file"), "", "no such? file", "nothing at this address"},
		"410":                {answer(410, gzipped("gone"), "Content-Encoding", "gzip"), "", "gone", ""},
		"401":                {answer(401, ""), "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, test.answer)
			client := quick(t, nil)
			_, _, err := client.Read(t.Context(), Request{URL: server.URL + "/x"}, 100)
			status, ok := errors.AsType[*StatusError](err)
			if !ok || status.Message != test.message || status.Snippet != test.snippet || status.URL != server.URL+"/x" {
				t.Fatalf("error %#v", err)
			}
			if n := len(server.requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
			if advice := Explain(err); !strings.Contains(advice, test.advice) || (test.advice == "") != (advice == "") {
				t.Errorf("advice %q", advice)
			}
		})
	}
}

func TestBadBodyIsKeptForQuarantine(t *testing.T) {
	server := serve(t, answer(200, page))
	client := quick(t, nil)
	path := part(t)
	_, err := client.Download(t.Context(), Request{URL: server.URL + "/x.json", Resumable: true}, path)
	content, ok := errors.AsType[*ContentError](err)
	if !ok || content.Part != path || !strings.Contains(err.Error(), "administrative rules") || !strings.Contains(err.Error(), "4 attempts") {
		t.Fatalf("error %v", err)
	}
	if got := contents(t, path); got != page {
		t.Errorf("the file holds %q", got)
	}
	if client.Tally().Requests != 4 {
		t.Errorf("tally %+v", client.Tally())
	}
	// What is kept for quarantine must not be taken for a beginning.
	server.handlers = []http.HandlerFunc{answer(200, good)}
	if _, err := client.Download(t.Context(), Request{URL: server.URL + "/x.json", Resumable: true, Check: wants(good)}, path); err != nil {
		t.Error(err)
	}
	if last := server.requests()[4]; last.Header.Get("Range") != "" {
		t.Errorf("asked for %s", last.Header.Get("Range"))
	}
}

func TestCachesAreAskedToLookAnewAfterABadBody(t *testing.T) {
	server := serve(t, answer(200, "[]"), answer(200, good))
	if _, _, err := quick(t, nil).Read(t.Context(), Request{URL: server.URL, Check: wants(good)}, 100); err != nil {
		t.Fatal(err)
	}
	first, second := server.requests()[0], server.requests()[1]
	if first.Header.Get("Cache-Control") != "" || second.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("Cache-Control %q, then %q", first.Header.Get("Cache-Control"), second.Header.Get("Cache-Control"))
	}
}

func TestLocalTroubleIsNotRetried(t *testing.T) {
	server := serve(t, answer(200, good))
	client := quick(t, nil)
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/file", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Download(t.Context(), Request{URL: server.URL}, dir+"/file/part"); err == nil {
		t.Error("a part below a file was made")
	}
	for _, url := range []string{"", "feeds/x", "ftp://nvd.nist.gov/x", "https:///x", "http://a b/"} {
		if _, _, err := client.Read(t.Context(), Request{URL: url}, 10); err == nil {
			t.Errorf("%q was fetched", url)
		}
	}
	if n := client.Tally().Requests; n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestLimits(t *testing.T) {
	bomb := gzipped(strings.Repeat("0", 10<<20))
	t.Run("bomb", func(t *testing.T) {
		server := serve(t, answer(200, bomb))
		client := quick(t, func(c *Config) { c.MaxContent = 1 << 20 })
		_, err := client.Download(t.Context(), Request{URL: server.URL + "/x.gz", Gzipped: true, Check: func(r io.Reader) error {
			if _, err := io.Copy(io.Discard, r); err != nil {
				return errors.New("unreadable") // a check that hides the cause
			}
			return nil
		}}, part(t))
		if !errors.Is(err, errTooLarge) || len(server.requests()) != 1 {
			t.Errorf("%v after %d requests", err, len(server.requests()))
		}
	})
	t.Run("endless", func(t *testing.T) {
		server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			for block := bytes.Repeat([]byte("0"), 4096); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		})
		_, _, err := quick(t, nil).Read(t.Context(), Request{URL: server.URL}, 1000)
		if !errors.Is(err, errTooLarge) || len(server.requests()) != 1 {
			t.Errorf("%v after %d requests", err, len(server.requests()))
		}
	})
	t.Run("exact", func(t *testing.T) {
		server := serve(t, answer(200, good))
		data, _, err := quick(t, nil).Read(t.Context(), Request{URL: server.URL}, int64(len(good)))
		if string(data) != good || err != nil {
			t.Errorf("%q, %v", data, err)
		}
	})
}

func TestCancelledBodyStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		stall(good[:9], len(good))(w, r)
	})
	client := quick(t, nil)
	_, err := client.Download(ctx, Request{URL: server.URL + "/x", Resumable: true}, part(t))
	if !errors.Is(err, context.Canceled) || client.Tally().Requests != 1 || Explain(err) != "" {
		t.Errorf("%v, %+v", err, client.Tally())
	}
}

func TestCheckSeesContent(t *testing.T) {
	server := serve(t, answer(200, gzipped(good), "Content-Encoding", "gzip"))
	data, result, err := quick(t, nil).Read(t.Context(), Request{URL: server.URL, Check: func(r io.Reader) error {
		_, err := io.CopyN(io.Discard, r, 5) // a check need not read to the end
		return err
	}}, 100)
	if err != nil || string(data) != good || result.ContentSHA256 != sum(good) || result.Encoding != "gzip" {
		t.Errorf("%q, %+v, %v", data, result, err)
	}
}
