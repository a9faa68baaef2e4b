package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"vulnmirror/mirror"
	"vulnmirror/source"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// The states a source can be in.
const (
	stateNever   = "never"   // no complete load yet
	stateFresh   = "fresh"   // the last good run is younger than source.max_age
	stateStale   = "stale"   // it is older
	stateBroken  = "broken"  // the last run failed
	stateRunning = "running" // a run is under way
)

// sourceStatus is what status says of one source.
type sourceStatus struct {
	Source    string    `json:"source"`
	State     string    `json:"state"`
	Records   int       `json:"records"`
	Withdrawn int       `json:"withdrawn"` // held, and upstream has them no longer
	Newest    string    `json:"newest_last_modified,omitempty"`
	Watermark string    `json:"watermark,omitempty"`
	Complete  bool      `json:"complete"`
	Synced    time.Time `json:"last_success,omitzero"`
	Failed    time.Time `json:"last_failure,omitzero"`
	Reason    string    `json:"reason,omitempty"`
	Age       float64   `json:"age_seconds,omitempty"` // since the last good run
	Disk      int64     `json:"archive_bytes"`
	Due       time.Time `json:"next_due,omitzero"`
	Running   string    `json:"running,omitempty"` // who
	Release   string    `json:"release,omitempty"` // as upstream calls what is held
	Doubts    []string  `json:"depends_on_broken,omitempty"`
}

// statusReport is what status says.
type statusReport struct {
	Data          string         `json:"data"`
	Database      string         `json:"database"`
	DatabaseBytes int64          `json:"database_bytes"`
	Sources       []sourceStatus `json:"sources"`
}

func newStatusCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "status [SOURCE...]",
		Short: "Tell for each source what is held, how fresh it is and when it is due",
		Long: `Status tells for each source whether it was never loaded, is fresh, stale or
broken, or is being worked on; how many records are held and how new they are;
how the last run ended; the size on disk; and when it is due again. Without a
name it tells of the sources that are enabled and of those that hold anything. It
asks nobody over the network.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			names, err := a.sourceNames(args)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				// Sources that are not enabled may have been fetched by name.
				held, err := a.archive().Sources()
				if err != nil {
					return err
				}
				names = append(names, held...)
			}
			report, err := a.status(cmd.Context(), names)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(report)
			}
			return a.printStatus(report)
		},
	}
}

func (a *app) status(ctx context.Context, names []string) (statusReport, error) {
	at, err := a.database()
	if err != nil {
		return statusReport{}, err
	}
	report := statusReport{Data: a.config.Data, Database: at.String()}
	var states []store.SourceState
	var st store.Reader
	opened, err := a.openReader(ctx)
	switch {
	case errors.Is(err, store.ErrNoMirror):
	case err != nil:
		return report, err
	default:
		defer opened.Close()
		st = opened
		if states, err = opened.Sources(ctx); err != nil {
			return report, err
		}
		if report.DatabaseBytes, err = opened.SizeOnDisk(ctx); err != nil {
			return report, err
		}
	}
	for _, src := range a.sources() {
		if !slices.Contains(names, src.Info().Name) {
			continue
		}
		s, err := a.sourceStatus(ctx, src.Info(), st, states)
		if err != nil {
			return report, err
		}
		report.Sources = append(report.Sources, s)
	}
	return report, nil
}

func (a *app) sourceStatus(ctx context.Context, info source.Info, st store.Reader, states []store.SourceState) (sourceStatus, error) {
	tree := a.archive().Source(info.Name)
	out := sourceStatus{Source: info.Name, State: stateNever}
	if i := slices.IndexFunc(states, func(s store.SourceState) bool { return s.Source == info.Name }); i >= 0 {
		s := states[i]
		out.Complete, out.Synced, out.Failed, out.Reason = !s.Completed.IsZero(), s.Synced, s.Failed, s.Reason
		out.Watermark = vuln.FormatTime(s.Watermark)
		if !s.Synced.IsZero() {
			out.Age = a.now().Sub(s.Synced).Seconds()
			out.Due = s.Synced.Add(info.Interval)
		}
		out.State, out.Release = a.judge(s), s.Release
	}
	out.Doubts = mirror.Doubts(info, states)
	if holder, running := tree.Holder(); running {
		out.State, out.Running = stateRunning, holder.String()
	}
	if st != nil {
		if err := out.count(ctx, st, append([]vuln.Kind{info.Kind}, info.With...)); err != nil {
			return out, err
		}
	}
	var err error
	out.Disk, err = folderSize(tree.Dir())
	return out, err
}

// count adds up the records of the kinds of a source.
func (s *sourceStatus) count(ctx context.Context, st store.Reader, kinds []vuln.Kind) error {
	var newest time.Time
	for _, kind := range kinds {
		digest, err := st.Digest(ctx, store.Query{Kind: kind})
		if err != nil {
			return err
		}
		ever, err := st.Digest(ctx, store.Query{Kind: kind, Withdrawn: true})
		if err != nil {
			return err
		}
		s.Records += digest.Count
		s.Withdrawn += ever.Count - digest.Count
		if digest.Newest.After(newest) {
			newest = digest.Newest
		}
	}
	s.Newest = vuln.FormatTime(newest)
	return nil
}

func (a *app) judge(s store.SourceState) string {
	switch {
	case !s.Failed.IsZero():
		return stateBroken
	case s.Completed.IsZero():
		return stateNever
	case a.now().Sub(s.Synced) > a.maxAge(s.Source):
		return stateStale
	}
	return stateFresh
}

// folderSize adds up the files below a folder; one that is not there has none.
func folderSize(dir string) (int64, error) {
	var total int64
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}

func (a *app) printStatus(r statusReport) error {
	t := a.newTable("source", "state", "records", "newest change", "withdrawn", "last success", "next due", "archive")
	for _, s := range r.Sources {
		t.AppendRow(row(s.Source, s.State, s.Records, orDash(s.Newest), s.Withdrawn, a.ago(s.Synced), a.due(s.Due), humanize.IBytes(uint64(s.Disk))))
	}
	if err := a.printTable(t); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "\n%s in %s\n", humanize.IBytes(uint64(r.DatabaseBytes)), r.Database)
	for _, s := range r.Sources {
		switch {
		case s.State == stateRunning:
			fmt.Fprintf(a.stdout, "%s: a run is under way (%s)\n", s.Source, s.Running)
		case s.State == stateBroken:
			fmt.Fprintf(a.stdout, "%s: the last run failed %s: %s\n", s.Source, a.ago(s.Failed), s.Reason)
		case s.State == stateNever:
			fmt.Fprintf(a.stdout, "%s: nothing was loaded yet; `vulnmirror sync %s` does it\n", s.Source, s.Source)
		}
		for _, d := range s.Doubts {
			fmt.Fprintf(a.stdout, "%s: what it is about may be missing, since %s\n", s.Source, d)
		}
	}
	return nil
}

func (a *app) due(t time.Time) string {
	if t.IsZero() || !t.After(a.now()) {
		return "now"
	}
	return humanize.RelTime(t, a.now(), "ago", "from now")
}
