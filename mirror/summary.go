package mirror

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/ingest"
	"vulnmirror/source"
	"vulnmirror/store"
)

// The ways a source's run can end.
const (
	OK         = "ok"         // something new was taken over
	Unchanged  = "unchanged"  // upstream had nothing new
	Incomplete = "incomplete" // part of what was wanted was taken over
	Refused    = "refused"    // upstream's data did not prove itself
	Locked     = "locked"     // another process is at this source
	Failed     = "failed"
)

// Summary tells how a whole run ended.
type Summary struct {
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Seconds float64   `json:"seconds"`
	Status  string    `json:"status"` // the worst of the sources'
	Sources []Result  `json:"sources"`
}

// Result tells how one source's run ended.
type Result struct {
	Source  string    `json:"source"`
	Status  string    `json:"status"`
	Error   string    `json:"error,omitempty"`
	Missing []string  `json:"missing,omitempty"` // each thing that could not be had
	Advice  string    `json:"advice,omitempty"`  // what to do about it
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Seconds float64   `json:"seconds"`

	Records int `json:"records"` // held after the run
	ingest.Report

	Bytes         int64   `json:"bytes"` // of bodies, from the network
	Requests      int64   `json:"requests"`
	Retries       int64   `json:"retries"`
	WaitedSeconds float64 `json:"waited_seconds"` // for the rate limit, all requests together

	Watermark time.Time `json:"watermark,omitzero"`
	Complete  bool      `json:"complete"`
	Release   string    `json:"release,omitempty"` // as upstream calls what is held
	// Notes is what operators should know though the run succeeded.
	Notes []string `json:"notes,omitempty"`
	// Doubts names the sources this one depends on that are broken, with why.
	Doubts []string `json:"depends_on_broken,omitempty"`

	anew    bool // the store is yet to be made anew from what was fetched
	fetched bool // upstream had something new
	stored  bool // everything archived is in the store
	err     error

	fetchErr error // as far as err is about upstream and the archive
}

func (r *Result) count(t fetch.Tally) {
	r.Bytes, r.Requests, r.Retries = t.Bytes, t.Requests, t.Retries
	r.WaitedSeconds = t.Waited.Seconds()
}

// conclude sets the status from the run's error.
func (r *Result) conclude(err error) {
	r.err = err
	var incomplete *source.Incomplete
	switch {
	case err == nil && r.fetched:
		r.Status = OK
	case err == nil:
		r.Status = Unchanged
	case errors.Is(err, archive.ErrLocked), errors.Is(err, store.ErrLeased):
		r.Status = Locked
	case errors.As(err, &incomplete):
		r.Status = Refused
		r.Missing = nil
		for _, m := range incomplete.Missing {
			r.Missing = append(r.Missing, oneLine(m))
			if !errors.Is(m, source.ErrRefused) {
				r.Status = Incomplete
			}
		}
	case errors.Is(err, source.ErrRefused):
		r.Status = Refused
	default:
		r.Status = Failed
	}
	if err != nil {
		r.Error = oneLine(err)
		r.Advice = r.advice()
	}
}

// advice is what to do about the error: as it says itself, which databases' do, or
// about upstream's part in it.
func (r *Result) advice() string {
	if own, ok := errors.AsType[interface {
		error
		Next() string
	}](r.err); ok {
		return own.Next()
	}
	return fetch.Explain(r.fetchErr)
}

func oneLine(err error) string {
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

// Err is why the run failed, nil when it did not.
func (r Result) Err() error { return r.err }

// severity orders statuses for the summary's own.
var severity = map[string]int{Unchanged: 0, OK: 1, Locked: 2, Refused: 3, Incomplete: 4, Failed: 5}

func (s *Summary) finish(now time.Time) {
	s.Ended = now
	s.Seconds = now.Sub(s.Started).Seconds()
	s.Status = Unchanged
	for _, r := range s.Sources {
		if severity[r.Status] > severity[s.Status] {
			s.Status = r.Status
		}
	}
}

// write puts the summary where operators and other programs look for it.
func (s *Summary) write(dir string) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	logs := filepath.Join(dir, "logs")
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return err
	}
	if err := archive.WriteFile(filepath.Join(logs, "summary.json"), append(data, '\n')); err != nil {
		return fmt.Errorf("the run's summary: %w", err)
	}
	return nil
}
