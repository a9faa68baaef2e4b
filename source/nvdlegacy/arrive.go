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
)

// arrive brings the bytes of an item to the part of a path that tells their
// content: the same bytes are never kept twice, and other bytes never take the
// place of these, whatever their names.
func (b bringing) arrive(ctx context.Context, item Item) (archive.File, error) {
	part := b.run.Part("arriving/" + digest(item.Name))
	file := archive.File{URL: item.Name}
	var err error
	if item.remote() {
		err = b.download(ctx, part, &file)
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
	return file, os.Rename(part, b.run.Part(file.Path))
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
func (b bringing) download(ctx context.Context, part string, file *archive.File) error {
	result, err := b.up.Download(ctx, fetch.Request{
		URL: file.URL, Resumable: true,
		Header: http.Header{"Accept": {"application/json, application/xml, */*;q=0.5"}},
	}, part)
	var bad *fetch.ContentError
	if errors.As(err, &bad) {
		err = refuse(err)
		if bad.Part == part {
			file.Path = digest(file.URL)[:16] + "/" + plainName(file.URL)
			kept := errors.Join(os.Rename(part, b.run.Part(file.Path)), b.run.QuarantineFile(*file, err.Error()))
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
