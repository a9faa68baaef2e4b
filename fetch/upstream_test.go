package fetch

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const secret = "8f0c2a1e-aaaa-bbbb-cccc-0123456789ab"

func keyed(host string) map[string]http.Header {
	return map[string]http.Header{host: {"apiKey": {secret}}}
}

func TestUpstreamStandsIn(t *testing.T) {
	for _, below := range []string{"", "/", "/mirror/of"} {
		t.Run(below, func(t *testing.T) {
			server := serve(t, answer(200, good))
			client := quick(t, func(c *Config) {
				c.Upstream, c.Keys = server.URL+below, keyed("Services.NVD.nist.gov")
			})
			base := strings.TrimRight(below, "/")
			for original, want := range map[string]string{
				api + "?cveId=CVE-2026-1%2B&noRejected": base + "/services.nvd.nist.gov/rest/json/cves/2.0?cveId=CVE-2026-1%2B&noRejected",
				"https://nvd.nist.gov:443/a%2Fb/c%20d":  base + "/nvd.nist.gov/a%2Fb/c%20d",
			} {
				data, result, err := client.Read(t.Context(), Request{URL: original}, 1000)
				if err != nil || string(data) != good || result.URL != original {
					t.Fatalf("%q, %+v, %v", data, result, err)
				}
				all := server.requests()
				got := all[len(all)-1]
				if got.RequestURI != want {
					t.Errorf("%s went to %s, want %s", original, got.RequestURI, want)
				}
				if key, due := got.Header.Get("apiKey"), strings.Contains(original, "services"); (key == secret) != due || (key == "") == due {
					t.Errorf("%s carried the key %q", original, key)
				}
				if got.Host != server.Listener.Addr().String() || got.UserAgent() != "vulnmirror" {
					t.Errorf("Host %s, User-Agent %s", got.Host, got.UserAgent())
				}
			}
		})
	}
}

func TestUpstreamMustBeABaseURL(t *testing.T) {
	for _, upstream := range []string{"localhost:8080", "/x", "ftp://x", "http://", "http://x/?y=z"} {
		if _, err := New(Config{Upstream: upstream}); err == nil {
			t.Errorf("%q was taken", upstream)
		}
	}
}

func TestRedirectsFromTheStandIn(t *testing.T) {
	for location, want := range map[string]string{
		"BASE/nvd.nist.gov/new?x=1":      "/m/nvd.nist.gov/new?x=1",
		"/m/nvd.nist.gov/new":            "/m/nvd.nist.gov/new",
		"/feeds/new":                     "/m/nvd.nist.gov/feeds/new",
		"new":                            "/m/nvd.nist.gov/feeds/new",
		"../new":                         "/m/nvd.nist.gov/new",
		"https://other.example/new":      "/m/other.example/new",
		"https://nvd.nist.gov/new?x=%2B": "/m/nvd.nist.gov/new?x=%2B",
	} {
		t.Run(location, func(t *testing.T) {
			server := serve(t, nil, answer(200, good))
			server.handlers[0] = answer(302, "", "Location", strings.Replace(location, "BASE", server.URL+"/m", 1))
			client := quick(t, func(c *Config) { c.Upstream = server.URL + "/m"; c.Keys = keyed("nvd.nist.gov") })
			if _, _, err := client.Read(t.Context(), Request{URL: "https://nvd.nist.gov/feeds/old"}, 1000); err != nil {
				t.Fatal(err)
			}
			second := server.requests()[1]
			if second.RequestURI != want {
				t.Errorf("went to %s, want %s", second.RequestURI, want)
			}
			if other := strings.Contains(want, "other"); (second.Header.Get("apiKey") == "") != other {
				t.Errorf("the second hop carried the key %q", second.Header.Get("apiKey"))
			}
			if n := client.Tally().Requests; n != 2 {
				t.Errorf("tally counts %d requests", n)
			}
		})
	}
}

func TestRedirectsRefused(t *testing.T) {
	t.Run("to http", func(t *testing.T) {
		server := serve(t, answer(302, "", "Location", "http://plain.example/login"))
		client := quick(t, func(c *Config) { c.Upstream = server.URL })
		_, _, err := client.Read(t.Context(), Request{URL: "https://nvd.nist.gov/x"}, 10)
		if !errors.Is(err, errDowngrade) || len(server.requests()) != 1 || Explain(err) == "" {
			t.Errorf("%v after %d requests", err, len(server.requests()))
		}
	})
	t.Run("for ever", func(t *testing.T) {
		server := serve(t, answer(302, "", "Location", "/again"))
		_, _, err := quick(t, nil).Read(t.Context(), Request{URL: server.URL}, 10)
		if !errors.Is(err, errTooManyRedirects) || len(server.requests()) != 1+maxRedirects {
			t.Errorf("%v after %d requests", err, len(server.requests()))
		}
	})
}

// An upstream that echoes the key wherever it can must not make us repeat it.
func TestKeyStaysSecret(t *testing.T) {
	echo := func(status int) http.HandlerFunc {
		return answer(status, "your key "+secret, "message", "bad apiKey "+secret, "Retry-After", "0")
	}
	for name, handler := range map[string]http.HandlerFunc{
		"final status":   echo(404),
		"retried status": echo(503),
		"bad body":       answer(200, "<html>"+secret),
		"redirect":       answer(302, "", "Location", "http://127.0.0.1:1/?apiKey="+secret),
		"bad redirect":   answer(302, "", "Location", "http://%zz/"+secret),
		"not HTTP":       wire(secret+" "+secret+"\r\n\r\n", false),
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, handler)
			var logged bytes.Buffer
			client := quick(t, func(c *Config) {
				c.Upstream, c.Keys, c.Logger, c.Attempts = server.URL, keyed("services.nvd.nist.gov"), textLog(&logged), 2
			})
			_, _, err := client.Read(t.Context(), Request{URL: api, Check: func(io.Reader) error { return errors.New("bad: " + secret) }}, 1000)
			if err == nil {
				t.Fatal("no error")
			}
			texts := []string{logged.String()}
			for e := err; e != nil; e = errors.Unwrap(e) {
				texts = append(texts, e.Error(), fmt.Sprintf("%+v %#v", e, e))
			}
			for _, text := range append(texts, Explain(err)) {
				if strings.Contains(text, secret) {
					t.Errorf("the key is in %s", text)
				}
			}
			if server.requests()[0].Header.Get("apiKey") != secret {
				t.Error("the key was not sent")
			}
		})
	}
	t.Run("unsendable", func(t *testing.T) {
		_, err := New(Config{Keys: map[string]http.Header{"services.nvd.nist.gov": {"apiKey": {secret + "\n"}}}})
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("error %v", err)
		}
	})
}

func TestLogSaysWhatHappens(t *testing.T) {
	server := serve(t, answer(503, ""), answer(200, good))
	var logged bytes.Buffer
	client := quick(t, func(c *Config) { c.Logger = textLog(&logged) })
	if _, _, err := client.Read(t.Context(), Request{URL: server.URL + "/x"}, 100); err != nil {
		t.Fatal(err)
	}
	text := logged.String()
	if strings.Count(text, "level=DEBUG msg=attempt") != 2 || strings.Count(text, "level=WARN") != 1 ||
		!strings.Contains(text, "503 Service Unavailable\" attempt=1 delay=") {
		t.Errorf("log:\n%s", text)
	}
}

func TestCAFile(t *testing.T) {
	server := httptest.NewUnstartedServer(answer(200, good))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o644); err != nil {
		t.Fatal(err)
	}
	trusting := quick(t, func(c *Config) { c.CAFile, c.DefaultRate = ca, Rate{Requests: 9, Window: time.Second} })
	if data, _, err := trusting.Read(t.Context(), Request{URL: server.URL}, 100); err != nil || string(data) != good {
		t.Errorf("%q, %v", data, err)
	}
	wary := quick(t, nil)
	_, _, err := wary.Read(t.Context(), Request{URL: server.URL}, 100)
	if wary.Tally().Requests != 1 || !strings.Contains(Explain(err), "http.ca_file") {
		t.Errorf("%v after %d requests: %s", err, wary.Tally().Requests, Explain(err))
	}
	if err := os.WriteFile(ca, []byte("no PEM"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{ca, ca + ".missing"} {
		if _, err := New(Config{CAFile: file}); err == nil {
			t.Errorf("CA file %s was taken", file)
		}
	}
}

func TestExplainNetwork(t *testing.T) {
	closed := serve(t, answer(200, good))
	closed.Close()
	_, _, err := quick(t, func(c *Config) { c.Attempts = 2 }).Read(t.Context(), Request{URL: closed.URL}, 10)
	if !strings.Contains(Explain(err), "nothing listens") {
		t.Errorf("%v: %s", err, Explain(err))
	}
	window := serve(t, answer(404, ""))
	_, _, err = quick(t, nil).Read(t.Context(), Request{URL: window.URL + "/?lastModStartDate=2025-01-01&lastModEndDate=2026-01-01"}, 10)
	if !strings.Contains(Explain(err), "120 days") {
		t.Errorf("%v: %s", err, Explain(err))
	}
	if Explain(nil) != "" || Explain(errors.New("else")) != "" {
		t.Error("advice about nothing")
	}
}

func TestScopesShareLimitsNotTallies(t *testing.T) {
	server := serve(t, answer(200, good))
	client := quick(t, nil)
	meter := new(recorder)
	scope := client.Scope(meter)
	if _, err := scope.Download(t.Context(), Request{URL: server.URL + "/known.json", Resumable: true}, part(t)); err != nil {
		t.Fatal(err)
	}
	if meter.name != "known.json" || meter.done.Load() != int64(len(good)) || scope.Meter() != meter {
		t.Errorf("meter %+v", meter)
	}
	if own, all := scope.Tally(), client.Tally(); own.Requests != 1 || own.Bytes != int64(len(good)) || all != (Tally{}) {
		t.Errorf("scope %+v, client %+v", own, all)
	}
	if scope.hosts != client.hosts || client.Scope(nil).Meter() == nil {
		t.Error("a scope of its own kind")
	}
}

// A connection that takes long to come about must not make the request arrive
// in a window that is already full.
func TestSlowConnectionTakesAnotherSlot(t *testing.T) {
	server := serve(t, answer(200, good))
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	network, err := Config{}.withDefaults().network()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(network.CloseIdleConnections)
	dial := network.DialContext
	rate := Rate{Requests: 2, Window: 200 * time.Millisecond, Even: true}
	network.DialContext = func(ctx context.Context, network, _ string) (conn net.Conn, err error) {
		if err := sleep(ctx, 30*time.Millisecond); err != nil { // longer than the slack
			return nil, err
		}
		return dial(ctx, network, base.Host)
	}
	client := quick(t, func(c *Config) { c.Transport, c.DefaultRate = network, rate })
	if _, _, err := client.Read(t.Context(), Request{URL: "http://slow.example/"}, 100); err != nil {
		t.Fatal(err)
	}
	limiter := client.hosts.get("slow.example").limiter
	if n := len(limiter.sent); n != 2 || client.Tally().Requests != 1 {
		t.Errorf("%d slots for %d requests", n, client.Tally().Requests)
	}
}
