package storetest

import (
	"context"
	"fmt"
	"io"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// reporter prints what the process does.
type reporter struct{ to io.Writer }

// silent is for work in the test's own process.
var silent = reporter{io.Discard}

func (r reporter) life()         { fmt.Fprintln(r.to, signOfLife) }
func (r reporter) done(task int) { fmt.Fprintf(r.to, taskDone+"%d\n", task) }
func (r reporter) end()          { fmt.Fprintln(r.to, allDone) }

// watched is a context that shows signs of life whenever it is looked at, as
// stores do in the middle of their work.
type watched struct {
	context.Context
	say reporter
}

func (w watched) Err() error {
	w.say.life()
	return w.Context.Err()
}

// carryOut does the tasks from the first file on that is not recorded.
func carryOut(t T, s store.Store, tasks []task, say reporter) {
	t.Helper()
	ctx := watched{t.Context(), say}
	recorded := map[store.Origin]bool{}
	for i, task := range tasks {
		if _, asked := recorded[task.file]; !asked {
			is, err := s.Ingested(t.Context(), task.file.Source, task.file.Filename, task.file.SHA256)
			if err != nil {
				t.Fatalf("Ingested: %v", err)
			}
			recorded[task.file] = is
		}
		if recorded[task.file] {
			continue
		}
		say.life()
		if err := task.carryOut(ctx, s, say); err != nil {
			t.Fatalf("task %d: %v", i, err)
		}
		say.done(i + 1)
	}
}

func (k *task) carryOut(ctx context.Context, s store.Writer, say reporter) error {
	if k.gone == nil {
		b := *k.batch
		_, err := s.Apply(ctx, &b)
		return err
	}
	w := *k.gone
	w.Keep = func(id string) bool {
		say.life()
		return k.gone.Keep(id)
	}
	_, err := s.Withdraw(ctx, w)
	return err
}

func writeOn(t trial, s store.Store, say reporter) {
	carryOut(t, s, plan(t, firstPlan), say)
	say.end()
}

func writeInBulk(t trial, s store.Store, say reporter) {
	loader := s.(store.BulkLoader)
	kinds := []vuln.Kind{vuln.KindCVE, vuln.KindCPE, vuln.KindMatchCriteria, vuln.KindEPSS}
	for _, kind := range kinds {
		if err := loader.BeginBulk(t.Context(), kind); err != nil {
			t.Fatalf("BeginBulk: %v", err)
		}
	}
	carryOut(t, s, plan(t, firstPlan), say)
	for _, kind := range kinds {
		say.life()
		if err := loader.EndBulk(watched{t.Context(), say}, kind); err != nil {
			t.Fatalf("EndBulk: %v", err)
		}
	}
	say.end()
}

// checkProgress: a store holds what the tasks done brought, or one more.
func checkProgress(t trial, s store.Store, done int, last bool) {
	tasks := plan(t, firstPlan)
	if last {
		done = len(tasks)
	}
	got := contentOf(t, s)
	next := min(done+1, len(tasks))
	if follow(tasks, next).content().diff(got) == "" {
		done = next
	}
	l := follow(tasks, done)
	if d := l.content().diff(got); d != "" {
		t.Errorf("neither what %d tasks bring nor %d (-want %d +got):\n%s", done, next, done, d)
	}
	asked(t, s, l.current())
}

// writeAnew fills an empty store, unseen, and puts other content in its place.
func writeAnew(t trial, s store.Store, say reporter) {
	held, err := s.Origins(t.Context())
	if err != nil {
		t.Fatalf("Origins: %v", err)
	}
	if len(held) == 0 {
		carryOut(t, s, plan(t, firstPlan), silent)
	}
	say.life()
	next, err := s.(store.Renewer).Renew(t.Context())
	if err != nil {
		t.Fatalf("Renew: %v", err)
	}
	carryOut(t, next, plan(t, nextPlan), say)
	if err := next.Take(watched{t.Context(), say}); err != nil {
		t.Fatalf("Take: %v", err)
	}
	say.end()
}

// checkTaken: a store holds what it held or what took its place.
func checkTaken(t trial, s store.Store, last, inPart bool) {
	before, after := followAll(plan(t, firstPlan)), followAll(plan(t, nextPlan))
	got := contentOf(t, s)
	d := after.content().diff(got)
	switch {
	case d == "":
		asked(t, s, after.current())
	case last:
		t.Errorf("what took its place is not whole (-want +got):\n%s", d)
	case before.content().diff(got) == "":
		asked(t, s, before.current())
	case !inPart:
		t.Errorf("a killed Take left neither what was held nor what was to take its place (-new +got):\n%s", d)
	}
}
