package certcc_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/archive"
	"vulnmirror/source"
)

func TestFirstLoadThenWhatWasEdited(t *testing.T) {
	l := newLab(t, some())
	l.must(l.fetch(t.Context()))
	l.same()
	if n := len(l.asked()); n != first {
		t.Errorf("%d requests", n)
	}
	if !l.cursor.Complete || !l.cursor.Watermark.Equal(l.notes[9].updated) || len(l.cursor.State) > 500 {
		t.Errorf("%+v %s", l.cursor, l.cursor.State)
	}
	l.later(1)
	l.must(l.fetch(t.Context())) // looks at the list of updates for the first time
	l.unchanged(3)

	l.later(3)
	l.notes[1].updated, l.notes[1].name = l.date.Add(-time.Hour), "Oven, again"
	l.notes = append(l.notes, note{20001, "2001-08-22", l.date.Add(-36 * time.Hour), "New", true, "No."})
	l.asked()
	l.must(l.fetch(t.Context()))
	l.same()
	want := []string{
		"api/10002/", "api/10002/vendors/", "api/2000/summary/", "api/2001/summary/",
		"api/20001/", "api/20001/vendors/", "api/20001/vendors/vuls/", "api/20001/vuls/", "byupdate/desc/?page=1",
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(l.asked()))); diff != "" {
		t.Error(diff)
	}
	l.later(1)
	// Edited again on the day of the edit that the list told of.
	l.notes[1].updated, l.notes[1].name = l.notes[1].updated.Add(2*time.Hour), "Oven, once more"
	l.must(l.fetch(t.Context()))
	l.same()
	l.later(4)
	l.must(l.fetch(t.Context()))
	l.unchanged(3)
}

func TestSweepOnceAMonth(t *testing.T) {
	l := newLab(t, some())
	l.must(l.fetch(t.Context()))
	l.later(31)
	// An edit that nothing tells of, and a vendor that answered late.
	l.notes[2].name = "Silent"
	l.notes[9].statement = "At last."
	l.asked()
	l.must(l.fetch(t.Context()))
	l.same()
	if n := len(l.asked()); n < 20 {
		t.Errorf("%d requests", n)
	}
	l.later(1)
	l.must(l.fetch(t.Context()))
	l.unchanged(3)
}

func TestCheck(t *testing.T) {
	l := newLab(t, some())
	l.must(l.fetch(t.Context()))
	l.later(1)
	l.must(l.fetch(t.Context()))
	changed := func() bool {
		t.Helper()
		l.asked()
		got, err := l.source().Changed(t.Context(), l.client(), l.cursor)
		l.must(err)
		if n := len(l.asked()); n > 3 {
			t.Errorf("%d requests", n)
		}
		return got
	}
	if changed() {
		t.Error("nothing changed")
	}
	before := slices.Clone(l.notes)
	l.notes[1].updated = l.date
	if !changed() {
		t.Error("an edit is not noticed")
	}
	l.notes = append(slices.Clone(before), note{20001, "2001-08-21", before[0].updated, "New", true, ""})
	if !changed() {
		t.Error("a new note is not noticed")
	}
	l.notes = before
	l.later(31)
	if !changed() {
		t.Error("a sweep is due")
	}
	l.date = today
	l.odd["api/2001/summary/"] = ok(none)
	if _, err := l.source().Changed(t.Context(), l.client(), l.cursor); err == nil {
		t.Error("an error says nothing")
	}
	if p, err := l.source().Preview(l.cursor); err != nil || p.Requests != 3 || p.URLs[0] != "https://kb.cert.org/vuls/api/2001/summary/" {
		t.Errorf("%+v %v", p, err)
	}
	if p, err := l.source().Preview(source.Cursor{}); err != nil || p.Requests < 1000 {
		t.Errorf("%+v %v", p, err)
	}
}

func TestKilledAnywhereThenCompleted(t *testing.T) {
	for _, n := range []int{1, 3, 8, 12, 20, first} {
		l := newLab(t, some())
		ctx, cancel := context.WithCancel(t.Context())
		l.stop = func(hits int) {
			if hits >= n {
				cancel()
			}
		}
		if err := l.fetch(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("killed at request %d: %v", n, err)
		}
		l.stop = nil
		before := l.asked()
		l.must(l.fetch(t.Context()))
		l.same()
		// What was under way when it died is asked for again, no more.
		if again := len(before) + len(l.asked()) - first; again > 3 {
			t.Errorf("killed at request %d: %d asked for twice", n, again)
		}
	}
}

func TestKilledWhileFollowing(t *testing.T) {
	loaded := newLab(t, some())
	loaded.must(loaded.fetch(t.Context()))
	for n := 1; n <= 9; n += 2 {
		l := loaded.copied(t)
		l.later(3)
		l.notes[1].updated, l.notes[1].name = l.date.Add(-time.Hour), "Oven, again"
		l.notes = append(l.notes, note{20001, "2001-08-22", l.date.Add(-36 * time.Hour), "New", true, "No."})
		l.asked()
		ctx, cancel := context.WithCancel(t.Context())
		l.stop = func(hits int) {
			if hits >= n {
				cancel()
			}
		}
		if err := l.fetch(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("killed at request %d: %v", n, err)
		}
		l.stop = nil
		l.must(l.fetch(t.Context()))
		l.same()
	}
}

func TestAnswersThatAreNotBelieved(t *testing.T) {
	loaded := newLab(t, some())
	loaded.must(loaded.fetch(t.Context()))
	for name, tc := range map[string]struct {
		path string
		bad  answer
		name string // in the complaint
	}{
		"note, none":         {"api/10002/", ok(none), "VU#10002"},
		"note, a page":       {"api/10002/", page(200), "VU#10002"},
		"note, not found":    {"api/10002/", page(404), "VU#10002"},
		"note, another":      {"api/10002/", ok(some().notes[2].answer("")), "VU#10002"},
		"note, cut short":    {"api/10002/", ok(`{"vuid":"VU#10002"`), "VU#10002"},
		"vendors, none":      {"api/10002/vendors/", ok(none), "VU#10002"},
		"vendors, a page":    {"api/10002/vendors/", page(200), "VU#10002"},
		"vendors, an object": {"api/10002/vendors/", ok("{}"), "VU#10002"},
		"out of service":     {"api/10002/vendors/", page(503), "VU#10002"},
		"summary, none":      {"api/2001/summary/", ok(none), "2001"},
		"summary, miscount":  {"api/2001/summary/", ok(`{"count":3,"notes":["VU#10001"]}`), "2001"},
		"summary, shrunk":    {"api/2001/summary/", ok(`{"count":1,"notes":["VU#10005"]}`), "2001"},
	} {
		t.Run(name, func(t *testing.T) {
			l := loaded.copied(t)
			before := l.held()
			l.later(3)
			l.notes[1].updated, l.notes[1].name, l.notes[1].statement = l.date.Add(-time.Hour), "Oven, again", "Hm."
			l.odd[tc.path] = tc.bad
			l.incomplete(tc.name)
			for id, was := range l.held() {
				if id != "VU#10002" && was != before[id] {
					t.Errorf("%s: %s", id, was)
				}
			}
			if len(l.held()) != len(before) {
				t.Error("a note is lost")
			}
			if refused := tc.bad.status == 200; refused != (l.quarantined() > 0) {
				t.Errorf("%d in quarantine", l.quarantined())
			}
			if changed, _ := l.source().Changed(t.Context(), l.client(), l.cursor); !changed {
				t.Error("what is missing is not asked for again")
			}
			clear(l.odd)
			l.must(l.fetch(t.Context()))
			l.same()
		})
	}
}

func TestFirstLoadWithFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		path string
		bad  answer
		had  bool // all the same
	}{
		"a month is a page":         {"api/2001/3/", page(200), true},
		"a month is an error":       {"api/2001/3/", ok(none), true},
		"a month lacks a note":      {"api/2001/3/", ok("[" + some().notes[4].answer("") + "]"), true},
		"a month is empty":          {"api/2001/3/", ok("[]"), true},
		"a month has nonsense":      {"api/2001/3/", ok("[" + some().notes[4].answer("") + `,{"idnumber":"10006"},5]`), true},
		"a month is not there":      {"api/2001/3/", page(500), true},
		"the numbers are an error":  {"api/2000/summary/", ok(none), false},
		"the numbers are not there": {"api/2000/summary/", page(404), false},
		"vendors are not there":     {"api/10001/vendors/", page(404), false},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, some())
			l.odd[tc.path] = tc.bad
			if err := l.fetch(t.Context()); tc.had && err != nil || !tc.had && !errors.As(err, new(*source.Incomplete)) {
				t.Error(err)
			}
			if len(l.held()) != len(l.notes) {
				t.Errorf("%d held", len(l.held()))
			}
			clear(l.odd)
			l.later(1)
			l.must(l.fetch(t.Context()))
			l.same()
			if !l.cursor.Complete {
				t.Error("not complete")
			}
		})
	}
}

func TestListedAndNotShown(t *testing.T) {
	l := newLab(t, some())
	l.must(l.fetch(t.Context()))
	l.later(3)
	l.notes = append(l.notes, note{20001, "2001-08-22", l.date.Add(-36 * time.Hour), "New", true, "No."})
	l.odd["api/20001/"] = ok(none)
	l.incomplete("VU#20001")
	l.incomplete("VU#20001")
	// Withdrawn before it was ever shown, it is forgotten.
	l.notes = l.notes[:10]
	if err := l.fetch(t.Context()); err != nil && !errors.Is(err, source.ErrUnchanged) {
		t.Error(err)
	}
	l.same()
}

func TestManyNotesTakeSeveralRuns(t *testing.T) {
	l := newLab(t, some())
	l.perRun = 4
	for run, left := range []string{`"due":6`, `"due":2`, ""} {
		l.must(l.fetch(t.Context()))
		if !strings.Contains(string(l.cursor.State), left) || l.cursor.Complete != (left == "") || len(l.held()) != 10 {
			t.Errorf("run %d: complete %v, %s, %d held", run, l.cursor.Complete, l.cursor.State, len(l.held()))
		}
	}
	l.same()
	l.unchanged(3)

	l.anew = true
	l.must(l.fetch(t.Context()))
	l.same()
	if !l.cursor.Complete {
		t.Error("what takes the place of a whole load is not whole")
	}
}

func TestOutOfReachChangesNothing(t *testing.T) {
	l := newLab(t, some())
	l.odd["byupdate/desc/?page=1"] = page(503)
	for _, year := range []string{"2000", "2001"} {
		l.odd["api/"+year+"/summary/"] = page(503)
	}
	for i := range 12 {
		for _, year := range []string{"2000", "2001"} {
			l.odd["api/"+year+"/"+[]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}[i]+"/"] = page(503)
		}
	}
	if err := l.fetch(t.Context()); err == nil || errors.As(err, new(*source.Incomplete)) {
		t.Error(err)
	}
	clear(l.odd)
	l.must(l.fetch(t.Context()))
	l.same()
}

func TestAnotherLayoutOfTheListMeansASweep(t *testing.T) {
	for name, bad := range map[string]answer{
		"another page": page(200),
		"out of order": {200, "text/html", strings.Replace(some().updates("1").body, "2001-07-21", "1999-07-21", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, some())
			l.must(l.fetch(t.Context()))
			l.later(3)
			l.notes[2].name = "Silent"
			l.odd["byupdate/desc/?page=1"] = bad
			l.must(l.fetch(t.Context()))
			l.same()
			if len(l.cursor.Notes) != 1 || !strings.Contains(l.cursor.Notes[0], "list of updates") {
				t.Error(l.cursor.Notes)
			}
		})
	}
}

func TestNotesThatVanish(t *testing.T) {
	l := newLab(t, some())
	l.must(l.fetch(t.Context()))
	l.later(3)
	notes := l.notes
	l.notes = slices.Delete(slices.Clone(notes), 6, 7) // the only one of its month

	// Not listed, but there: it stays.
	l.odd["api/10007/"] = ok(notes[6].answer(""))
	l.must(l.fetch(t.Context()))
	if len(l.held()) != 10 || l.gone() != "" {
		t.Errorf("%v, gone %s", l.held(), l.gone())
	}
	// Neither listed nor there.
	clear(l.odd)
	l.must(l.fetch(t.Context()))
	l.same()
	if l.gone() != "VU#10007" {
		t.Error(l.gone())
	}
	// And there again.
	l.notes = notes
	l.must(l.fetch(t.Context()))
	l.same()
	if l.gone() != "" {
		t.Error(l.gone())
	}
}

// gone lists what the lists held say that upstream has no longer.
func (l *lab) gone() string {
	l.t.Helper()
	m, err := l.tree.Manifest()
	l.must(err)
	var out []string
	for _, f := range m.Files {
		if f.Status != archive.Current {
			continue
		}
		index, err := l.source().Index(l.tree.FS(), f)
		l.must(err)
		for _, n := range some().notes {
			id := fmt.Sprintf("VU#%d", n.id)
			if index != nil && index.Covers(id) && !slices.Contains(index.IDs, id) && len(index.IDs) > 0 {
				out = append(out, id)
			}
		}
	}
	return strings.Join(out, " ")
}

func TestOperatorsAddresses(t *testing.T) {
	l := newLab(t, some())
	l.moved = map[string]string{"vendors": "https://mirror.example.org/vuls/{id}-vendors"}
	for _, n := range l.notes {
		l.odd[fmt.Sprintf("%d-vendors", n.id)] = ok(n.answer("vendors"))
	}
	l.must(l.fetch(t.Context()))
	l.same()
}
