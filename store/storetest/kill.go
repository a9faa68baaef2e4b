package storetest

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"vulnmirror/store"
)

// Victim says how Kill gets a database and opens it.
type Victim struct {
	// Place makes an empty database and returns what Open needs to find it from
	// another process, such as a path or URL.
	Place func(t *testing.T) string
	// Open opens the store there, as a program does when it starts: what a killed
	// writer left behind is put in order. Kill closes it.
	Open func(t *testing.T, place string) store.Store
	// Check, which may be nil, looks after each kill at what only this store has.
	Check func(t *testing.T, s store.Store)
	// TakesInPart tells that a killed Take may leave a part of the new content in
	// service until the next one (store.Renewal).
	TakesInPart bool
}

// The environment of a process that is to be killed.
const (
	victimPlace = "VULNMIRROR_STORETEST_PLACE"
	victimTest  = "VULNMIRROR_STORETEST_TEST"
)

// IsVictim tells whether this process is one that Kill started to write until it
// is killed. Its TestMain starts no server: the one it writes to runs already.
func IsVictim() bool { return os.Getenv(victimPlace) != "" }

// seeds of the content that is written first and by a renewal.
const (
	firstPlan = 31
	nextPlan  = 32
)

// Kill starts the test's program again as a process that writes, kills it at
// random moments, and checks after each kill that every batch is there whole or
// not at all, that nothing is lost whose end was reported, and that what hangs
// together agrees. Whoever writes next completes the work.
func Kill(t *testing.T, v Victim, options ...Option) {
	for _, mode := range []struct {
		name string
		able func(s store.Store) bool
		run  func(t trial, s store.Store, say reporter)
		// check is what must be so when the process was killed after it had reported
		// the end of done tasks. The last process ends by itself.
		check func(t trial, s store.Store, done int, last bool)
	}{
		{"Apply", func(store.Store) bool { return true }, writeOn, checkProgress},
		{"Bulk", able[store.BulkLoader], writeInBulk, checkProgress},
		{"Take", able[store.Renewer], writeAnew, func(t trial, s store.Store, _ int, last bool) { checkTaken(t, s, last, v.TakesInPart) }},
	} {
		t.Run(mode.name, func(t *testing.T) {
			try := newTrial(t, options)
			if IsVictim() {
				if os.Getenv(victimTest) == t.Name() {
					s := v.Open(t, os.Getenv(victimPlace))
					defer closeStore(t, s)
					mode.run(try, s, reporter{os.Stdout})
				}
				return
			}
			place := v.Place(t)
			s := v.Open(t, place)
			can := mode.able(s)
			closeStore(t, s)
			if !can {
				return
			}
			rnd := rand.New(rand.NewPCG(rand.Uint64(), 0))
			done := 0
			for round, rounds := 0, try.size(4, 2); round <= rounds; round++ {
				last := round == rounds
				moment := never
				if !last {
					moment = whenever(rnd, 2*len(plan(try, firstPlan))/rounds)
				}
				done = max(done, runVictim(t, place, moment))
				s := v.Open(t, place)
				mode.check(try, s, done, last)
				if v.Check != nil {
					v.Check(t, s)
				}
				closeStore(t, s)
				if t.Failed() {
					t.Fatalf("in round %d, %d tasks were reported to be done", round, done)
				}
			}
		})
	}
}

func able[Able any](s store.Store) bool {
	_, ok := s.(Able)
	return ok
}

// moment is when to kill: after so many reports of tasks done, and then so many
// other signs of life.
type moment struct{ tasks, signs int }

var never = moment{tasks: 1 << 30}

// whenever is early enough for many to come one after another.
func whenever(rnd *rand.Rand, tasks int) moment {
	return moment{rnd.IntN(tasks + 1), rnd.IntN(40)}
}

// A process tells what it does in lines that begin so.
const (
	signOfLife = "storetest: ."
	taskDone   = "storetest: done "
	allDone    = "storetest: all done"
)

// runVictim starts the process and kills it at that moment, unless it ends
// before. It returns how many tasks the process reported to be done.
func runVictim(t *testing.T, place string, at moment) (done int) {
	t.Helper()
	var names []string
	for part := range strings.SplitSeq(t.Name(), "/") {
		names = append(names, "^"+regexp.QuoteMeta(part)+"$")
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run="+strings.Join(names, "/"), "-test.timeout=5m")
	child.Env = append(os.Environ(), victimPlace+"="+place, victimTest+"="+t.Name())
	var said, failed bytes.Buffer
	child.Stderr = &failed
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	tasks, signs, killed, ended := 0, 0, false, false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		if _, err := fmt.Sscanf(line, taskDone+"%d", &done); err == nil {
			tasks++
		} else if line == allDone {
			ended = true
		} else if line == signOfLife {
			if tasks >= at.tasks {
				signs++
			}
		} else {
			said.WriteString(line + "\n")
		}
		// Lines that it still wrote are read: what they report is done.
		if !killed && tasks >= at.tasks && signs >= at.signs {
			killed = true
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); !killed && (err != nil || !ended) {
		t.Fatalf("the writing process failed: %v\n%s%s", err, said.Bytes(), failed.Bytes())
	}
	return done
}
