package fetch

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vulnmirror/progress"
)

var feed = strings.Repeat("0123456789", 2000)

// file serves body as a static file with its validator.
func file(body, etag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", etag)
		w.Header().Set("Content-Type", "application/json")
		http.ServeContent(w, r, "", time.Unix(1.7e9, 0), strings.NewReader(body))
	}
}

// cut serves the first n bytes of what next would and then breaks off.
func cut(n int, body, header string) http.HandlerFunc {
	return wire(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s", len(body), header, body[:n]), false)
}

const strong = "ETag: \"v1\"\r\n"

func TestResume(t *testing.T) {
	partly := strings.Replace("HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Length: LEN\r\nContent-Range: bytes 7000-20000/20001\r\n\r\n", "LEN", "13001", 1)
	for name, test := range map[string]struct {
		then   []http.HandlerFunc
		ranges string // asked for, one word a request; "-" for none
		body   string
	}{
		"range":                {[]http.HandlerFunc{file(feed, `"v1"`)}, "- bytes=7000-", feed},
		"another body":         {[]http.HandlerFunc{file("new"+feed, `"v2"`)}, "- bytes=7000-", "new" + feed},
		"range ignored":        {[]http.HandlerFunc{answer(200, feed)}, "- bytes=7000-", feed},
		"416":                  {[]http.HandlerFunc{answer(416, ""), file(feed, `"v1"`)}, "- bytes=7000- -", feed},
		"wrong Content-Range":  {[]http.HandlerFunc{answer(206, feed[:5], "Content-Range", "bytes 0-4/20000"), file(feed, `"v1"`)}, "- bytes=7000- -", feed},
		"no Content-Range":     {[]http.HandlerFunc{answer(206, feed[7000:]), file(feed, `"v1"`)}, "- bytes=7000- -", feed},
		"another total":        {[]http.HandlerFunc{wire(partly+feed[7000:]+"x", false), file(feed, `"v1"`)}, "- bytes=7000- -", feed},
		"another ETag":         {[]http.HandlerFunc{answer(206, feed[7000:], "Content-Range", "bytes 7000-19999/20000", "Etag", `"v2"`), file(feed, `"v1"`)}, "- bytes=7000- -", feed},
		"a piece at a time":    {[]http.HandlerFunc{answer(206, feed[7000:9000], "Content-Range", "bytes 7000-8999/20000"), file(feed, `"v1"`)}, "- bytes=7000- bytes=9000-", feed},
		"500 between":          {[]http.HandlerFunc{answer(500, page), file(feed, `"v1"`)}, "- bytes=7000- bytes=7000-", feed},
		"HTML between":         {[]http.HandlerFunc{answer(200, page, "Content-Type", "text/html"), file(feed, `"v1"`)}, "- bytes=7000- bytes=7000-", feed},
		"empty answer between": {[]http.HandlerFunc{wire("", true), file(feed, `"v1"`)}, "- bytes=7000- bytes=7000-", feed},
	} {
		for _, restarted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restarted %v", name, restarted), func(t *testing.T) {
				server := serve(t, append([]http.HandlerFunc{cut(7000, feed, strong)}, test.then...)...)
				path := part(t)
				meter := new(recorder)
				req := Request{URL: server.URL + "/feeds/x.json", Resumable: true, Check: wants(test.body)}
				client := quick(t, func(c *Config) { c.Meter = meter })
				if restarted { // the first program gives up after the first attempt
					first := quick(t, func(c *Config) { c.Attempts = 1 })
					if _, err := first.Download(t.Context(), req, path); err == nil {
						t.Fatal("half a body was taken")
					}
				}
				result, err := client.Download(t.Context(), req, path)
				if err != nil {
					t.Fatal(err)
				}
				if got := contents(t, path); got != test.body || result.ContentSHA256 != sum(got) || result.WireSHA256 != sum(got) {
					t.Errorf("the file holds %d bytes, result %+v", len(got), result)
				}
				var asked []string
				for _, r := range server.requests() {
					word := r.Header.Get("Range")
					if word == "" {
						word = "-"
					} else if r.Header.Get("If-Range") != `"v1"` {
						t.Errorf("If-Range %q", r.Header.Get("If-Range"))
					}
					asked = append(asked, word)
				}
				if got := strings.Join(asked, " "); got != test.ranges {
					t.Errorf("asked for %s, want %s", got, test.ranges)
				}
				if done := meter.done.Load(); done != int64(len(test.body)) || meter.name != "x.json" || meter.ended != 1 {
					t.Errorf("meter %s shows %d of %d bytes, ended %d times", meter.name, done, len(test.body), meter.ended)
				}
			})
		}
	}
}

func TestPartOfAnotherRequestIsNotContinued(t *testing.T) {
	for name, header := range map[string]string{"no validator": "", "weak validator": "ETag: W/\"v1\"\r\n", "other URL": strong} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, cut(7000, feed, header), file(feed, `"v1"`))
			path := part(t)
			first := quick(t, func(c *Config) { c.Attempts = 1 })
			if _, err := first.Download(t.Context(), Request{URL: server.URL + "/a", Resumable: true}, path); err == nil {
				t.Fatal("half a body was taken")
			}
			url := server.URL + "/a"
			if name == "other URL" {
				url = server.URL + "/b"
			}
			if _, err := quick(t, nil).Download(t.Context(), Request{URL: url, Resumable: true, Check: wants(feed)}, path); err != nil {
				t.Fatal(err)
			}
			if asked := server.requests()[1].Header.Get("Range"); asked != "" {
				t.Errorf("asked for %s", asked)
			}
		})
	}
}

func TestWholePartIsNotFetchedAgain(t *testing.T) {
	server := serve(t, file(feed, `"v1"`))
	for name, test := range map[string]struct {
		held     string
		requests int
	}{
		"good": {feed, 0},
		"bad":  {strings.Repeat("x", len(feed)), 1},
	} {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir() + "/part"
			if err := os.WriteFile(path, []byte(test.held), 0o644); err != nil {
				t.Fatal(err)
			}
			url := server.URL + "/x"
			if err := (state{URL: url, ETag: `"v1"`, Total: int64(len(feed))}).save(path + ".state"); err != nil {
				t.Fatal(err)
			}
			client := quick(t, nil)
			result, err := client.Download(t.Context(), Request{URL: url, Resumable: true, Check: wants(feed)}, path)
			if err != nil || result.ETag != `"v1"` || contents(t, path) != feed {
				t.Errorf("%+v, %v", result, err)
			}
			if n := client.Tally().Requests; n != int64(test.requests) {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestDamagedStateStartsAnew(t *testing.T) {
	server := serve(t, file(feed, `"v1"`))
	path := t.TempDir() + "/part"
	for file, text := range map[string]string{path: "rubbish", path + ".state": "{\"url\":"} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, err := quick(t, nil).Download(t.Context(), Request{URL: server.URL, Resumable: true, Check: wants(feed)}, path)
	if err != nil || contents(t, path) != feed {
		t.Error(err)
	}
}

func TestNotModified(t *testing.T) {
	server := serve(t, file(feed, `"v1"`))
	path := part(t)
	for _, req := range []Request{{ETag: `"v1"`}, {LastModified: time.Unix(1.7e9, 0).UTC().Format(http.TimeFormat)}} {
		req.URL, req.Resumable = server.URL, true
		result, err := quick(t, func(c *Config) { c.Attempts = 1 }).Download(t.Context(), req, path)
		if !errors.Is(err, ErrNotModified) || result.Status != 304 || result.ETag != `"v1"` || result.Date.IsZero() {
			t.Errorf("%+v, %v", result, err)
		}
	}
}

// recorder is a meter for one task.
type recorder struct {
	name  string
	done  atomic.Int64
	ended int
}

func (r *recorder) Begin(name string, _ int64, _ progress.Unit) progress.Task {
	r.name = name
	return r
}
func (r *recorder) Advance(n int64) { r.done.Add(n) }
func (r *recorder) SetTotal(int64)  {}
func (r *recorder) End(error)       { r.ended++ }
