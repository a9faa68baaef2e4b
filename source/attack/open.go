package attack

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	format "vulnmirror/format/attack"
	"vulnmirror/format/jsonlist"
	"vulnmirror/source/edition"
)

// open reads the bundles of all domains there are as one.
func open(fsys fs.FS) (edition.Reading, error) {
	var bundles []io.Reader
	var files []fs.File
	finish := func() error {
		var errs []error
		for _, f := range files {
			errs = append(errs, f.Close())
		}
		return errors.Join(errs...)
	}
	versions := make(map[string]string)
	for _, d := range domains {
		f, err := fsys.Open(d.file())
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			files = append(files, f)
			bundles = append(bundles, f)
			versions[d.name], err = version(fsys, d.file())
		}
		if err != nil {
			return edition.Reading{}, errors.Join(err, finish())
		}
	}
	if len(bundles) == 0 {
		return edition.Reading{}, errors.New("there is no bundle of any domain")
	}
	r := format.NewReader(bundles...)
	return edition.OfList(r, func() (string, time.Time) { return release(versions), r.Release().Date }, finish), nil
}

// unknown stands for the version of a bundle that does not state it.
const unknown = "?"

// A bundle's collection, which states the version, is its first object; a few
// more are looked at.
const looked = 20

func version(fsys fs.FS, name string) (_ string, err error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	list := jsonlist.NewReader(f, "objects")
	for range looked {
		body, err := list.Next()
		if err != nil {
			return unknown, nil // whoever reads the bundle meets it again
		}
		var object struct {
			Type    string `json:"type"`
			Version string `json:"x_mitre_version"`
		}
		if jsonlist.Unmarshal(body, &object) == nil && object.Type == "x-mitre-collection" && object.Version != "" {
			return object.Version, nil
		}
	}
	return unknown, nil
}

// release puts the versions of domains into one text.
func release(versions map[string]string) string {
	var each, distinct []string
	for _, d := range domains {
		if v, ok := versions[d.name]; ok {
			each = append(each, d.name+" "+v)
			distinct = append(distinct, v)
		}
	}
	if distinct = slices.Compact(distinct); len(each) == len(domains) && len(distinct) == 1 && distinct[0] != unknown {
		return distinct[0]
	}
	return strings.Join(each, ", ")
}

// versionsIn takes apart what release put together.
func versionsIn(release string) map[string]string {
	versions := make(map[string]string)
	for _, d := range domains {
		versions[d.name] = release
	}
	if !strings.Contains(release, " ") {
		return versions
	}
	clear(versions)
	for each := range strings.SplitSeq(release, ", ") {
		name, version, _ := strings.Cut(each, " ")
		versions[name] = version
	}
	return versions
}
