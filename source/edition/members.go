package edition

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// members is the file system of an edition's files, by their paths, unpacked.
type members struct {
	edition *Edition
	content func(filename string) (io.ReadCloser, error)
}

// Open opens a member, or a folder of members.
func (m members) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	for i := range m.edition.Members {
		if one := &m.edition.Members[i]; one.Path == name {
			in, err := m.content(one.Filename)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return &file{ReadCloser: in, stat: stat{name: path.Base(name)}, path: name}, nil
		}
	}
	entries := m.entries(name)
	if len(entries) == 0 && name != "." {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &folder{stat: stat{name: path.Base(name), dir: true}, entries: entries}, nil
}

// entries lists what is directly in a folder, in the order of names.
func (m members) entries(dir string) []fs.DirEntry {
	prefix := dir + "/"
	if dir == "." {
		prefix = ""
	}
	seen := make(map[string]bool)
	var out []fs.DirEntry
	for _, one := range m.edition.Members {
		rest, ok := strings.CutPrefix(one.Path, prefix)
		if !ok {
			continue
		}
		name, _, deeper := strings.Cut(rest, "/")
		if !seen[name] {
			seen[name] = true
			out = append(out, fs.FileInfoToDirEntry(stat{name: name, dir: deeper}))
		}
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out
}

type file struct {
	io.ReadCloser
	stat
	path  string
	begun bool // something was read
}

// Read says in errors which member they are about. None is taken in empty.
func (f *file) Read(p []byte) (int, error) {
	n, err := f.ReadCloser.Read(p)
	f.begun = f.begun || n > 0
	if errors.Is(err, io.EOF) && !f.begun {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s: %w", f.path, err)
	}
	return n, err
}

func (f *file) Stat() (fs.FileInfo, error) { return f.stat, nil }

type folder struct {
	stat
	entries []fs.DirEntry
}

func (f *folder) Stat() (fs.FileInfo, error) { return f.stat, nil }
func (f *folder) Close() error               { return nil }

func (f *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.name, Err: fs.ErrInvalid}
}

// ReadDir is as fs.ReadDirFile has it.
func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(f.entries)
	} else if len(f.entries) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(f.entries))
	out := f.entries[:n]
	f.entries = f.entries[n:]
	return out, nil
}

// stat describes a member as far as it is known without reading it.
type stat struct {
	name string
	dir  bool
}

func (s stat) Name() string       { return s.name }
func (s stat) Size() int64        { return 0 }
func (s stat) ModTime() time.Time { return time.Time{} }
func (s stat) IsDir() bool        { return s.dir }
func (s stat) Sys() any           { return nil }

func (s stat) Mode() fs.FileMode {
	if s.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
