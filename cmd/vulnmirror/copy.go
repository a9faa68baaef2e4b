package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"vulnmirror/archive"
	"vulnmirror/store"
	"vulnmirror/store/lease"
	"vulnmirror/store/location"
	"vulnmirror/transfer"
)

func newCopyCommand(a *app) *cobra.Command {
	var from, to string
	var verifyOnly bool
	cmd := &cobra.Command{
		Use:   "copy --to URL [--from URL]",
		Short: "Copy a database into another, of whatever sort, and prove that they are the same",
		Long: `Copy brings all that one database holds into another: every version of every
record, what was withdrawn, which files were taken in, and the state of every
source, so that the next sync into the copy has nothing to do. Databases are
sqlite:PATH, postgres://… and mongodb://…; --from is the one in use unless it is
named.

Afterwards both are read again and compared by count and by SHA-256 over all
records. --verify-only does nothing else. Exit status 1 when anything differs.

A copy that was interrupted goes on where it stopped when the same command is
given again. A target that has other records, or newer ones, keeps them. Stop what
syncs into the target meanwhile.`,
		Example: `  vulnmirror copy --to postgres://mirror@db.example/vulnmirror
  vulnmirror copy --from postgres://mirror@db.example/vulnmirror --to sqlite:backup.db
  vulnmirror copy --from sqlite:backup.db --to sqlite:other.db --verify-only`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.newCopy(from, to)
			if err != nil {
				return err
			}
			return c.run(cmd.Context(), verifyOnly)
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "`URL` of the database to copy from (default the one in use)")
	cmd.Flags().StringVar(&to, "to", "", "`URL` of the database to copy into")
	cmd.Flags().BoolVar(&verifyOnly, "verify-only", false, "compare the two and change nothing")
	return cmd
}

// copying is one run of the command.
type copying struct {
	*app
	from, to location.Location
	options  transfer.Options
}

func (a *app) newCopy(from, to string) (*copying, error) {
	if to == "" {
		return nil, wrongUse(errors.New("name the database to copy into by --to"), "`vulnmirror copy --help` has examples")
	}
	c := &copying{app: a, options: transfer.Options{Kinds: transfer.All(), Meter: a.meter}}
	var err error
	if c.to, err = a.locate("--to", to); err != nil {
		return nil, err
	}
	if from == "" {
		c.from, err = a.database()
	} else {
		c.from, err = a.locate("--from", from)
	}
	if err != nil {
		return nil, err
	}
	if sameDatabase(c.from, c.to) {
		return nil, wrongUse(fmt.Errorf("--from and --to are both %s", c.from), "name another database to copy into")
	}
	return c, nil
}

// sameDatabase reports whether two locations are one database, as far as their
// names tell.
func sameDatabase(a, b location.Location) bool {
	if a.Path() == "" || b.Path() == "" {
		return a.String() == b.String()
	}
	one, err := os.Stat(a.Path())
	other, err2 := os.Stat(b.Path())
	return a.Path() == b.Path() || err == nil && err2 == nil && os.SameFile(one, other)
}

func (c *copying) run(ctx context.Context, verifyOnly bool) (err error) {
	c.boundHeap(enoughToLoad)
	source, err := c.openAt(ctx, c.from, true)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := c.openAt(ctx, c.to, verifyOnly)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	// Copied and compared is one state, whatever becomes of the source meanwhile.
	frozen, err := source.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer frozen.Close()
	var report transfer.Report
	if !verifyOnly {
		if report, err = c.copy(ctx, frozen, target); err != nil {
			return err
		}
	}
	now, err := target.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer now.Close()
	compared, err := transfer.Compare(ctx, frozen, now, c.options)
	if err != nil {
		return err
	}
	return errors.Join(c.print(report, compared), c.verdict(compared))
}

// copy holds the leases of the target while it copies.
func (c *copying) copy(ctx context.Context, from store.Reader, to store.Store) (_ transfer.Report, err error) {
	held, release, err := c.hold(ctx, to)
	if errors.Is(err, store.ErrLeased) || errors.Is(err, archive.ErrLocked) {
		return transfer.Report{}, locked(fmt.Errorf("%s: %w", c.to, err), "lock.wait says how long to wait; what a machine that died held ends by itself")
	}
	if err != nil {
		return transfer.Report{}, err
	}
	defer func() { err = errors.Join(err, release()) }()
	report, err := transfer.Copy(held, from, to, c.options)
	switch {
	case errors.Is(err, transfer.ErrEmpty):
		return report, failed(fmt.Errorf("%s: %w", c.from, err), "--from names the database that is copied; is this the one you mean?")
	case err != nil && held.Err() != nil && ctx.Err() == nil:
		return report, failed(context.Cause(held), "the same command goes on where this one stopped")
	case err != nil && ctx.Err() == nil:
		return report, failed(err, "the same command goes on where this one stopped")
	case err != nil:
		return report, err
	}
	if report.Unread > 0 {
		c.log.Warn("bodies that this program cannot read were copied; these versions are found by id and dates only", "versions", report.Unread, "first", report.FirstUnread)
	}
	return report, nil
}

// hold keeps other copies and every sync from the target. The leases bear the
// name of this data folder, so that whoever has its lock takes over at once what
// a copy that was killed left behind.
func (c *copying) hold(ctx context.Context, to store.Store) (context.Context, func() error, error) {
	ctx, unlock, err := c.archive().Source(lease.Copy).Lock(ctx, c.config.Lock.Wait)
	if err != nil {
		return nil, nil, err
	}
	id, err := c.archive().Identity()
	if err != nil {
		unlock()
		return nil, nil, err
	}
	holder, err := lease.Holder("copy with data folder " + id)
	if err != nil {
		unlock()
		return nil, nil, err
	}
	h := lease.Hold{
		Names: []string{lease.Copy}, Holder: holder,
		Wait:    c.config.Lock.Wait,
		Waiting: func(err error) { c.log.Info("waiting for the target", "reason", err) },
	}
	for _, source := range c.sources() {
		h.Names = append(h.Names, lease.Source(source.Info().Name))
	}
	held, release, err := h.Take(ctx, to)
	if err != nil {
		unlock()
		return nil, nil, err
	}
	return held, func() error {
		defer unlock()
		return release()
	}, nil
}

// verdict is an error that names the first differences, if there are any.
func (c *copying) verdict(compared transfer.Comparison) error {
	if compared.Same() {
		return nil
	}
	var first []string
	for _, p := range compared.Parts {
		for _, d := range p.First {
			first = append(first, fmt.Sprintf("%s %s: %s", p.Name, d.ID, d.Problem))
		}
		if more := p.Different - len(p.First); more > 0 {
			first = append(first, fmt.Sprintf("%s: %d more", p.Name, more))
		}
	}
	return failed(fmt.Errorf("%s does not hold what %s holds:\n%s", c.to, c.from, strings.Join(first, "\n")),
		"what the target had before, or was given since, stays there; `vulnmirror copy` into an empty database gives one that is the same")
}
