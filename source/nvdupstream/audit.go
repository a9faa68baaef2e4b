package nvdupstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/format/nvd"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// See adds a record to what upstream has; the newest version of each wins, and
// of equally new ones the last.
func See(out *source.Upstream, id string, modified time.Time, body []byte) {
	if before, ok := out.Records[id]; ok && before.Modified.After(modified) {
		return
	}
	out.Records[id] = source.Seen{Modified: modified, Hash: vuln.ContentHash(body)}
}

// SeeDocument adds the records of a page or feed called name.
func (c Collection) SeeDocument(out *source.Upstream, name string, content io.ReadCloser, err error) error {
	if err != nil {
		return err
	}
	defer content.Close()
	reader := nvd.NewReader(content)
	for {
		body, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		id, changed, err := nvd.Identify(c.Format, body)
		if err != nil {
			out.Unchecked = append(out.Unchecked, fmt.Sprintf("%s record %d: %v", name, reader.Count(), err))
			continue
		}
		See(out, id, changed, body)
	}
}

// SeeTotal asks the API how many records there are.
func (c Collection) SeeTotal(ctx context.Context, up *fetch.Client, out *source.Upstream) {
	var header nvd.Header
	_, _, err := up.Read(ctx, fetch.Request{URL: c.At(up).Endpoint + "?resultsPerPage=1", Check: func(r io.Reader) error {
		sum, err := Summarise(c.Format, r)
		header = sum.Header
		return err
	}}, 4<<20)
	if err != nil {
		out.Unchecked = append(out.Unchecked, "API total: "+err.Error())
		return
	}
	out.Total = header.TotalResults
}

// Audit lists every record of the archive and asks the API for its total, or
// lists the API where there is no archive to be had.
func (c *Catalogue) Audit(ctx context.Context, up *fetch.Client, tree *archive.Tree, scratch string) (*source.Upstream, error) {
	out := &source.Upstream{Records: make(map[string]source.Seen), Total: -1}
	if c.Archive != "" && c.Method != "api" {
		err := c.auditArchive(ctx, up, tree, scratch, out)
		if err == nil || ctx.Err() != nil {
			return out, err
		}
		out.Unchecked = append(out.Unchecked, err.Error())
	}
	return out, c.auditAPI(ctx, up, scratch, out)
}

func (c *Catalogue) auditArchive(ctx context.Context, up *fetch.Client, tree *archive.Tree, scratch string, out *source.Upstream) error {
	feed := c.At(up).whole()
	meta, err := ReadMeta(ctx, up, feed)
	if err != nil {
		return err
	}
	held, ok, err := c.heldWhole(tree, meta)
	if err != nil {
		return err
	}
	fsys := tree.FS()
	if !ok {
		aside := archive.Open(scratch).Source(c.Name)
		if held, err = c.fetchAside(ctx, up, aside); err != nil {
			return err
		}
		fsys = aside.FS()
	}
	repeats := 0
	err = c.eachOfWhole(fsys, held.Filename, func(body []byte, chunk string, number int) bool {
		id, modified, err := nvd.Identify(c.Format, body)
		if err != nil {
			out.Unchecked = append(out.Unchecked, fmt.Sprintf("%s record %d: %v", chunk, number, err))
			return true
		}
		if _, again := out.Records[id]; again {
			repeats++
		}
		See(out, id, modified, body)
		return true
	})
	if err != nil {
		return err
	}
	out.Whole = func(string) (time.Time, bool) { return held.AsOf, true }
	if c.Method == "feeds" {
		out.Unchecked = append(out.Unchecked, "API total: not asked, because nvd.method is feeds")
		return nil
	}
	c.SeeTotal(ctx, up, out)
	if out.Total >= 0 {
		out.Total -= repeats
	}
	return ctx.Err()
}

// heldWhole finds the archive that meta describes in the mirror's own.
func (c *Catalogue) heldWhole(tree *archive.Tree, meta nvd.Meta) (archive.File, bool, error) {
	manifest, err := tree.Manifest()
	if err != nil || len(manifest.Cursor) == 0 {
		return archive.File{}, false, err
	}
	var cursor source.Cursor
	if err := json.Unmarshal(manifest.Cursor, &cursor); err != nil {
		return archive.File{}, false, err
	}
	p, err := NewPass(c.Collection, c.Settings, nil, nil, cursor)
	if err != nil {
		return archive.File{}, false, err
	}
	for _, f := range manifest.Files {
		current := f.Path == c.ArchivePath() && f.Status == archive.Current
		if current && (f.ContentSHA256 == meta.SHA256 || p.State.Stated[f.Path] == meta.SHA256) {
			return f, true, nil
		}
	}
	return archive.File{}, false, nil
}

// fetchAside gets the archive into another place than the mirror's.
func (c *Catalogue) fetchAside(ctx context.Context, up *fetch.Client, aside *archive.Tree) (archive.File, error) {
	run, err := aside.Begin(c.Now())
	if err != nil {
		return archive.File{}, err
	}
	p, err := NewPass(c.Collection, c.Settings, up, run, source.Cursor{})
	if err != nil {
		return archive.File{}, err
	}
	if _, err := p.Update(ctx, c.whole()); err != nil {
		return archive.File{}, err
	}
	f, _ := run.Received(c.ArchivePath())
	return f, nil
}

// auditAPI lists everything the API has, into scratch and from there.
func (c *Catalogue) auditAPI(ctx context.Context, up *fetch.Client, scratch string, out *source.Upstream) error {
	run, err := archive.Open(scratch).Source(c.Name).Begin(c.Now())
	if err != nil {
		return err
	}
	p, err := NewPass(c.Collection, c.Settings, up, run, source.Cursor{})
	if err != nil {
		return err
	}
	a, err := p.Pages(ctx)
	if err != nil {
		return err
	}
	for _, f := range run.ReceivedFiles() {
		content, err := run.Open(f)
		if err := c.SeeDocument(out, f.Path, content, err); err != nil {
			return err
		}
	}
	out.Total = a.Distinct()
	out.Whole = func(string) (time.Time, bool) { return a.Made, true }
	return nil
}
