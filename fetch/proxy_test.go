package fetch

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// behind returns a client whose proxy is this server.
func behind(t *testing.T, proxy *script) *Client {
	network, err := Config{}.withDefaults().network()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(network.CloseIdleConnections)
	dial := network.DialContext
	network.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != proxyHost {
			return nil, fmt.Errorf("dialled %s, past the proxy", address)
		}
		return dial(ctx, network, proxy.Listener.Addr().String())
	}
	return quick(t, func(c *Config) { c.Transport = network })
}

func TestProxyOfTheEnvironment(t *testing.T) {
	proxy := serve(t, answer(200, good))
	data, _, err := behind(t, proxy).Read(t.Context(), Request{URL: "http://feeds.example/x"}, 100)
	if err != nil || string(data) != good {
		t.Fatalf("%q, %v", data, err)
	}
	if asked := proxy.requests()[0].RequestURI; asked != "http://feeds.example/x" {
		t.Errorf("the proxy was asked for %s", asked)
	}
}

func TestProxyThatRefusesTheUser(t *testing.T) {
	proxy := serve(t, answer(407, ""))
	client := behind(t, proxy)
	_, _, err := client.Read(t.Context(), Request{URL: "https://feeds.example/x"}, 100)
	if client.Tally().Requests != 1 || !strings.Contains(Explain(err), "password") {
		t.Errorf("%v after %d requests: %s", err, client.Tally().Requests, Explain(err))
	}
}

func TestProxyPasswordIsScrubbed(t *testing.T) {
	for proxy, want := range map[string]string{
		"http://me:hunter22@127.0.0.1:1": "hunter22", "me:hunter22@[broken": "hunter22",
		"http://me@proxy": "", "http://proxy:3128": "", "": "",
	} {
		if got := proxyPassword(proxy); got != want {
			t.Errorf("%q has the password %q", proxy, got)
		}
	}
	if got := newSecrets(nil, nil).text("proxy me:hunter22@x"); got != "proxy me:***@x" {
		t.Error(got)
	}
}

func TestHTTP2StreamErrorIsSurvived(t *testing.T) {
	s := &script{handlers: []http.HandlerFunc{
		func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, good[:9])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler) // RST_STREAM, INTERNAL_ERROR
		},
		func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, good+r.Proto) },
	}}
	s.Server = httptest.NewUnstartedServer(s)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	client := quick(t, func(c *Config) { c.Transport = s.Client().Transport })
	data, _, err := client.Read(t.Context(), Request{URL: s.URL}, 100)
	if err != nil || string(data) != good+"HTTP/2.0" || client.Tally().Retries != 1 {
		t.Errorf("%q, %v, %+v", data, err, client.Tally())
	}
}
