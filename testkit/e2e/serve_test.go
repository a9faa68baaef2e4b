package e2e

import (
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"vulnmirror/testkit/sim"
)

// server is the program serving a data folder.
type server struct {
	*running
	url    string
	client *http.Client
}

func (d data) serve(t *testing.T) server {
	t.Helper()
	p := d.start(t, "serve", "--listen", "127.0.0.1:0")
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return server{p, p.line("serving on "), &http.Client{Transport: transport, Timeout: time.Minute}}
}

// get returns status, headers and body of one answer.
func (s server) get(t *testing.T, path string) (*http.Response, []byte) {
	t.Helper()
	resp, err := s.client.Get(s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	return resp, body
}

// file is get for what has to be there.
func (s server) file(t *testing.T, path string) []byte {
	t.Helper()
	resp, body := s.get(t, path)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s", path, resp.Status)
	}
	return body
}

// TestChain makes one vulnmirror the upstream of another.
func TestChain(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, sim.Options{Seed: 21, Records: 300})
	first := newData(t, u.URL)
	first.sync(t)
	want := first.ok(t, "export", "nvd-cve")
	s := first.serve(t)
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			second := newData(t, s.url, way.args...)
			second.sync(t)
			if second.ok(t, "export", "nvd-cve") != want {
				same(t, "export", byID(t, want), second.export(t))
				t.Error("the exports differ")
			}
			second.sound(t)
		})
	}
}

// TestServeStops: a signal ends the server in order.
func TestServeStops(t *testing.T) {
	t.Parallel()
	d := newData(t, "http://127.0.0.1:1")
	s := d.serve(t)
	if resp, _ := s.get(t, "/rest/json/cves/2.0"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("before the first load: %s, want 503", resp.Status)
	}
	if resp, _ := s.get(t, "/healthz"); resp.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %s", resp.Status)
	}
	if resp, _ := s.get(t, "/readyz"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %s, want 503", resp.Status)
	}
	s.signal(os.Interrupt)
	if out := s.wait(); out.status != 0 {
		t.Errorf("exit status %d\n%s", out.status, tail(out.stderr))
	}
}
