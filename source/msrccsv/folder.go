package msrccsv

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"vulnmirror/fetch"
)

// everyExport matches the names of exports; case does not count.
const everyExport = "*.csv"

// place returns the folder that people put files into and what their names look
// like, from the operator's address when there is one: file:///srv/exports/*.csv,
// or a path.
func (s *Source) place(up *fetch.Client) (dir, pattern string, err error) {
	at := up.At(folder)
	if at == folder.URL {
		return s.folder, everyExport, nil
	}
	name := at
	if rest, ok := strings.CutPrefix(at, "file:"); ok {
		if name, err = url.PathUnescape(strings.TrimPrefix(rest, "//")); err != nil {
			return "", "", fmt.Errorf("location %s: %w", folder.Name, err)
		}
	} else if strings.Contains(at, "://") {
		return "", "", fmt.Errorf("location %s: %s is no folder; it is written file:///FOLDER/*.csv", folder.Name, at)
	}
	dir, pattern = filepath.Split(filepath.FromSlash(name))
	if pattern == "" {
		pattern = everyExport
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return "", "", fmt.Errorf("location %s: %s: %w", folder.Name, at, err)
	}
	return dir, pattern, nil
}

// list returns the names of the regular files of a folder that look like pattern,
// sorted; none when there is no folder. What begins with a dot or ~$ was left
// there by a system or by a program that has the file open.
func list(dir, pattern string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		fits, err := path.Match(strings.ToLower(pattern), strings.ToLower(name))
		if err != nil {
			return nil, err
		}
		if fits && e.Type().IsRegular() && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "~$") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// address is the URL of a file.
func address(name string) string {
	if whole, err := filepath.Abs(name); err == nil {
		name = whole
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(name)}).String()
}
