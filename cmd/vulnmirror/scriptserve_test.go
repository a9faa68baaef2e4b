package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptServing is `serving DATA [FLAG...]`: until the script ends the program
// serves that data folder, and from now on it is the upstream.
func scriptServing(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: serving DATA [flag...]")
	}
	cmd := exec.Command("vulnmirror", append([]string{"serve", "--listen", "127.0.0.1:0", "--data", ts.MkAbs(args[0])}, args[1:]...)...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"), "VULNMIRROR_SOURCES="+ts.Getenv("VULNMIRROR_SOURCES"))
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // it was killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	ts.Check(err)
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "serving on ")
	if !ok {
		ts.Fatalf("serve said %q", line)
	}
	ts.Setenv("VULNMIRROR_UPSTREAM", url)
}

// scriptAsk is `ask PATH`: what the upstream answers becomes stdout, first the
// status, then the headers of our own and the message, then the body.
func scriptAsk(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ask PATH")
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, ts.Getenv("VULNMIRROR_UPSTREAM")+args[0], nil)
	ts.Check(err)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	fmt.Fprintln(ts.Stdout(), resp.StatusCode)
	for _, name := range []string{"Message", "X-Vulnmirror-Derived"} {
		if value := resp.Header.Get(name); value != "" {
			fmt.Fprintf(ts.Stdout(), "%s: %s\n", name, value)
		}
	}
	fmt.Fprintln(ts.Stdout(), string(body))
}
