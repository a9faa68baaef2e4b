package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

// runLayout is how runs and quarantined files are named after a time in UTC.
const runLayout = "20060102T150405Z"

// Begin starts a run at now, or continues the unfinished one; Resumed tells
// which. It finishes what a killed process was in the middle of. The caller
// holds the source's Lock.
func (t *Tree) Begin(now time.Time) (*Run, error) {
	r, err := t.begin(now)
	if err != nil {
		return nil, fmt.Errorf("begin a run of %s: %w", t.name, err)
	}
	return r, nil
}

func (t *Tree) begin(now time.Time) (*Run, error) {
	m, err := t.Manifest()
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{t.dir, t.historyPath(), t.incomingPath(), t.quarantinePath()} {
		if err := removeTemps(dir); err != nil {
			return nil, err
		}
	}
	if m, err = t.finishPrune(m); err != nil {
		return nil, err
	}
	j, err := t.unfinished()
	if err != nil {
		return nil, err
	}
	if j != nil && j.run == m.Run { // committed, then killed
		if err := errors.Join(t.publish(m), t.clearIncoming()); err != nil {
			return nil, err
		}
		j = nil
	}
	if j != nil && j.discard {
		if err := t.discard(j); err != nil {
			return nil, err
		}
		j = nil
	}
	r := &Run{tree: t, journal: j, resumed: j != nil, clock: time.Now, held: map[string]File{}}
	for _, f := range m.Files {
		if f.Status == Current {
			r.held[f.Path] = f
		}
	}
	if j != nil {
		if r.anew() {
			r.held = nil
		}
		return r, r.recover()
	}
	r.journal, err = t.startJournal(t.freeRun(m, now), now)
	return r, err
}

// freeRun returns a name for a run that starts now.
func (t *Tree) freeRun(m Manifest, now time.Time) string {
	base := now.UTC().Format(runLayout)
	taken := map[string]bool{m.Run: true}
	for _, f := range m.Files {
		taken[f.Run] = true
	}
	name := base
	for n := 2; taken[name] || exists(t.rawPath(name)); n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	return name
}

func (t *Tree) startJournal(run string, now time.Time) (*journal, error) {
	if err := os.RemoveAll(t.incomingPath()); err != nil {
		return nil, err
	}
	if err := makeDir(t.incomingPath()); err != nil {
		return nil, err
	}
	line, err := json.Marshal(entry{Version: journalVersion, Run: run, Started: now.UTC()})
	if err != nil {
		return nil, err
	}
	line = append(line, '\n')
	if err := WriteFile(t.journalPath(), line); err != nil {
		return nil, err
	}
	return parseJournal(line)
}
