package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// clockwork is a server inside the bubble's clock: it notes when requests
// arrive and takes its time over each.
type clockwork struct {
	takes  time.Duration
	answer func(n int) (status int, header http.Header)

	mu      sync.Mutex
	arrived []time.Time
	busy    int
	busiest int
}

func (s *clockwork) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	n := len(s.arrived)
	s.arrived = append(s.arrived, time.Now())
	s.busy++
	s.busiest = max(s.busiest, s.busy)
	s.mu.Unlock()
	err := sleep(req.Context(), s.takes)
	s.mu.Lock()
	s.busy--
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	status, header := http.StatusOK, http.Header{}
	if s.answer != nil {
		status, header = s.answer(n)
	}
	return &http.Response{StatusCode: status, Header: header, ContentLength: -1, Body: io.NopCloser(strings.NewReader("[]"))}, nil
}

// worst is the most requests that arrived in any rolling window.
func (s *clockwork) worst(window time.Duration) int {
	worst, first := 0, 0
	for last, t := range s.arrived {
		for t.Sub(s.arrived[first]) >= window {
			first++
		}
		worst = max(worst, last-first+1)
	}
	return worst
}

const api = "https://services.nvd.nist.gov/rest/json/cves/2.0"

func paced(t *testing.T, server http.RoundTripper, rate Rate, change func(*Config)) *Client {
	c := Config{Transport: server, Rates: map[string]Rate{"services.nvd.nist.gov": rate}}
	if change != nil {
		change(&c)
	}
	client, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func readAll(t *testing.T, c *Client, n int) {
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if _, _, err := c.Read(t.Context(), Request{URL: api}, 100); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestRollingWindow(t *testing.T) {
	for name, test := range map[string]struct {
		rate    Rate
		takes   time.Duration
		least   time.Duration // for 23 requests
		most    time.Duration
		busiest int
	}{
		"even":             {Rate{5, 30 * time.Second, true}, time.Second, 22 * 6 * time.Second, 22 * 6200 * time.Millisecond, 1},
		"even, slow":       {Rate{5, 30 * time.Second, true}, 20 * time.Second, 22 * 6 * time.Second, 22*6200*time.Millisecond + 20*time.Second, 4},
		"bursts":           {Rate{5, 30 * time.Second, false}, time.Second, 4 * 30 * time.Second, 4*31*time.Second + time.Second, 4},
		"short":            {Rate{5, 300 * time.Millisecond, true}, 0, 22 * 70 * time.Millisecond, 22 * 71 * time.Millisecond, 1},
		"slower than both": {Rate{50, 30 * time.Second, true}, time.Minute, 5 * time.Minute, 7 * time.Minute, 4},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &clockwork{takes: test.takes}
				client := paced(t, server, test.rate, nil)
				begun := time.Now()
				readAll(t, client, 23)
				took := time.Since(begun)
				if worst := server.worst(test.rate.Window); worst > test.rate.Requests {
					t.Errorf("%d requests in %s", worst, test.rate.Window)
				}
				if took < test.least || took > test.most {
					t.Errorf("took %s, want %s to %s", took, test.least, test.most)
				}
				if server.busiest != test.busiest {
					t.Errorf("%d requests at once, want %d", server.busiest, test.busiest)
				}
				tally := client.Tally()
				if tally.Requests != 23 || tally.Retries != 0 || tally.Bytes != 46 || tally.Waited <= 0 {
					t.Errorf("tally %+v", tally)
				}
			})
		})
	}
}

func TestEveryAttemptTakesASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rate := Rate{5, 30 * time.Second, true}
		server := &clockwork{answer: func(n int) (int, http.Header) {
			switch n % 3 {
			case 0:
				return http.StatusServiceUnavailable, http.Header{}
			case 1:
				return http.StatusFound, http.Header{"Location": {"/elsewhere"}}
			}
			return http.StatusOK, http.Header{}
		}}
		client := paced(t, server, rate, func(c *Config) { c.Backoff = time.Millisecond; c.Attempts = 100 })
		readAll(t, client, 8)
		if worst := server.worst(rate.Window); worst > rate.Requests {
			t.Errorf("%d requests in %s", worst, rate.Window)
		}
		if sent, counted := len(server.arrived), client.Tally().Requests; int64(sent) != counted {
			t.Errorf("the server saw %d requests, the tally says %d", sent, counted)
		}
	})
}

func TestHostIsHeldAfterRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &clockwork{answer: func(n int) (int, http.Header) {
			if n == 0 {
				return http.StatusTooManyRequests, http.Header{"Retry-After": {"90"}}
			}
			return http.StatusOK, http.Header{}
		}}
		client := paced(t, server, Rate{50, 30 * time.Second, true}, func(c *Config) { c.PerHost = 1 })
		readAll(t, client, 3)
		for i, at := range server.arrived[1:] {
			if silence := at.Sub(server.arrived[0]); silence < 90*time.Second {
				t.Errorf("request %d came %s after the refusal", i+1, silence)
			}
		}
	})
}

func TestRetryAfter(t *testing.T) {
	for name, test := range map[string]struct {
		header      string
		least, most time.Duration
	}{
		"none":                   {"", 6 * time.Second, 9 * time.Second},
		"zero is not taken":      {"0", 6 * time.Second, 9 * time.Second},
		"seconds":                {"40", 40 * time.Second, 40 * time.Second},
		"date":                   {"Sat, 01 Jan 2000 00:02:00 GMT", 2 * time.Minute, 2 * time.Minute},
		"no more than the bound": {"86400", 5 * time.Minute, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // the bubble's clock begins on 2000-01-01
				server := &clockwork{answer: func(n int) (int, http.Header) {
					if n == 0 {
						return http.StatusTooManyRequests, http.Header{"Retry-After": {test.header}}
					}
					return http.StatusOK, http.Header{}
				}}
				readAll(t, paced(t, server, Rate{}, nil), 1)
				if pause := server.arrived[1].Sub(server.arrived[0]); pause < test.least || pause > test.most {
					t.Errorf("paused %s, want %s to %s", pause, test.least, test.most)
				}
			})
		})
	}
}

func TestBackoffGrowsAndEnds(t *testing.T) {
	broken := func(int) (int, http.Header) { return http.StatusBadGateway, http.Header{} }
	for name, test := range map[string]struct {
		elapsed time.Duration
		rate    Rate
		min     int
		max     int
	}{
		"attempts":                   {time.Hour, Rate{}, 8, 8},
		"time":                       {time.Minute, Rate{}, 3, 5},
		"turns do not count as time": {time.Minute, Rate{1, 10 * time.Minute, true}, 3, 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &clockwork{answer: broken}
				client := paced(t, server, test.rate, func(c *Config) { c.MaxElapsed = test.elapsed })
				_, _, err := client.Read(t.Context(), Request{URL: api}, 100)
				status, ok := errors.AsType[*StatusError](err)
				if !ok || status.Status != http.StatusBadGateway {
					t.Fatalf("error %v", err)
				}
				if n := len(server.arrived); n < test.min || n > test.max {
					t.Errorf("%d attempts, want %d to %d", n, test.min, test.max)
				}
				for i := 1; i < len(server.arrived); i++ {
					least := min(3*time.Second<<(i-1), 150*time.Second)
					if pause := server.arrived[i].Sub(server.arrived[i-1]); pause < least {
						t.Errorf("pause %d was %s, want %s at least", i, pause, least)
					}
				}
			})
		})
	}
}

func TestWaitEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &clockwork{}
		client := paced(t, server, Rate{1, time.Hour, true}, nil)
		readAll(t, client, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		_, _, err := client.Read(ctx, Request{URL: api}, 100)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Second {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
		if len(server.arrived) != 1 {
			t.Errorf("%d requests sent", len(server.arrived))
		}
	})
}

func TestLedgerOutlivesTheProcess(t *testing.T) {
	rate := Rate{5, 30 * time.Second, false}
	dir := filepath.Join(t.TempDir(), "sent")
	synctest.Test(t, func(t *testing.T) {
		server := &clockwork{}
		// Four programs on the same folder, two at a time: each alone would
		// send a burst of five.
		for range 2 {
			one := paced(t, server, rate, func(c *Config) { c.Ledger = dir })
			other := paced(t, server, rate, func(c *Config) { c.Ledger = dir })
			var both sync.WaitGroup
			both.Go(func() { readAll(t, one, 6) })
			both.Go(func() { readAll(t, other, 6) })
			both.Wait()
		}
		if worst := server.worst(rate.Window); worst > rate.Requests {
			t.Errorf("%d requests in %s", worst, rate.Window)
		}
		if took := server.arrived[23].Sub(server.arrived[0]); took > 5*31*time.Second {
			t.Errorf("24 requests took %s", took)
		}
	})
	text := contents(t, filepath.Join(dir, "services.nvd.nist.gov.times"))
	if lines := strings.Count(text, "\n"); lines < 1 || lines > 10 {
		t.Errorf("the ledger holds\n%s", text)
	}
}

func TestLedgerSurvivesDamage(t *testing.T) {
	for name, text := range map[string]string{
		"garbage":      "what\n2000-01-",
		"clock set on": "2099-01-01T00:00:00.000000000Z\n",
		"empty":        "",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "services.nvd.nist.gov.times"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				client := paced(t, &clockwork{}, Rate{5, 30 * time.Second, true}, func(c *Config) { c.Ledger = dir })
				begun := time.Now()
				readAll(t, client, 1)
				if wait := time.Since(begun); wait > 0 {
					t.Errorf("waited %s", wait)
				}
			})
		})
	}
}

func FuzzParseLedger(f *testing.F) {
	f.Add([]byte("2026-01-01T00:00:00.000000000Z\n2025-01-01T00:00:00.000000001Z\n"))
	f.Add([]byte("\n\n\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
		sent := parseLedger(text, now)
		for i, at := range sent {
			if at.After(now) || (i > 0 && at.Before(sent[i-1])) {
				t.Fatalf("parseLedger(%q) = %v", text, sent)
			}
		}
	})
}
