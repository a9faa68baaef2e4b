package nvdlegacy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/format/nvdlegacy"
	"vulnmirror/source"
)

// take brings one item into the run, or says why not. The error is the reason
// in Taken.
func take(ctx context.Context, up *fetch.Client, run *archive.Run, item Item) (Taken, error) {
	t := Taken{Item: item.Name, Result: Failed}
	file, err := arrive(ctx, up, run, item)
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
	t.Proof, err = proven(ctx, run.Part(file.Path), item, &file)
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
func proven(ctx context.Context, part string, item Item, file *archive.File) (Proof, error) {
	r, err := os.Open(part)
	if err != nil {
		return Proof{}, err
	}
	defer r.Close()
	p, err := prove(ctx, r)
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

// arrive brings the bytes of an item to the part of a path that tells their
// content: the same bytes are never kept twice, and other bytes never take the
// place of these, whatever their names.
func arrive(ctx context.Context, up *fetch.Client, run *archive.Run, item Item) (archive.File, error) {
	part := run.Part("arriving/" + digest(item.Name))
	file := archive.File{URL: item.Name}
	var err error
	if item.remote() {
		err = download(ctx, up, run, part, &file)
	} else {
		err = copyFile(item.Name, part, &file)
	}
	if err != nil {
		return file, err
	}
	if file.WireSHA256, err = sumFile(part); err != nil {
		return file, err
	}
	file.Path = file.WireSHA256[:16] + "/" + plainName(item.Name)
	return file, os.Rename(part, run.Part(file.Path))
}

func copyFile(name, part string, file *archive.File) error {
	whole, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	file.URL = (&url.URL{Scheme: "file", Path: filepath.ToSlash(whole)}).String()
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	if info, err := in.Stat(); err == nil {
		file.LastModified = info.ModTime().UTC().Format(http.TimeFormat)
	}
	out, err := os.Create(part)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// download fetches an address. A body that is not data is an answer to be
// refused, and is kept for whoever wants to see it.
func download(ctx context.Context, up *fetch.Client, run *archive.Run, part string, file *archive.File) error {
	result, err := up.Download(ctx, fetch.Request{
		URL: file.URL, Resumable: true,
		Header: http.Header{"Accept": {"application/json, application/xml, */*;q=0.5"}},
	}, part)
	var bad *fetch.ContentError
	if errors.As(err, &bad) {
		err = refuse(err)
		if bad.Part == part {
			file.Path = digest(file.URL)[:16] + "/" + plainName(file.URL)
			kept := errors.Join(os.Rename(part, run.Part(file.Path)), run.QuarantineFile(*file, err.Error()))
			err = errors.Join(err, kept)
		}
	}
	file.ETag, file.LastModified = result.ETag, result.LastModified
	return err
}

func sumFile(name string) (string, error) {
	in, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// plainName is the last part of a path or URL in letters that every file system
// takes.
func plainName(name string) string {
	if u, err := url.Parse(name); err == nil && isURL(name) {
		name = u.Path
	}
	name = path.Base(filepath.ToSlash(name))
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '_'
	}, name)
	name = strings.Trim(name, ".")
	if name == "" {
		return "file"
	}
	return name[max(0, len(name)-100):]
}
