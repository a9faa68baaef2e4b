package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// same compares a record read with the one that was applied.
func same(t T, what string, got, want vuln.Record) {
	t.Helper()
	want.Facts, want.Text = vuln.Facts{Best: want.Facts.Best}, nil
	if d := cmp.Diff(want, got, asText); d != "" {
		t.Errorf("%s (-want +got):\n%.4000s", what, d)
	}
}

// asText compares bodies as texts, which is fast.
var asText = cmp.Transformer("text", func(b []byte) string { return string(b) })

func checkEnvelope(t trial, s store.Store) {
	records := Records(60, 7)
	records = append(records, record(2024, 9000, func(r *vuln.Record) {
		r.Published, r.Modified, r.Status, r.SourceIdentifier = time.Time{}, time.Time{}, "", ""
	}), record(1988, 1, func(r *vuln.Record) { r.Published = time.Date(1968, 10, 1, 4, 0, 0, 1e6, time.UTC) }))
	apply(t, s, 1, records...)
	for _, want := range records {
		got, err := s.Get(t.Context(), want.Kind, want.ID)
		if err != nil {
			t.Fatalf("Get: %v", err)
		}
		same(t, "Get "+want.ID, got, want)
		for r, err := range s.List(t.Context(), store.Query{Kind: want.Kind, IDs: []string{want.ID}}) {
			if err != nil {
				t.Fatalf("List: %v", err)
			}
			same(t, "List "+want.ID, r, want)
		}
	}
	if _, err := s.Get(t.Context(), "other", records[0].ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get of another kind: %v, want ErrNotFound", err)
	}
}

func checkBodies(t trial, s store.Store) {
	var large strings.Builder
	for i := range 9000 {
		fmt.Fprintf(&large, `,{"url":"https://example.org/%d","source":"%x","tags":["a","b"]}`, i, i*i)
	}
	bodies := map[string]string{
		"key order, numbers, escapes":     `{"z":1.0,"a":1e2,"a":-0,"s":"\u00e9\/é"}`,
		"CR, LF, tab in text":             `{"descriptions":[{"lang":"en","value":"a\r\nb\tc"}]}`,
		"astral and combining characters": "{\"v\":\"\U0001F600 e\u0301 任\u2028\"}",
		"escaped NUL":                     `{"v":"\u0000"}`,
		"not UTF-8":                       "{\"v\":\"\xff\xfe\"}",
		"quotes and percent signs":        `{"v":"' \" % _ ; -- ?1 $1"}`,
		"700 KB":                          `{"references":[0` + large.String() + `]}`,
	}
	n := 0
	for what, b := range bodies {
		n++
		want := record(2024, n, body(b), text("a\r\nb \U0001F600", "\xff", ""))
		apply(t, s, 1, want)
		got, err := s.Get(t.Context(), want.Kind, want.ID)
		if err != nil || string(got.Body) != b {
			t.Errorf("%s: the body came back different (%d bytes of %d), error %v", what, len(got.Body), len(b), err)
		}
	}
	if large.Len() < 500_000 {
		t.Errorf("the large body has only %d bytes", large.Len())
	}
}

// step is one record applied and what should come of it.
type step struct {
	what    string
	record  vuln.Record
	want    store.Disposition
	current int // step whose record is current afterwards
}

func play(t T, s store.Store, steps []step) {
	t.Helper()
	for i, st := range steps {
		o := apply(t, s, i, st.record)
		want := store.Outcome{Dispositions: []store.Disposition{st.want}}
		*count(&want, st.want)++
		if d := cmp.Diff(want, o); d != "" {
			t.Errorf("%s (-want +got):\n%s", st.what, d)
		}
		got, err := s.Get(t.Context(), st.record.Kind, st.record.ID)
		if err != nil {
			t.Fatalf("%s: Get: %v", st.what, err)
		}
		same(t, "after "+st.what, got, steps[st.current].record)
	}
}

func count(o *store.Outcome, d store.Disposition) *int {
	return []*int{&o.Added, &o.Changed, &o.Unchanged, &o.Older}[d]
}

func checkNewestWins(t trial, s store.Store) {
	later := epoch.Add(time.Millisecond)
	play(t, s, []step{
		{"a first version", record(2024, 1), store.Added, 0},
		{"the same again", record(2024, 1), store.Unchanged, 0},
		{"one a millisecond newer", record(2024, 1, modified(later), status("Analyzed")), store.Changed, 2},
		{"the first again", record(2024, 1), store.Older, 2},
		{"a very old one", record(2024, 1, modified(time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC))), store.Older, 2},
		{"one without a time", record(2024, 1, modified(time.Time{})), store.Older, 2},
		{"a much newer one", record(2024, 1, modified(later.AddDate(1, 0, 0))), store.Changed, 6},
	})
}

func checkEqualModified(t trial, s store.Store) {
	play(t, s, []step{
		{"a first version", record(2024, 1, body(`{"id":"x","n":1.0,"s":"\u00e9/"}`)), store.Added, 0},
		{"the same value in another spelling", record(2024, 1, body(`{"s":"é\/","n":1,"id":"x"}`)), store.Unchanged, 0},
		{"another value", record(2024, 1, body(`{"id":"x","n":2,"s":"é/"}`)), store.Changed, 2},
		{"the first value", record(2024, 1, body(`{"id":"x","n":1.0,"s":"\u00e9/"}`)), store.Changed, 3},
		{"text that is no JSON", record(2024, 1, body(`{`)), store.Changed, 4},
	})
}

func checkOneBatchInOrder(t trial, s store.Store) {
	later := epoch.Add(time.Hour)
	batch := []vuln.Record{
		record(2024, 1),
		record(2024, 1),
		record(2024, 2),
		record(2024, 1, modified(later)),
		record(2024, 1),
		record(2024, 1, modified(later), status("Analyzed")),
	}
	o := apply(t, s, 1, batch...)
	want := store.Outcome{Added: 2, Changed: 2, Unchanged: 1, Older: 1, Dispositions: []store.Disposition{
		store.Added, store.Unchanged, store.Added, store.Changed, store.Older, store.Changed,
	}}
	if d := cmp.Diff(want, o); d != "" {
		t.Errorf("outcome (-want +got):\n%s", d)
	}
	got, err := s.Get(t.Context(), vuln.KindCVE, batch[0].ID)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	same(t, "current version", got, batch[5])
	versions, err := s.Versions(t.Context(), vuln.KindCVE, batch[0].ID)
	if err != nil || len(versions) != 3 {
		t.Errorf("%d versions, want 3, error %v", len(versions), err)
	}
}

// checkFactsReplaced replaces every record by one with other facts: nothing of
// the old facts may be found any more.
func checkFactsReplaced(t trial, s store.Store) {
	n := t.size(100, 40)
	before, after := Records(n, 11), Records(n, 12)
	for i := range after {
		after[i].Modified = before[i].Modified.Add(time.Hour)
		after[i].Body = Body(&after[i])
	}
	apply(t, s, 1, before...)
	apply(t, s, 2, after...)
	for _, q := range filters() {
		compare(t, s, after, q)
	}
}

func checkHistory(t trial, s store.Store) {
	versions := []vuln.Record{
		record(2024, 1, status("Received")),
		record(2024, 1, modified(epoch.Add(time.Hour)), status("Analyzed"), func(r *vuln.Record) { r.SourceIdentifier = "two@example.com" }),
		record(2024, 1, modified(epoch.Add(time.Hour)), status("Modified")),
		record(2024, 1, modified(epoch.Add(2*time.Hour)), status("Rejected"), text("")),
	}
	for i, r := range versions {
		apply(t, s, 10*i, r)
		apply(t, s, 10*i+1, r)           // seen again in another file
		apply(t, s, 10*i+2, versions[0]) // an older one
		apply(t, s, 10*i+3, record(2024, 2+i))
	}
	got, err := s.Versions(t.Context(), vuln.KindCVE, versions[0].ID)
	if err != nil {
		t.Fatalf("Versions: %v", err)
	}
	if len(got) != len(versions) {
		t.Fatalf("%d versions, want %d", len(got), len(versions))
	}
	for i, v := range got {
		v.Record.Facts.Best = nil // of the current version, a store may fill it
		same(t, fmt.Sprintf("version %d", i), v.Record, versions[i])
		if d := cmp.Diff(origin(10*i), v.Origin); d != "" || !v.Seen.Equal(origin(10*i).Fetched) {
			t.Errorf("version %d was first seen at %v in (-want +got):\n%s", i, v.Seen, d)
		}
	}
}

func checkFailedBatch(t trial, s store.Store) {
	apply(t, s, 1, record(2024, 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := &store.Batch{Origin: origin(2), Records: append(Records(50, 3), record(2024, 1, modified(epoch.Add(time.Hour)))), Last: true}
	if _, err := s.Apply(ctx, b); !errors.Is(err, context.Canceled) {
		t.Errorf("Apply with a cancelled context: %v", err)
	}
	if got := list(t, s, store.Query{Kind: vuln.KindCVE}); len(got) != 1 {
		t.Errorf("a failed batch left %v", got)
	}
	if done, err := s.Ingested(t.Context(), b.Origin.Source, b.Origin.Filename, b.Origin.SHA256); err != nil || done {
		t.Errorf("a failed batch counts as ingested (%v, %v)", done, err)
	}
	o, err := s.Apply(t.Context(), b)
	if err != nil || o.Added != 50 || o.Changed != 1 {
		t.Errorf("the same batch again: %+v, %v", o, err)
	}
}

func checkIngested(t trial, s store.Store) {
	o := origin(1)
	is := func(want bool, when string) {
		t.Helper()
		if got, err := s.Ingested(t.Context(), o.Source, o.Filename, o.SHA256); err != nil || got != want {
			t.Errorf("Ingested %s: %v, %v, want %v", when, got, err, want)
		}
	}
	listed := func(want ...store.Origin) {
		t.Helper()
		got, err := s.Origins(t.Context())
		if err != nil {
			t.Fatalf("Origins: %v", err)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("Origins (-want +got):\n%s", d)
		}
	}
	apply(t, s, 1, record(2024, 1))
	is(false, "before the last batch")
	listed()
	if _, err := s.Apply(t.Context(), &store.Batch{Origin: o, Last: true}); err != nil {
		t.Fatalf("Apply: %v", err)
	}
	is(true, "after the last batch")
	apply(t, s, 1, record(2024, 2))
	is(true, "after one more batch")
	listed(o)
	again := o
	again.SHA256 = "f" + o.SHA256[1:]
	if _, err := s.Apply(t.Context(), &store.Batch{Origin: again, Last: true}); err != nil {
		t.Fatalf("Apply: %v", err)
	}
	listed(o, again)
	for _, other := range []store.Origin{{Source: "x", Filename: o.Filename, SHA256: o.SHA256}, {Source: o.Source, Filename: "x", SHA256: o.SHA256}, {Source: o.Source, Filename: o.Filename, SHA256: "x"}} {
		if got, err := s.Ingested(t.Context(), other.Source, other.Filename, other.SHA256); err != nil || got {
			t.Errorf("Ingested of %+v: %v, %v", other, got, err)
		}
	}
}

func checkSources(t trial, s store.Store) {
	a := store.SourceState{Source: "b-source", Completed: epoch, Synced: epoch.Add(time.Second), Watermark: epoch.Add(-time.Hour), Release: "4.19.1"}
	b := store.SourceState{Source: "a-source", Failed: epoch, Reason: "it's \"broken\"\n%"}
	for _, st := range []store.SourceState{a, b, {Source: "b-source"}, a} {
		if err := s.SetSource(t.Context(), st); err != nil {
			t.Fatalf("SetSource: %v", err)
		}
	}
	got, err := s.Sources(t.Context())
	if err != nil {
		t.Fatalf("Sources: %v", err)
	}
	if d := cmp.Diff([]store.SourceState{b, a}, got); d != "" {
		t.Errorf("Sources (-want +got):\n%s", d)
	}
}
