package car

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// Limits of the archive. Upstream's YAML files have 11 KB at most; of the rest of
// the repository nothing is read.
const (
	mostMembers = 20_000
	mostBytes   = 256 << 20
	mostYAML    = 1 << 20
)

// check reads an archive to its end.
func check(r io.Reader) error {
	_, _, err := unpack(r)
	return err
}

// unpack reads a tar archive and returns its YAML files, and the commit it is of
// if it says so. The tree is a zip in memory, that being a file system already.
func unpack(r io.Reader) (tree fs.FS, commit string, err error) {
	in := tar.NewReader(r)
	var packed bytes.Buffer
	out := zip.NewWriter(&packed)
	var total int64
	for count := 1; ; count++ {
		head, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, "", fmt.Errorf("the archive is damaged after %d members: %w", count-1, err)
		}
		total += head.Size
		if err := acceptable(head, count, total); err != nil {
			return nil, "", err
		}
		// git-archive(1) writes the commit there.
		if said := head.PAXRecords["comment"]; head.Typeflag == tar.TypeXGlobalHeader && said != "" {
			commit = said
		}
		if head.Typeflag != tar.TypeReg || path.Ext(head.Name) != ".yaml" {
			continue
		}
		if err := add(out, head, in); err != nil {
			return nil, "", fmt.Errorf("archive member %q: %w", head.Name, err)
		}
	}
	if err := out.Close(); err != nil {
		return nil, "", err
	}
	tree, err = zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	return tree, commit, err
}

func add(out *zip.Writer, head *tar.Header, content io.Reader) error {
	if head.Size > mostYAML {
		return fmt.Errorf("it has %d bytes, more than %d are not read", head.Size, mostYAML)
	}
	w, err := out.CreateHeader(&zip.FileHeader{Name: head.Name, Method: zip.Store})
	if err == nil {
		_, err = io.Copy(w, content)
	}
	return err
}

// acceptable says why an archive must not be read on.
func acceptable(head *tar.Header, count int, total int64) error {
	name := strings.TrimSuffix(head.Name, "/")
	switch {
	case head.Typeflag == tar.TypeXGlobalHeader:
	case head.Typeflag != tar.TypeReg && head.Typeflag != tar.TypeDir:
		return fmt.Errorf("archive member %q is neither a file nor a folder (type %q)", head.Name, head.Typeflag)
	case !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00:"):
		return fmt.Errorf("archive member %q has a path that leads out of the archive", head.Name)
	}
	switch {
	case count > mostMembers:
		return fmt.Errorf("the archive has more than %d members", mostMembers)
	case total > mostBytes:
		return fmt.Errorf("the archive unpacks to more than %d bytes", mostBytes)
	}
	return nil
}
