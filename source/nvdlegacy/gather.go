package nvdlegacy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"vulnmirror/format/nvd"
)

// Item is one thing to import: a file or an address.
type Item struct {
	Name string // as to be shown: the path, or the URL
	Meta string // the .meta file beside a file, "" when there is none
}

// remote tells whether the item is an address.
func (i Item) remote() bool { return isURL(i.Name) }

func isURL(name string) bool {
	return strings.HasPrefix(name, "https://") || strings.HasPrefix(name, "http://")
}

// Gather lists what arguments name: files and URLs as they are, and of folders
// the regular files in them and below, by name. Files that only describe others,
// and in folders those that systems leave behind, are passed over and reported to
// skip. It fails on an argument that is not there.
func Gather(args []string, skip func(name, why string)) ([]Item, error) {
	var items []Item
	for _, arg := range args {
		if isURL(arg) {
			items = append(items, Item{Name: arg})
			continue
		}
		info, err := os.Stat(arg)
		if err != nil {
			return nil, err
		}
		if info.Mode().IsRegular() {
			// A shell's * names them as well as a folder does.
			if why := describes(filepath.Base(arg)); why != "" {
				skip(arg, why)
				continue
			}
			items = append(items, Item{Name: arg, Meta: metaBeside(arg)})
			continue
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("%s is neither a file nor a folder", arg)
		}
		err = filepath.WalkDir(arg, func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			if why := passedOver(e); why != "" {
				skip(name, why)
				return nil
			}
			items = append(items, Item{Name: name, Meta: metaBeside(name)})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

// passedOver says why a file of a folder is not looked at, "" for all others.
func passedOver(e fs.DirEntry) string {
	switch name := e.Name(); {
	case strings.HasPrefix(name, "."):
		return "its name begins with a dot"
	case !e.Type().IsRegular():
		return "it is not a regular file"
	default:
		return describes(name)
	}
}

// describes says of files that hold no records what they are for.
func describes(name string) string {
	switch {
	case strings.HasSuffix(name, ".meta"):
		return "it describes the feed beside it"
	case name == "cache.properties":
		return "it describes the feeds beside it"
	}
	return ""
}

// metaBeside returns the .meta file of a file, "" when there is none.
// nvdcve-1.1-2002.json.gz and nvdcve-2002.json.zip have theirs without the
// extensions; others append .meta to the whole name.
func metaBeside(name string) string {
	base := strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zip")
	for _, candidate := range []string{
		strings.TrimSuffix(strings.TrimSuffix(base, ".json"), ".xml") + ".meta", base + ".meta", name + ".meta",
	} {
		if info, err := os.Stat(candidate); err == nil && info.Mode().IsRegular() {
			return candidate
		}
	}
	return ""
}

// readMeta reads the .meta file of an item; without one it returns the zero
// Meta.
func readMeta(name string) (nvd.Meta, error) {
	if name == "" {
		return nvd.Meta{}, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nvd.Meta{}, err
	}
	meta, err := nvd.ParseMeta(text)
	if err != nil {
		return meta, fmt.Errorf("%s beside it: %w", filepath.Base(name), err)
	}
	return meta, nil
}

// matches tells whether a document is the one that meta describes.
func matches(meta nvd.Meta, p Proof) error {
	if meta.SHA256 != "" && meta.SHA256 != p.sha256 {
		return errors.New("it has SHA-256 " + p.sha256 + ", and the .meta beside it says " + meta.SHA256)
	}
	return nil
}
