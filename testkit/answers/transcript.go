package answers

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// slow is how long an answer may take without being mentioned.
const slow = time.Second

// transcript asks everything and writes down the answers.
func transcript(t *testing.T, m Mirror, q inquiry) []answer {
	t.Helper()
	var out []answer
	ask := func(question string, f func() string) {
		began := time.Now()
		out = append(out, answer{question, timeless(f())})
		if took := time.Since(began); took > slow {
			t.Logf("%s: %.200s took %v", m.Name, question, took.Round(time.Millisecond))
		}
	}
	for _, args := range q.commands {
		ask(strings.Join(args, " "), func() string {
			got := m.run(t, args...)
			return fmt.Sprintf("exit status %d\n%s", got.Status, got.Stdout)
		})
	}
	base := m.serve(t)
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	for _, path := range q.requests {
		ask("GET "+path, func() string { return get(t, client, base+path) })
	}
	return out
}

// serve starts the server of a mirror, which ends with the test.
func (m Mirror) serve(t *testing.T) (base string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := m.command(ctx, "serve", "--listen", "127.0.0.1:0")
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was killed
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	base, found := strings.CutPrefix(strings.TrimSpace(line), "serving on ")
	if err != nil || !found {
		t.Fatalf("%s: the server said %q, %v", m.Name, line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	return base
}

// get returns what of an answer does not depend on when it was given.
func get(t *testing.T, client *http.Client, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatalf("GET %s: %v", address, err)
	}
	defer resp.Body.Close()
	content := io.Reader(resp.Body)
	if strings.HasSuffix(address, ".gz") && resp.StatusCode == http.StatusOK {
		if content, err = gzip.NewReader(content); err != nil {
			t.Fatalf("GET %s: %v", address, err)
		}
	}
	body, err := io.ReadAll(content)
	if err != nil {
		t.Fatalf("GET %s: %v", address, err)
	}
	var b strings.Builder
	fmt.Fprintln(&b, resp.StatusCode)
	for _, name := range []string{"Message", "Content-Type", "Content-Encoding", "X-Vulnmirror-Derived"} {
		fmt.Fprintf(&b, "%s: %s\n", name, resp.Header.Get(name))
	}
	b.Write(body)
	return b.String()
}

// moments are texts that tell when a mirror fetched or answered something: the
// API's timestamp, and times of the test's own days.
var moments = func() *regexp.Regexp {
	now := time.Now().UTC()
	days := []string{now.AddDate(0, 0, -1).Format(time.DateOnly), now.Format(time.DateOnly), now.AddDate(0, 0, 1).Format(time.DateOnly)}
	return regexp.MustCompile(`"timestamp":"[^"]*"|(?:` + strings.Join(days, "|") + `)[T ][0-9:.]+Z?|\b\d{8}T\d{6}(?:\.\d+)?Z\b`)
}()

// timeless leaves out moments. Of a long answer only the head tells any: the rest
// is records as upstream made them.
func timeless(s string) string {
	const head = 64 << 10
	if len(s) < 1<<20 {
		return moments.ReplaceAllString(s, "(a moment)")
	}
	return moments.ReplaceAllString(s[:head], "(a moment)") + s[head:]
}
