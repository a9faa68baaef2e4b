package nvdlegacy

import (
	"context"
	"errors"
	"io"
	"os"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/format/nvdlegacy"
	"vulnmirror/progress"
	"vulnmirror/source"
)

// bringing is one Fetch of handed-over files.
type bringing struct {
	up   *fetch.Client
	run  *archive.Run
	task progress.Task // counts the bytes proved
}

// take brings one item into the run, or says why not. The error is the reason
// in Taken.
func (b bringing) take(ctx context.Context, item Item) (Taken, error) {
	run := b.run
	t := Taken{Item: item.Name, Result: Failed}
	file, err := b.arrive(ctx, item)
	if err != nil {
		if isRefusal(err) {
			t.Result = Refused
		}
		t.Reason = err
		return t, err
	}
	if held, ok := run.Current(file.Path); ok && held.WireSHA256 == file.WireSHA256 {
		t.Result, t.Filename = Held, held.Filename
		t.Proof.Form, err = formOf(run.Part(file.Path))
		return t, errors.Join(err, os.Remove(run.Part(file.Path)))
	}
	t.Proof, err = b.proven(ctx, item, &file)
	if err == nil {
		file, err = run.Put(file)
		t.Result, t.Filename = Imported, file.Filename
	}
	if err != nil {
		t.Result = Failed
	}
	if isRefusal(err) {
		t.Result = Refused
		err = errors.Join(err, run.QuarantineFile(file, err.Error()))
	}
	t.Reason = err
	return t, err
}

func isRefusal(err error) bool { return errors.Is(err, source.ErrRefused) }

// proven proves a part and completes what the archive is to know of it.
func (b bringing) proven(ctx context.Context, item Item, file *archive.File) (Proof, error) {
	r, err := os.Open(b.run.Part(file.Path))
	if err != nil {
		return Proof{}, err
	}
	defer r.Close()
	p, err := prove(ctx, advancing{r, b.task})
	if err != nil {
		return p, err
	}
	meta, err := readMeta(item.Meta)
	if err == nil {
		err = matches(meta, p)
	}
	if err != nil {
		return p, refuse(err)
	}
	if file.AsOf = meta.LastModified; file.AsOf.IsZero() {
		file.AsOf = p.Made
	}
	if len(p.layers) > 0 && p.layers[0] == "gzip" {
		file.Encoding = "gzip"
	}
	if len(p.layers) == 1 && file.Encoding == "gzip" {
		file.ContentBytes, file.ContentSHA256 = p.bytes, p.sha256
	}
	return p, nil
}

// advancing tells how far reading is.
type advancing struct {
	r    io.Reader
	task progress.Task
}

func (a advancing) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	a.task.Advance(int64(n))
	return n, err
}

// formOf recognises a file held already.
func formOf(name string) (nvdlegacy.Form, error) {
	r, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer r.Close()
	inner, err := unpack(r, sound)
	if err != nil {
		return "", err
	}
	document, err := nvdlegacy.Open(inner)
	if err != nil {
		return "", errors.Join(err, inner.Close())
	}
	return document.Form(), inner.Close()
}
