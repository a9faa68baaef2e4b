package msrccsv

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"

	"vulnmirror/archive"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

const (
	// exports is the folder of the files in the archive.
	exports = "exports/"
	// longest are the bytes of a file's name, so that the archive can add to it.
	longest = 200
	// largest are the bytes of an export that are read; a year has some 30 MB, and
	// it is held as a whole.
	largest = 256 << 20
)

// brokenArchive is what goes wrong on our side of the copy; it ends the run.
type brokenArchive struct{ error }

func (e *brokenArchive) Unwrap() error { return e.error }

var errMoving = errors.New("it is being written to; the next sync takes it in")

// file takes in one file, if it is new. refused is the SHA-256 with which it was
// refused before.
func (p *pass) file(ctx context.Context, name, refused string) error {
	if !utf8.ValidString(name) || !fs.ValidPath(name) || len(name) > longest {
		return fmt.Errorf("rename the file: its name is not usable, or over %d bytes", longest)
	}
	file := archive.File{Path: exports + name, URL: address(filepath.Join(p.dir, name))}
	sum, err := p.sum(ctx, name, io.Discard)
	if err != nil {
		return err
	}
	if held, ok := p.run.Current(file.Path); ok && held.ContentSHA256 == sum {
		return nil
	}
	if _, err := p.run.Noted(noteRefused+name, &refused); err != nil {
		return &brokenArchive{err}
	}
	if refused == sum {
		p.refused[name] = sum
		p.notes = append(p.notes, fmt.Sprintf("%s is as it was when it was refused; the reason is in %s", filepath.Join(p.dir, name), p.quarantine()))
		return nil
	}
	if err := p.copy(ctx, name, sum, &file); err != nil {
		return err
	}
	newest, err := p.prove(ctx, file)
	if errors.Is(err, source.ErrRefused) {
		return p.refuse(name, sum, file, err)
	}
	if err != nil {
		return err
	}
	file.AsOf = newest
	if _, err := p.run.Put(file); err != nil {
		return &brokenArchive{err}
	}
	if newest.After(p.newest) {
		p.newest = newest
	}
	return nil
}

// noteRefused begins the notes of what was refused in a run not committed.
const noteRefused = "refused "

// refuse keeps the copy of what is no export, and remembers it.
func (p *pass) refuse(name, sum string, file archive.File, why error) error {
	if err := p.run.QuarantineFile(file, why.Error()); err != nil {
		return &brokenArchive{errors.Join(why, err)}
	}
	if err := p.run.Note(noteRefused+name, sum); err != nil {
		return &brokenArchive{errors.Join(why, err)}
	}
	p.refused[name] = sum
	return fmt.Errorf("%w; save the export as CSV again, or take the file away (a copy is in %s)", why, p.quarantine())
}

// quarantine is where copies of what was refused are.
func (p *pass) quarantine() string { return filepath.Join(p.own, "quarantine") }

// sum reads a file into w and returns its SHA-256.
func (p *pass) sum(ctx context.Context, name string, w io.Writer) (string, error) {
	in, err := os.Open(filepath.Join(p.dir, name))
	if err != nil {
		return "", err
	}
	defer in.Close()
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(sum, w), io.LimitReader(&until{ctx, in}, largest+1)) // it may grow while it is read
	return hex.EncodeToString(sum.Sum(nil)), err
}

// copy brings a file to its part, as it was when it had that SHA-256.
func (p *pass) copy(ctx context.Context, name, sum string, file *archive.File) error {
	if info, err := os.Stat(filepath.Join(p.dir, name)); err == nil {
		file.LastModified = info.ModTime().UTC().Format(http.TimeFormat)
	}
	out, err := os.Create(p.run.Part(file.Path))
	if err != nil {
		return &brokenArchive{err}
	}
	now, err := p.sum(ctx, name, out)
	if err = errors.Join(err, out.Close()); err == nil && now != sum {
		err = errMoving
	}
	return err
}

// prove reads the copy to its end, and returns the newest day of release in it.
// What is wrong with the content is an error that wraps source.ErrRefused.
func (p *pass) prove(ctx context.Context, file archive.File) (newest time.Time, err error) {
	in, err := os.Open(p.run.Part(file.Path))
	if err != nil {
		return newest, &brokenArchive{err}
	}
	defer in.Close()
	if info, err := in.Stat(); err == nil && info.Size() > largest {
		return newest, fmt.Errorf("%w: it has over %d MB, and no export of a year has", source.ErrRefused, largest>>20)
	}
	usable := 0
	var first error
	err = each(&until{ctx, in}, file.Path, func(r vuln.Record, err error) bool {
		switch {
		case err == nil:
			usable++
			if r.Modified.After(newest) {
				newest = r.Modified
			}
		case first == nil:
			first = err
		}
		return true
	})
	switch {
	case ctx.Err() != nil:
		return newest, err
	case err != nil:
		return newest, fmt.Errorf("%w: %w", source.ErrRefused, err)
	case usable == 0 && first != nil:
		return newest, fmt.Errorf("%w: no row is usable; the first: %w", source.ErrRefused, first)
	case usable == 0:
		return newest, fmt.Errorf("%w: it has no rows below the header", source.ErrRefused)
	}
	return newest, nil
}

// until reads until its context ends.
type until struct {
	ctx context.Context
	r   io.Reader
}

func (u *until) Read(b []byte) (int, error) {
	if err := context.Cause(u.ctx); err != nil {
		return 0, err
	}
	return u.r.Read(b)
}
