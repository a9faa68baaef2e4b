package archive

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Put takes the file at Part(f.Path) into the run. When it returns nil, the
// file survives a crash and the part is gone.
//
// The caller gives Path, Encoding (of the part: "gzip", "zstd" or "") and what
// it knows of URL, validators, times, ContentBytes, ContentSHA256 and
// WireSHA256; what of these is missing is computed, Fetched from the clock. The
// rest of the result is filled in. A part without encoding is compressed as
// Zstandard and NAME.zst is its name; the others keep their bytes, and their
// name ends in .gz or .zst.
//
// If the content equals that of Current(f.Path), the bytes are not stored
// again: the entry held keeps its Filename, hashes of stored bytes and Run, and
// takes URL, ETag, LastModified, AsOf and Fetched from f.
func (r *Run) Put(f File) (File, error) {
	got, err := r.put(f)
	if err != nil {
		return File{}, fmt.Errorf("archive %s %s: %w", r.tree.name, f.Path, err)
	}
	return got, nil
}

func (r *Run) put(f File) (File, error) {
	if !validName(f.Path) {
		return File{}, errors.New("not a path below the run's folder")
	}
	if err := checkEncoding(f.Encoding); err != nil {
		return File{}, err
	}
	f.Status, f.Anew = Current, r.IsAnew()
	if f.Fetched.IsZero() {
		f.Fetched = r.clock()
	}
	f.Fetched = f.Fetched.UTC().Truncate(time.Second)
	f.AsOf = f.AsOf.UTC()

	part := r.tree.partPath(f.Path)
	staged, f, err := r.stage(part, f)
	if err != nil {
		return File{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	got, err := r.place(staged, f)
	if err != nil && r.failed == nil && staged != part {
		return File{}, errors.Join(err, removeFile(staged))
	}
	if err != nil {
		return File{}, err
	}
	return got, errors.Join(removeFile(staged), removeFile(part))
}

// stage makes the file to be stored, durable and measured, below incoming: the
// part itself or its compressed form.
func (r *Run) stage(part string, f File) (string, File, error) {
	in, err := os.Open(part)
	if err != nil {
		return "", f, err
	}
	defer in.Close()
	if f.Encoding != "" {
		disk, content, err := weighStored(in, f)
		if err != nil {
			return "", f, err
		}
		return part, f.measured(disk, content, disk), syncFile(part)
	}

	if err := makeDir(r.tree.stagedPath()); err != nil {
		return "", f, err
	}
	out, err := os.CreateTemp(r.tree.stagedPath(), "*.zst")
	if err != nil {
		return "", f, err
	}
	disk, content, err := r.zstd.compress(out, in)
	if err == nil && f.ContentSHA256 != "" && f.ContentSHA256 != content.sha256 {
		err = fmt.Errorf("the download has SHA-256 %s, expected %s", content.sha256, f.ContentSHA256)
	}
	if err = errors.Join(err, out.Chmod(0o644), out.Sync(), out.Close()); err != nil {
		return "", f, errors.Join(err, removeFile(out.Name()))
	}
	f.Encoding = encZstd
	return out.Name(), f.measured(disk, content, content), nil
}

// weighStored returns the digests of a part that keeps its bytes. It unpacks
// the part only if the caller has not told what is inside.
func weighStored(part io.Reader, f File) (disk, content digest, err error) {
	if f.ContentSHA256 != "" && f.ContentBytes > 0 {
		disk, _, _, err = weigh(part, "")
		return disk, digest{bytes: f.ContentBytes, sha256: f.ContentSHA256}, err
	}
	disk, content, bad, err := weigh(part, f.Encoding)
	return disk, content, errors.Join(err, bad)
}

func (f File) measured(disk, content, wire digest) File {
	f.SizeBytes, f.SHA256 = disk.bytes, disk.sha256
	f.ContentBytes, f.ContentSHA256 = content.bytes, content.sha256
	if f.WireSHA256 == "" {
		f.WireSHA256 = wire.sha256
	}
	return f
}

// place journals the file and moves it from staged into raw; or, if its content
// is held already, journals just that. r.mu is held.
func (r *Run) place(staged string, f File) (File, error) {
	if held, ok := r.holds(f); ok {
		held.URL, held.ETag, held.LastModified = f.URL, f.ETag, f.LastModified
		held.AsOf, held.Fetched = f.AsOf, f.Fetched
		return held, r.write(entry{Kept: &held})
	}

	f.Run = r.journal.run
	f.Filename = r.freeName(f)
	target := r.tree.rawPath(f.Filename)
	if err := makeDir(filepath.Dir(target)); err != nil {
		return File{}, err
	}
	from, err := filepath.Rel(r.tree.incomingPath(), staged)
	if err != nil {
		return File{}, err
	}
	if err := r.write(entry{Put: &f, From: filepath.ToSlash(from)}); err != nil {
		return File{}, err
	}
	if err := move(staged, target); err != nil {
		return File{}, r.fail(err)
	}
	return f, nil
}

// holds returns the file that has f's content at f's path already.
func (r *Run) holds(f File) (File, bool) {
	held, ok := r.held[f.Path]
	if got, newer := r.journal.newest(f.Path); newer {
		held, ok = got.File, true
	}
	if !ok || held.ContentSHA256 != f.ContentSHA256 {
		return File{}, false
	}
	info, err := os.Lstat(r.tree.rawPath(held.Filename))
	return held, err == nil && info.Mode().IsRegular() && info.Size() == held.SizeBytes
}

// freeName returns a filename for f that was never used.
func (r *Run) freeName(f File) string {
	name, ext := f.Path, extensions[f.Encoding]
	name = strings.TrimSuffix(name, ext)
	ext = path.Ext(name) + ext
	name = strings.TrimSuffix(name, path.Ext(name))
	free := f.Run + "/" + name + ext
	for n := 2; r.journal.names[free] || exists(r.tree.rawPath(free)); n++ {
		free = f.Run + "/" + name + "-" + strconv.Itoa(n) + ext
	}
	return free
}

// syncFile makes a file's bytes durable.
func syncFile(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
