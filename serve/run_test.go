package serve

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are made by dial, without a network,
// so that their deadlines follow the clock of a synctest bubble.
type pipes struct {
	accepted chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

func newPipes() *pipes { return &pipes{accepted: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accepted:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.accepted <- server
	return client
}

// serving runs h in a bubble and hands a connection to f.
func serving(t *testing.T, h http.Handler, l Limits, f func(t *testing.T, c net.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		ln := newPipes()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- Run(ctx, ln, h, l, slog.New(slog.DiscardHandler)) }()
		c := ln.dial()
		f(t, c)
		c.Close()
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func TestAnAnswerMayTakeLongerThanARequest(t *testing.T) {
	o := options(mirror(t, known))
	o.Feeds = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(10 * time.Minute): // as a feed that is built
			_, _ = io.WriteString(w, "built")
		case <-r.Context().Done():
		}
	})
	serving(t, New(o), Limits{}, func(t *testing.T, c net.Conn) {
		if _, err := io.WriteString(c, "GET /feeds/x HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if body, err := io.ReadAll(resp.Body); string(body) != "built" {
			t.Errorf("%q, %v", body, err)
		}
	})
}

func TestSlowClientsAreServedAndStalledOnesDropped(t *testing.T) {
	const size = 10 << 20
	var failed chan error // made anew in every bubble
	o := options(mirror(t, known))
	o.Limits.Stall = time.Minute
	o.Feeds = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.Copy(w, io.LimitReader(endless{}, size))
		failed <- err
	})
	ask := func(t *testing.T, c net.Conn) *http.Response {
		failed = make(chan error, 1)
		if _, err := io.WriteString(c, "GET /feeds/x HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	serving(t, New(o), o.Limits, func(t *testing.T, c net.Conn) {
		resp := ask(t, c)
		defer resp.Body.Close()
		var got int64
		for got < size { // an hour and more
			n, err := io.CopyN(io.Discard, resp.Body, 64<<10)
			got += n
			if err != nil {
				t.Fatalf("cut off after %d bytes: %v", got, err)
			}
			time.Sleep(30 * time.Second)
		}
		if err := <-failed; err != nil {
			t.Errorf("slow client: %v", err)
		}
	})
	serving(t, New(o), o.Limits, func(t *testing.T, c net.Conn) {
		resp := ask(t, c)
		defer resp.Body.Close()
		began := time.Now()
		if err := <-failed; err == nil || time.Since(began) > 2*time.Minute {
			t.Errorf("stalled client: %v after %v", err, time.Since(began))
		}
	})
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestABodyThatDoesNotEndIsCutOff(t *testing.T) {
	serving(t, New(options(mirror(t, known))), Limits{}, func(t *testing.T, c net.Conn) {
		began := time.Now()
		if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx"); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(c)
		if err != nil && !errors.Is(err, io.ErrClosedPipe) {
			t.Error(err)
		}
		if !strings.HasPrefix(string(answer), "HTTP/1.1 200") || time.Since(began) > 20*time.Second {
			t.Errorf("%q after %v", answer, time.Since(began))
		}
	})
}

func TestAHeaderThatDoesNotEndIsCutOff(t *testing.T) {
	serving(t, New(options(mirror(t, known))), Limits{}, func(t *testing.T, c net.Conn) {
		began := time.Now()
		if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: a\r\n"); err != nil {
			t.Fatal(err)
		}
		if answer, _ := io.ReadAll(c); time.Since(began) > 20*time.Second {
			t.Errorf("%q after %v", answer, time.Since(began))
		}
	})
}
