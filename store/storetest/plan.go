package storetest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// task is one thing a writer does: apply a batch or withdraw records.
type task struct {
	file  store.Origin // the file it belongs to
	batch *store.Batch
	gone  *store.Withdrawal
}

// plan is what a writer is to do, in order: files of several batches that bring
// new records, newer versions and older ones, and now and then records that
// upstream has no longer. A file may be applied again from its first batch, as
// whoever continues does, without changing anything.
func plan(t trial, seed uint64) []task {
	rnd := rand.New(rand.NewPCG(seed, 3))
	pool := versionsOf(t.size(120, 24), 4, seed)
	var tasks []task
	for file := range t.size(10, 4) {
		o := store.Origin{Source: "nvd-cve", Filename: fmt.Sprintf("run/plan%02d.json.gz", file), SHA256: fmt.Sprintf("%064x", seed), Fetched: epoch.Add(time.Duration(file) * time.Hour)}
		in := map[name]bool{}
		const batches = 3
		for n := range batches {
			b := &store.Batch{Origin: o, Last: n == batches-1}
			for range 1 + rnd.IntN(t.size(40, 8)) {
				versions := pool[rnd.IntN(len(pool))]
				r := versions[rnd.IntN(len(versions))]
				in[nameOf(&r)] = true
				b.Records = append(b.Records, r)
			}
			tasks = append(tasks, task{file: o, batch: b})
		}
		if file%3 == 2 {
			last := len(tasks) - 1
			w := &store.Withdrawal{Kind: vuln.KindCVE, Source: "nvd-cve", At: o.Fetched, UpTo: epoch.Add(150 * time.Minute)}
			if file%2 == 1 {
				w.Kind, w.Source = vuln.KindCPE, "test-cpe"
			}
			w.Keep = func(id string) bool { return in[name{w.Kind, id}] || odd(id) }
			tasks = append(tasks[:last], task{file: o, gone: w}, tasks[last])
		}
	}
	return tasks
}

// versionsOf makes n records, some of them entries, in several versions each, an
// hour apart and with other facts.
func versionsOf(n, versions int, seed uint64) [][]vuln.Record {
	entries := Entries(n/3, seed)
	out := make([][]vuln.Record, 0, n)
	for v := range versions {
		all := append(Records(n-n/3, seed+uint64(v)), entries...)
		for i, r := range all {
			r.Modified = epoch.Add(time.Duration(v)*time.Hour + time.Duration(i)*time.Millisecond)
			if r.Kind == vuln.KindCVE {
				r.Body = Body(&r)
			} else {
				r.Status = fmt.Sprint(r.Status, v)
				r.Body = entryBody(&r)
			}
			if v == 0 {
				out = append(out, nil)
			}
			out[i] = append(out[i], r)
		}
	}
	return out
}

// follow enters the first n tasks in a ledger.
func follow(tasks []task, n int) *ledger {
	l := newLedger()
	for _, s := range tasks[:n] {
		if s.gone != nil {
			l.withdraw(*s.gone)
		} else {
			l.apply(s.batch)
		}
	}
	return l
}

func followAll(tasks []task) *ledger { return follow(tasks, len(tasks)) }

// odd is true of about half of all identifiers.
func odd(id string) bool {
	sum := byte(0)
	for _, c := range []byte(id) {
		sum += c
	}
	return sum%2 == 1
}
