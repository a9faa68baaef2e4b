package fetch

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// body is where a transfer keeps what it received.
type body interface {
	io.Writer                     // appends
	name() string                 // the file's, if it is one
	size() int64                  // bytes held
	reset() error                 // drops them
	open() (io.ReadCloser, error) // reads them from the first
	replace(r io.Reader) error    // takes r's instead; r may be reading the old ones
	sync() error
}

type memoryBody struct{ data []byte }

func (b *memoryBody) Write(p []byte) (int, error) { b.data = append(b.data, p...); return len(p), nil }
func (b *memoryBody) name() string                { return "" }
func (b *memoryBody) size() int64                 { return int64(len(b.data)) }
func (b *memoryBody) reset() error                { b.data = nil; return nil }
func (b *memoryBody) sync() error                 { return nil }

func (b *memoryBody) open() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(b.data)), nil
}

func (b *memoryBody) replace(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err == nil {
		b.data = data
	}
	return err
}

// fileBody is a partial file.
type fileBody struct {
	path string
	file *os.File
	held int64
}

func openPart(path string) (*fileBody, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	b := &fileBody{path: path}
	return b, b.attach()
}

// attach opens the file at path for appending.
func (b *fileBody) attach() error {
	file, err := os.OpenFile(b.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	b.file, b.held = file, info.Size()
	return nil
}

func (b *fileBody) Write(p []byte) (int, error) {
	n, err := b.file.Write(p)
	b.held += int64(n)
	if err != nil {
		err = &localError{err}
	}
	return n, err
}

func (b *fileBody) name() string                 { return b.path }
func (b *fileBody) size() int64                  { return b.held }
func (b *fileBody) open() (io.ReadCloser, error) { return os.Open(b.path) }
func (b *fileBody) sync() error                  { return b.file.Sync() }

// close leaves no file behind when nothing was received.
func (b *fileBody) close() error {
	err := b.file.Close()
	if b.held == 0 {
		err = errors.Join(err, os.Remove(b.path))
	}
	return err
}

func (b *fileBody) reset() error {
	b.held = 0
	return b.file.Truncate(0)
}

func (b *fileBody) replace(r io.Reader) error {
	beside := b.path + ".unpacked"
	file, err := os.Create(beside)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, r)
	if err = errors.Join(err, file.Close(), b.file.Close()); err == nil {
		err = os.Rename(beside, b.path)
	}
	return errors.Join(err, b.attach())
}
