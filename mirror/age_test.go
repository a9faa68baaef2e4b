package mirror_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/fetch"
	"vulnmirror/mirror"
	"vulnmirror/source"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// checked is a source with a cheap check.
type checked struct {
	*script
	answers []error // nil: unchanged
}

var errNews = errors.New("it changed")

func (c *checked) Changed(context.Context, *fetch.Client, source.Cursor) (bool, error) {
	err := c.answers[0]
	c.answers = c.answers[1:]
	if errors.Is(err, errNews) {
		return true, nil
	}
	return false, err
}

func TestFetchOnlyWhenNeverWhenOldOrWhenChanged(t *testing.T) {
	complete := source.Cursor{Complete: true, Release: "1"}
	src := &checked{&script{steps: []step{
		{document: page("CVE-2020-0001 Received"), cursor: complete},
		{err: source.ErrUnchanged, cursor: complete},                                                         // too old
		{document: page("CVE-2020-0001 Analyzed"), cursor: source.Cursor{Complete: true, Release: "2"}},      // changed
		{err: source.ErrUnchanged, cursor: source.Cursor{Complete: true, Release: "2", Notes: []string{""}}}, // the check failed
	}}, []error{nil, nil, errNews, errors.New("no answer")}}
	m := newMirror(t, src)
	now := clock
	m.Now = func() time.Time { return now }
	m.MaxAge = func(string) time.Duration { return 24 * time.Hour }
	for i, want := range []struct {
		after time.Duration
		left  int // steps of Fetch
	}{{0, 3}, {23 * time.Hour, 3}, {time.Hour, 2}, {time.Hour, 2}, {time.Hour, 1}, {time.Hour, 0}} {
		now = now.Add(want.after)
		if r := sync(t, m); r.Err() != nil {
			t.Fatalf("run %d: %v", i, r.Err())
		}
		if len(src.steps) != want.left {
			t.Fatalf("run %d left %d fetches, want %d", i, len(src.steps), want.left)
		}
	}
	if got := state(t, m); got.Release != "2" {
		t.Errorf("the release held is %q", got.Release)
	}
}

func TestAnOldGenerationGivesWay(t *testing.T) {
	complete := source.Cursor{Complete: true}
	poison := strings.ReplaceAll(page("CVE-2020-0001 Poisoned", "CVE-2020-0666 Received", "CVE-2020-0002 Received"), "2026-01-01T", "2029-01-01T")
	src := &script{steps: []step{
		{document: poison, cursor: complete},
		{err: errors.New("the site is gone")},
		{err: source.ErrUnchanged, cursor: complete}, // as ever, for a day
		{document: page("CVE-2020-0001 Received"), err: &source.Incomplete{Missing: []error{errors.New("no second page")}}},
		{document: page("CVE-2020-0001 Received", "CVE-2020-0002 Received"), cursor: complete},
		{err: source.ErrUnchanged, cursor: complete},
	}}
	m := newMirror(t, src)
	now := clock
	m.Now = func() time.Time { return now }
	m.RenewAfter = 28 * 24 * time.Hour
	sync(t, m)
	now = now.Add(29 * 24 * time.Hour)
	for _, fails := range []bool{true, false, true} { // nothing is whole, so what is held stays
		if r := sync(t, m); (r.Err() != nil) != fails {
			t.Fatalf("%+v", r)
		}
		now = now.Add(13 * time.Hour)
		if got := current(t, m, "CVE-2020-0001"); got.Status != "Poisoned" {
			t.Fatalf("after a failure it is %q", got.Status)
		}
	}
	now = now.Add(25 * time.Hour)
	reader, err := m.Store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if r := sync(t, m); r.Err() != nil || r.Withdrawn != 1 || r.Records != 2 {
		t.Fatalf("%+v, %v", r, r.Err())
	}
	if got := current(t, m, "CVE-2020-0001"); got.Status != "Received" || got.Modified.Year() != 2026 {
		t.Errorf("the poison lives: %+v", got)
	}
	if got := current(t, m, "CVE-2020-0666"); got.Withdrawn.IsZero() {
		t.Errorf("what upstream never had lives: %+v", got)
	}
	if got := current(t, m, "CVE-2020-0002"); !got.Withdrawn.IsZero() || got.Modified.Year() != 2026 {
		t.Errorf("what upstream has: %+v", got)
	}
	versions, err := m.Store.Versions(t.Context(), vuln.KindCVE, "CVE-2020-0001")
	if err != nil || len(versions) != 2 {
		t.Errorf("%d versions, %v; the past is kept", len(versions), err)
	}
	if old, err := reader.Get(t.Context(), vuln.KindCVE, "CVE-2020-0001"); err != nil || old.Status != "Poisoned" {
		t.Errorf("a reader from before sees %+v, %v", old, err)
	}
	now = now.Add(time.Hour)
	if r := sync(t, m); r.Status != mirror.Unchanged {
		t.Errorf("and then again: %+v", r)
	}
}

func current(t *testing.T, m *mirror.Mirror, id string) vuln.Record {
	t.Helper()
	r, err := m.Store.Get(t.Context(), vuln.KindCVE, id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestDependantsSeeWhatIsBroken(t *testing.T) {
	broken := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	states := []store.SourceState{{Source: "attack", Failed: broken, Reason: "HTML"}, {Source: "cwe", Failed: broken}, {Source: "d3fend"}}
	got := mirror.Doubts(source.Info{DependsOn: []string{"attack", "d3fend"}}, states)
	if diff := cmp.Diff([]string{"attack is broken since 2026-11-20T00:00:00Z: HTML"}, got); diff != "" {
		t.Error(diff)
	}
}
