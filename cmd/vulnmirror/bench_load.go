package main

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"vulnmirror/archive"
	"vulnmirror/ingest"
	"vulnmirror/mirror"
	"vulnmirror/source"
	"vulnmirror/source/nvdcpe"
	"vulnmirror/source/nvdcpematch"
	"vulnmirror/source/nvdcve"
	"vulnmirror/store"
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
		Short: "Load the feeds in a folder into a fresh database",
		Long: `Load puts every *.json.gz and *.tar.gz of a folder into a fresh archive and then
measures how long it takes to load them from there into a fresh database, beside
how long merely unpacking them takes. Files called nvdcpe-… and nvdcpematch-… are
the dictionary's and the match criteria's, others hold CVE records. Everything is
made in a temporary folder and removed. With --store the records go into that
database, beside what it holds, and are removed again.`,
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
	tmp, err := os.MkdirTemp("", "vulnmirror-bench-*")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(tmp)
	a.config.Data = tmp
	sources, files, err := a.archiveFeeds(dir)
	if err != nil {
		return f, err
	}
	if f.ArchiveBytes, err = folderSize(tmp); err != nil {
		return f, err
	}
	began := time.Now()
	if f.JSONBytes, err = gunzip(files); err != nil {
		return f, err
	}
	f.GunzipSeconds = time.Since(began).Seconds()
	if err := a.loadBeside(ctx, sources, &f); err != nil {
		return f, err
	}
	f.Ratio = f.LoadSeconds / f.GunzipSeconds
	f.RecordsPerSecond = float64(f.Records) / f.LoadSeconds
	f.MBPerSecond = float64(f.JSONBytes) / 1e6 / f.LoadSeconds
	f.PeakRSSBytes = peakRSS()
	return f, nil
}

// loadBeside loads what the archive holds beside the content of the database,
// which stays as it is, and measures that.
func (a *app) loadBeside(ctx context.Context, sources []string, f *loadFigures) (err error) {
	serving, err := a.openWriter(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, serving.Close()) }()
	st, err := serving.Renew(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	began := time.Now()
	if f.Records, err = a.load(ctx, st, sources); err != nil {
		return err
	}
	f.LoadSeconds = time.Since(began).Seconds()
	if sized, ok := st.(store.Sized); ok {
		f.StoreBytes, err = sized.SizeOnDisk(ctx)
	}
	return err
}

// archiveFeeds takes the feeds in a folder into the archive, and returns their
// sources and the files.
func (a *app) archiveFeeds(dir string) (sources, files []string, err error) {
	if files, err = feedFiles(dir); err != nil {
		return nil, nil, err
	}
	if len(files) == 0 {
		return nil, nil, failed(fmt.Errorf("there is no *.json.gz or *.tar.gz in %s", dir), "`vulnmirror bench generate` makes some")
	}
	for _, name := range []string{nvdcpe.Name, nvdcpematch.Name, nvdcve.Name} {
		own := filesOf(name, files)
		if len(own) == 0 {
			continue
		}
		sources = append(sources, name)
		if err := archiveFiles(a.archive().Source(name), own, a.now()); err != nil {
			return nil, nil, err
		}
	}
	return sources, files, nil
}

func feedFiles(dir string) ([]string, error) {
	var files []string
	for _, pattern := range []string{"*.json.gz", "*.tar.gz"} {
		some, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		files = append(files, some...)
	}
	return files, nil
}

// filesOf picks the feeds that the source of that name reads.
func filesOf(source string, files []string) []string {
	var own []string
	for _, file := range files {
		of := nvdcve.Name
		switch base := filepath.Base(file); {
		case strings.HasPrefix(base, "nvdcpematch-"):
			of = nvdcpematch.Name
		case strings.HasPrefix(base, "nvdcpe-"):
			of = nvdcpe.Name
		}
		if of == source {
			own = append(own, file)
		}
	}
	return own
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

// load ingests everything the archive holds of the sources and returns how many
// records were read.
func (a *app) load(ctx context.Context, st store.Store, sources []string) (records int, err error) {
	for _, name := range sources {
		src, err := mirror.Find(a.sources(), name)
		if err != nil {
			return records, err
		}
		tree := a.archive().Source(name)
		manifest, err := tree.Manifest()
		if err != nil {
			return records, err
		}
		r, err := ingest.Files(ctx, src, tree, ingest.InOrder(src, manifest.Files), st, a.meter)
		records += r.Added + r.Changed + r.Unchanged + r.Older
		if err != nil {
			return records, err
		}
	}
	return records, nil
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
