package feeds

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

func TestBuildsOnlyWhatChanged(t *testing.T) {
	m := newMirror(t, sample...)
	fetch := func() {
		for _, year := range []string{"2002", "2003", "2004"} {
			checkPair(t, m.get(atNVD+year+".meta"), m.get(atNVD+year+".json.gz"))
			m.get(atCheck + "nvdcve-2.0-" + year + ".json.gz")
		}
	}
	if m.get(atCheck + "cache.properties"); len(m.store.builds()) != 0 {
		t.Errorf("cache.properties built %v", m.store.builds())
	}
	fetch()
	fetch()
	if n := len(m.store.builds()); n != 3 {
		t.Fatalf("%d builds for three years fetched often", n)
	}
	m.restart()
	fetch()
	if n := len(m.store.builds()); n != 3 {
		t.Errorf("%d builds after a restart, want still 3", n)
	}
	m.store.put(cve("CVE-2003-0008", "2004-05-30T00:00:00.000", "2004-05-30T00:00:00.000"))
	fetch()
	built := m.store.builds()[3:]
	if len(built) != 1 || built[0].Year != 2003 {
		t.Errorf("after a change of 2003, built %+v", built)
	}
	if got := m.ids(atNVD + "2003.json.gz"); !cmp.Equal(got, []string{"CVE-2003-0007", "CVE-2003-0008"}) {
		t.Errorf("2003 holds %v", got)
	}
}

func TestConcurrentRequestsBuildOnce(t *testing.T) {
	m := newMirror(t, sample...)
	m.store.gate = make(chan struct{})
	var wg sync.WaitGroup
	for i := range 20 {
		path := atNVD + "2002" + []string{".json.gz", ".json.zip", ".meta"}[i%3]
		wg.Go(func() { m.do(http.MethodGet, path) })
	}
	close(m.store.gate)
	wg.Wait()
	if n := len(m.store.builds()); n != 1 {
		t.Errorf("%d builds", n)
	}
}

func TestChangeWithoutNewerDateIsAnnounced(t *testing.T) {
	m := newMirror(t, sample...)
	before := checkPair(t, m.get(atNVD+"2002.meta"), m.get(atNVD+"2002.json.gz"))
	late := cve("CVE-2002-0003", "2002-04-01T00:00:00.000", "2002-04-01T00:00:00.000")
	m.store.put(late)
	after := checkPair(t, m.get(atNVD+"2002.meta"), m.get(atNVD+"2002.json.gz"))
	if !after.After(before) {
		t.Errorf("lastModifiedDate %v, then %v after a record came late", before, after)
	}
	fresh := newMirror(t, append([]vuln.Record{late}, sample...)...)
	if !bytes.Equal(m.get(atNVD+"2002.json.gz"), fresh.get(atNVD+"2002.json.gz")) {
		t.Error("the file depends on more than its records")
	}
	m.restart()
	if again := checkPair(t, m.get(atNVD+"2002.meta"), m.get(atNVD+"2002.json.gz")); !again.Equal(after) {
		t.Errorf("lastModifiedDate %v, after a restart %v", after, again)
	}
}

func TestPairIsHeldBetweenMetaAndFile(t *testing.T) {
	m := newMirror(t, sample...)
	meta := m.get(atNVD + "2004.meta")
	m.store.put(cve("CVE-2004-9999", "2004-05-30T00:00:00.000", "2004-05-30T00:00:00.000"))
	checkPair(t, meta, m.get(atNVD+"2004.json.gz"))

	if got := m.ids(atNVD + "2004.json.gz"); len(got) != 2 {
		t.Errorf("the fetch after the pair has %v: the pair is held for ever", got)
	}
	m.get(atNVD + "2004.meta")
	m.store.put(cve("CVE-2004-9998", "2004-05-30T00:00:00.000", "2004-05-30T00:00:01.000"))
	m.now = m.now.Add(pairHold)
	if got := m.ids(atNVD + "2004.json.gz"); len(got) != 3 {
		t.Errorf("%v after a .meta got %v", got, pairHold)
	}
}

func TestBeforeTheFirstCompleteLoad(t *testing.T) {
	m := newMirror(t, sample...)
	m.store.completed(time.Time{})
	for _, path := range []string{atNVD + "2002.meta", atNVD + "modified.json.gz", atCheck + "cache.properties", atVulnz + "nvdcve-2002.json.gz"} {
		resp := m.do(http.MethodGet, path)
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %s, Retry-After %q", path, resp.Status, resp.Header.Get("Retry-After"))
		}
	}
	m.store.completed(m.now)
	m.get(atNVD + "2002.meta")
}

func TestFailingStoreIsNoServerError(t *testing.T) {
	m := newMirror(t, sample...)
	m.store.fail = errors.New("disk on fire at /secret")
	resp := m.do(http.MethodGet, atNVD+"2002.meta")
	if body := string(read(t, resp.Body)); resp.StatusCode != http.StatusServiceUnavailable || strings.Contains(body, "secret") {
		t.Errorf("%s: %s", resp.Status, body)
	}
}

func TestMiscountingStorePublishesNothing(t *testing.T) {
	m := newMirror(t, sample...)
	h := m.h.(*handler)
	h.from = miscounting{m.store}
	if resp := m.do(http.MethodGet, atNVD+"2002.json.gz"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%s for a feed that lacks records", resp.Status)
	}
	if left, _ := filepath.Glob(filepath.Join(m.dir, "nvd", "2002", "*"+unfinished)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

type miscounting struct{ *watched }

func (m miscounting) Snapshot(ctx context.Context) (store.Snapshot, error) {
	s, err := m.watched.Snapshot(ctx)
	return lying{s}, err
}

type lying struct{ store.Snapshot }

func (l lying) Digest(ctx context.Context, q store.Query) (store.Digest, error) {
	d, err := l.Snapshot.Digest(ctx, q)
	d.Count++
	return d, err
}
