package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"vulnmirror/source"
	"vulnmirror/source/nvdlegacy"
	"vulnmirror/store"
)

func newImportCommand(a *app) *cobra.Command {
	var noWait, complete bool
	cmd := &cobra.Command{
		Use:   "import FILE|URL|DIR...",
		Short: "Take in NVD's files from disk or other sites, retired formats too",
		Long: `Import takes in files of NVD that are on a disk or another site. What a file is
its content tells, not its name: CVE feeds 1.0 and 1.1, the match feed 1.0, CPE
dictionaries in XML 2.2 and 2.3, and feeds, saved API answers and vulnz caches 2.0;
plain, as .gz or alone in a .zip. Of folders it takes every file below, except
.meta files, which prove the feeds beside them, and cache.properties.

A file is read to its end before anything of it is kept. One that is not whole or
not what it says is refused: it goes to the quarantine with the reason, and the
others go on. The rest is kept in the archive as it came, so that rebuild needs no
other copy.

Records of the retired formats are converted and marked; they never replace NVD's
own. Otherwise, the record modified last stays, and of two modified at the same time
the one that came from NVD itself. Importing a file again changes nothing.

A server answers for CVE records once a source has loaded them all. Of imports only
you can know: --complete says that with these files it is all there.`,
		Example: `  vulnmirror import ~/nvd-backup
  vulnmirror import nvdcve-1.1-2014.json.gz official-cpe-dictionary_v2.3.xml.gz
  vulnmirror import https://example.org/nvd/nvdcve-1.1-modified.json.zip`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if noWait {
				a.config.Lock.Wait = 0
			}
			return a.importFiles(cmd.Context(), args, complete)
		},
	}
	cmd.Flags().BoolVar(&complete, "complete", false, "CVE records are complete with this: let servers answer")
	cmd.Flags().BoolVar(&noWait, "no-wait", false, "give up at once when another import is under way")
	return cmd
}

func (a *app) importFiles(ctx context.Context, args []string, complete bool) error {
	items, err := nvdlegacy.Gather(args, func(name, why string) { a.log.Debug("passed over", "file", name, "why", why) })
	if err != nil {
		return wrongUse(err, "")
	}
	if len(items) == 0 {
		return wrongUse(errors.New("there is no file to import"), "--verbose tells what was passed over")
	}
	st, err := a.openWriter(ctx)
	if err != nil {
		return err
	}
	counted := &importStore{Store: st, files: make(map[string]*outcome)}
	m, err := a.newMirror(counted)
	if err != nil {
		return errors.Join(err, st.Close())
	}
	var taken []nvdlegacy.Taken
	m.Sources = []source.Source{nvdlegacy.ImportOf(items, func(t nvdlegacy.Taken) { taken = append(taken, t) })}
	sum, err := m.Sync(ctx, []string{nvdlegacy.ImportName})
	failure := syncError(ctx, sum)
	if complete && err == nil && failure == nil {
		err = a.markComplete(ctx, st)
	}
	if err := errors.Join(err, st.Close()); err != nil {
		return err
	}
	err = failure
	if len(taken) == 0 && err != nil {
		return err
	}
	return errors.Join(a.printImport(taken, counted.files), err)
}

// markComplete records that imports hold all CVE records.
func (a *app) markComplete(ctx context.Context, st store.Store) error {
	states, err := st.Sources(ctx)
	if err != nil {
		return err
	}
	for _, state := range states {
		if state.Source == nvdlegacy.ImportName && state.Completed.IsZero() {
			state.Completed = a.now().UTC()
			return st.SetSource(ctx, state)
		}
	}
	return nil
}

// importedFile is what import prints of one file.
type importedFile struct {
	File      string `json:"file"`
	Result    string `json:"result"`
	Format    string `json:"recognised_as,omitempty"`
	Records   int    `json:"records"`
	Added     int    `json:"added"`
	Changed   int    `json:"changed"`
	Unchanged int    `json:"unchanged"`
	Older     int    `json:"older"`   // what is held is newer, or NVD's own
	Refused   int    `json:"refused"` // records that could not be read
	Archived  string `json:"archived_as,omitempty"`
	Reason    string `json:"reason,omitempty"`
}

func (a *app) printImport(taken []nvdlegacy.Taken, outcomes map[string]*outcome) error {
	files := make([]importedFile, len(taken))
	for i, t := range taken {
		f := importedFile{
			File: t.Item, Result: t.Result, Format: string(t.Proof.Form),
			Records: t.Proof.Records, Refused: t.Proof.Refused, Archived: t.Filename,
		}
		if t.Reason != nil {
			f.Reason = t.Reason.Error()
		}
		if o := outcomes[t.Filename]; o != nil {
			f.Added, f.Changed, f.Unchanged, f.Older = o.added, o.changed, o.unchanged, o.older
			a.tellOlder(t.Item, o)
		}
		files[i] = f
	}
	if a.json {
		return a.printJSON(map[string]any{"files": files})
	}
	t := a.newTable("file", "result", "recognised as", "records", "added", "changed", "unchanged", "older", "refused")
	for _, f := range files {
		format := f.Format
		if format == "" {
			format = "-"
		}
		// A file held since a run that was cut off is stored by this one.
		if f.Result == nvdlegacy.Imported || f.Added+f.Changed+f.Unchanged+f.Older > 0 {
			t.AppendRow(row(f.File, f.Result, format, f.Records, f.Added, f.Changed, f.Unchanged, f.Older, f.Refused))
		} else {
			t.AppendRow(row(f.File, f.Result, format))
		}
	}
	return a.printTable(t)
}

// tellOlder says once for a file that some of its records were not needed.
func (a *app) tellOlder(file string, o *outcome) {
	if o.older == 0 {
		return
	}
	a.log.Info("records were skipped: what is held is newer, or NVD's own", "file", file, "records", o.older)
	a.log.Debug("the first of them", "file", file, "ids", o.skipped)
}
