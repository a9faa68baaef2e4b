package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"vulnmirror/archive"
	"vulnmirror/source/nvdcve"
	"vulnmirror/testkit/sim"
)

// scriptCommands are what scripts have beside those of testscript.
var scriptCommands = map[string]func(*testscript.TestScript, bool, []string){
	"status":    scriptStatus,
	"simulator": scriptSimulator,
	"feed":      scriptFeed,
	"lock":      scriptLock,
	"keys":      scriptKeys,
	"hold":      scriptHold,
	"serving":   scriptServing,
	"ask":       scriptAsk,
}

// useUpstream points the program at a stand-in for everybody that is asked without
// waiting, and ends with the script.
func useUpstream(ts *testscript.TestScript, h http.Handler) {
	server := httptest.NewServer(h)
	ts.Defer(server.Close)
	ts.Setenv("VULNMIRROR_UPSTREAM", server.URL)
	ts.Setenv("VULNMIRROR_SOURCES", nvdcve.Name) // scripts about others name them
	ts.Setenv("VULNMIRROR_NVD_RATE", "10000/1s")
	ts.Setenv("VULNMIRROR_HTTP_RATE", "10000/1s")
	ts.Setenv("VULNMIRROR_HTTP_ATTEMPTS", "2")
	ts.Setenv("VULNMIRROR_HTTP_BACKOFF", "1ms")
}

// scriptSimulator is `simulator N`: from now on the upstream is a simulated NVD
// with N records, and everybody else, who have fewer than they ever had.
func scriptSimulator(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: simulator N")
	}
	records, err := strconv.Atoi(args[0])
	ts.Check(err)
	useUpstream(ts, newSimulated(sim.Options{Seed: 1, Records: records, Now: time.Now().Add(-time.Hour)}))
	ts.Setenv("VULNMIRROR_SOURCE_FLOORS", "false")
}

// scriptFeed is `feed NAME FILE DATE`: the upstream is a plain file server that
// has FILE as the feed NAME, made on DATE. Several make several feeds.
func scriptFeed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: feed NAME FILE DATE")
	}
	text := []byte(ts.ReadFile(args[1]))
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write(text)
	ts.Check(err)
	ts.Check(z.Close())
	root := ts.MkAbs("upstream")
	dir := filepath.Join(root, "nvd.nist.gov/feeds/json/cve/2.0")
	ts.Check(os.MkdirAll(dir, 0o755))
	meta := fmt.Sprintf("lastModifiedDate:%sT03:00:00-05:00\r\nsize:%d\r\nzipSize:%d\r\ngzSize:%d\r\nsha256:%X\r\n",
		args[2], len(text), packed.Len()+136, packed.Len(), sha256.Sum256(text))
	base := filepath.Join(dir, "nvdcve-2.0-"+args[0])
	ts.Check(os.WriteFile(base+".json.gz", packed.Bytes(), 0o644))
	ts.Check(os.WriteFile(base+".meta", []byte(meta), 0o644))
	if ts.Getenv("VULNMIRROR_UPSTREAM") == "" {
		useUpstream(ts, http.FileServer(http.Dir(root)))
	}
}

// scriptLock is `lock DATA [SOURCE]`: another process, this one, works on the
// source, nvd-cve if none is named, in that data folder until the script ends.
func scriptLock(ts *testscript.TestScript, neg bool, args []string) {
	name := nvdcve.Name
	switch {
	case neg || len(args) < 1 || len(args) > 2:
		ts.Fatalf("usage: lock DATA [SOURCE]")
	case len(args) == 2:
		name = args[1]
	}
	_, release, err := archive.Open(ts.MkAbs(args[0])).Source(name).Lock(context.Background(), 0)
	ts.Check(err)
	ts.Defer(release)
}

// scriptKeys is `keys FILE KEY...`: the JSON object in FILE, which may be
// stdout, has exactly these keys.
func scriptKeys(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: keys FILE KEY...")
	}
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &object))
	var got []string
	for key := range object {
		got = append(got, key)
	}
	slices.Sort(got)
	want := slices.Sorted(slices.Values(args[1:]))
	if diff := cmp.Diff(want, got); diff != "" {
		ts.Fatalf("keys (-want +got):\n%s", diff)
	}
}
