package main

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"vulnmirror/archive"
	"vulnmirror/ingest"
	"vulnmirror/mirror"
	"vulnmirror/source"
	"vulnmirror/source/nvdcve"
)

// loadFigures is what bench load prints.
type loadFigures struct {
	GunzipSeconds    float64 `json:"gunzip_seconds"` // one core, to nowhere, of the same files
	LoadSeconds      float64 `json:"load_seconds"`   // archive to store, ready to answer
	Ratio            float64 `json:"ratio"`
	Records          int     `json:"records"` // read, repeated ones included
	RecordsPerSecond float64 `json:"records_per_second"`
	MBPerSecond      float64 `json:"mb_per_second"` // of uncompressed JSON, 10^6 bytes
	PeakRSSBytes     int64   `json:"peak_rss_bytes"`
	JSONBytes        int64   `json:"json_bytes"`
	StoreBytes       int64   `json:"store_bytes"`
	ArchiveBytes     int64   `json:"archive_bytes"`
}

func newBenchLoadCommand(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "load --feeds DIR",
		Short: "Load every *.json.gz of a folder into a fresh database",
		Long: `Load puts every *.json.gz of a folder into a fresh archive and then measures how
long it takes to load them from there into a fresh database, beside how long
merely unpacking them takes. Everything is made in a temporary folder and
removed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return wrongUse(errors.New("--feeds names the folder"), "")
			}
			f, err := a.benchLoad(cmd.Context(), dir)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(f)
			}
			return a.printLoad(f)
		},
	}
	cmd.Flags().StringVar(&dir, "feeds", "", "`DIR` with *.json.gz files")
	return cmd
}

func (a *app) benchLoad(ctx context.Context, dir string) (loadFigures, error) {
	var f loadFigures
	files, err := filepath.Glob(filepath.Join(dir, "*.json.gz"))
	if err != nil {
		return f, err
	}
	if len(files) == 0 {
		return f, failed(fmt.Errorf("there is no *.json.gz in %s", dir), "`vulnmirror bench generate` makes some")
	}
	tmp, err := os.MkdirTemp("", "vulnmirror-bench-*")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(tmp)
	a.config.Data = tmp
	tree := a.archive().Source(nvdcve.Name)
	if err := archiveFiles(tree, files, a.now()); err != nil {
		return f, err
	}
	if f.ArchiveBytes, err = folderSize(tree.Dir()); err != nil {
		return f, err
	}
	began := time.Now()
	if f.JSONBytes, err = gunzip(files); err != nil {
		return f, err
	}
	f.GunzipSeconds = time.Since(began).Seconds()
	began = time.Now()
	f.Records, err = a.loadFresh(ctx, tree)
	if err != nil {
		return f, err
	}
	f.LoadSeconds = time.Since(began).Seconds()
	f.Ratio = f.LoadSeconds / f.GunzipSeconds
	f.RecordsPerSecond = float64(f.Records) / f.LoadSeconds
	f.MBPerSecond = float64(f.JSONBytes) / 1e6 / f.LoadSeconds
	f.PeakRSSBytes = peakRSS()
	if info, serr := os.Stat(a.databasePath()); serr == nil {
		f.StoreBytes = info.Size()
	}
	return f, nil
}

// archiveFiles takes feeds into an archive as a run of the source would.
func archiveFiles(tree *archive.Tree, files []string, now time.Time) error {
	run, err := tree.Begin(now)
	if err != nil {
		return err
	}
	for _, file := range files {
		path := "feeds/" + filepath.Base(file)
		if err := copyFile(file, run.Part(path)); err != nil {
			return err
		}
		if _, err := run.Put(archive.File{Path: path, URL: "file:" + file, Encoding: "gzip", Fetched: now}); err != nil {
			return err
		}
	}
	_, err = run.Commit(source.Cursor{Complete: true}, now)
	return err
}

// loadFresh ingests everything the archive holds into a new database and
// returns how many records were read.
func (a *app) loadFresh(ctx context.Context, tree *archive.Tree) (int, error) {
	src, err := mirror.Find(a.sources(), nvdcve.Name)
	if err != nil {
		return 0, err
	}
	manifest, err := tree.Manifest()
	if err != nil {
		return 0, err
	}
	st, err := a.openWriter(a.databasePath())
	if err != nil {
		return 0, err
	}
	r, err := ingest.Files(ctx, src, tree, ingest.InOrder(manifest.Files), st, a.meter)
	return r.Added + r.Changed + r.Unchanged + r.Older, errors.Join(err, st.Close())
}

// gunzip unpacks files one after the other to nowhere.
func gunzip(files []string) (int64, error) {
	var total int64
	for _, file := range files {
		n, err := gunzipFile(file)
		if err != nil {
			return total, fmt.Errorf("%s: %w", file, err)
		}
		total += n
	}
	return total, nil
}

func gunzipFile(file string) (int64, error) {
	in, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		return 0, err
	}
	return io.Copy(io.Discard, z)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func (a *app) printLoad(f loadFigures) error {
	t := a.newTable("figure", "value")
	t.AppendRow(row("gunzip", fmt.Sprintf("%.2f s", f.GunzipSeconds)))
	t.AppendRow(row("load", fmt.Sprintf("%.2f s", f.LoadSeconds)))
	t.AppendRow(row("ratio", fmt.Sprintf("%.1f", f.Ratio)))
	t.AppendRow(row("records read", fmt.Sprintf("%d (%.0f/s, %.0f MB/s)", f.Records, f.RecordsPerSecond, f.MBPerSecond)))
	t.AppendRow(row("peak memory", humanize.Bytes(uint64(f.PeakRSSBytes))))
	t.AppendRow(row("JSON", humanize.Bytes(uint64(f.JSONBytes))))
	t.AppendRow(row("database", humanize.Bytes(uint64(f.StoreBytes))))
	t.AppendRow(row("archive", humanize.Bytes(uint64(f.ArchiveBytes))))
	return a.printTable(t)
}
