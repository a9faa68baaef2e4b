package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"vulnmirror/chain"
	"vulnmirror/mirror"
	"vulnmirror/source"
)

func newSyncCommand(a *app) *cobra.Command {
	var noWait, dryRun bool
	cmd := &cobra.Command{
		Use:   "sync [SOURCE...]",
		Short: "Fetch what changed upstream into the archive and the database",
		Long: `Sync fetches what changed upstream since the last run, proves it, keeps it in
the archive and takes it into the database. Without a name it works on the
sources that the configuration enables. Groups stand for several: nvd (nvd-cve,
nvd-cpe, nvd-cpematch, nvd-source), mitre (cwe, capec, attack, d3fend, car, shield,
engage), advisories (certcc, certfr, msrc, msrc-csv), enrichment (kev, epss), all.
One that fails is marked as broken, and the others go on. It may be interrupted at
any time; the same command then goes on where it stopped.`,
		Example: `  vulnmirror sync
  vulnmirror sync nvd nvd-cvehistory
  vulnmirror sync mitre kev epss
  vulnmirror sync nvd-cve --set nvd.method=feeds
  NVD_API_KEY=... vulnmirror sync nvd-cve`,
		RunE: func(cmd *cobra.Command, args []string) error {
			names, err := a.sourceNames(args)
			if err != nil {
				return err
			}
			if noWait {
				a.config.Lock.Wait = 0
			}
			if dryRun {
				return a.preview(names)
			}
			return a.sync(cmd.Context(), names)
		},
	}
	cmd.Flags().BoolVar(&noWait, "no-wait", false, "give up at once when another process works on the source")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be fetched, and fetch nothing")
	return cmd
}

// sync brings sources up to date and prints how it went.
func (a *app) sync(ctx context.Context, names []string) error {
	done, err := a.runSync(ctx, names)
	if err != nil {
		return err
	}
	if a.json {
		err = a.printJSON(done)
	} else {
		err = errors.Join(a.printSummary(done.Summary), a.printJoins(done.Joins))
	}
	return errors.Join(err, syncError(ctx, done.Summary), a.joinError(done.Joins))
}

// synced is a run's summary with what connects the kinds of records after it.
type synced struct {
	mirror.Summary
	Joins []chain.Join `json:"joins,omitempty"` // when the run changed something that is connected
}

func (a *app) runSync(ctx context.Context, names []string) (done synced, err error) {
	st, err := a.openWriter(ctx)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	m, err := a.newMirror(st)
	if err != nil {
		return done, err
	}
	if done.Summary, err = m.Sync(ctx, names); err != nil || ctx.Err() != nil {
		return done, err
	}
	done.Joins, err = a.joins(ctx, st, done.Summary)
	return done, err
}

// syncError is the summary as an error, for the exit status.
func syncError(ctx context.Context, sum mirror.Summary) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var errs []error
	for _, r := range sum.Sources {
		err := r.Err()
		if err == nil {
			continue
		}
		err = fmt.Errorf("%s: %w", r.Source, err)
		switch r.Status {
		case mirror.Locked:
			err = locked(err, "")
		case mirror.Refused:
			err = refused(err, r.Advice)
		default:
			err = failed(err, r.Advice)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (a *app) printSummary(sum mirror.Summary) error {
	if a.json {
		return a.printJSON(sum)
	}
	t := a.newTable("source", "result", "records", "added", "changed", "unchanged", "older", "refused", "withdrawn", "requests", "retries", "received", "seconds")
	for _, r := range sum.Sources {
		t.AppendRow(row(r.Source, r.Status, r.Records, r.Added, r.Changed, r.Unchanged, r.Older, r.Refused, r.Withdrawn,
			r.Requests, r.Retries, humanize.IBytes(uint64(r.Bytes)), fmt.Sprintf("%.1f", r.Seconds)))
	}
	if err := a.printTable(t); err != nil {
		return err
	}
	for _, r := range sum.Sources {
		for _, note := range r.Notes {
			a.log.Warn(note, "source", r.Source)
		}
		for _, doubt := range r.Doubts {
			a.log.Warn("what it is about may be missing", "source", r.Source, "because", doubt)
		}
		for what, n := range r.Drift {
			a.log.Warn("upstream sent something this version does not know; it is kept as it is", "source", r.Source, "what", what, "records", n)
		}
	}
	return nil
}

// preview says for each source what a sync would do.
func (a *app) preview(names []string) error {
	m := mirror.Mirror{Sources: a.sources(), Archive: a.archive(), Now: a.now}
	var previews []namedPreview
	for _, name := range names {
		p, err := m.Preview(name)
		if err != nil {
			return err
		}
		previews = append(previews, namedPreview{name, p})
	}
	if a.json {
		return a.printJSON(previews)
	}
	for _, p := range previews {
		fmt.Fprintf(a.stdout, "%s: by %s, about %d requests, beginning with\n", p.Source, p.Way, p.Requests)
		for _, url := range p.URLs {
			fmt.Fprintf(a.stdout, "  %s\n", url)
		}
	}
	return nil
}

type namedPreview struct {
	Source string `json:"source"`
	source.Preview
}

// ago spells an age; the zero time is "never".
func (a *app) ago(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return humanize.RelTime(t, a.now(), "ago", "from now")
}
