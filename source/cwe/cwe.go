// Package cwe is the source of MITRE's Common Weakness Enumeration: weaknesses,
// categories and views, in one space of numbers.
//
// # Upstream
//
// cwe.mitre.org publishes the catalogue as a zip with one XML file in it, whose
// name has the version (cwec_v4.20.xml), about three times a year. The CWE API
// tells the version and its date in one small answer. The repository
// CWE-CAPEC/REST-API-wg on GitHub holds the same entries as JSON, one file a
// weakness and one for all categories and all views; it lags behind by a version
// at times.
//
// # Quirks this package lives with
//
// A category has a number like a weakness, and CVE records name categories, as
// CWE-264. There is no date of creation or change: they are the first
// submission and the last modification of Content_History. Relations are listed
// again for each view they hold in. NVD's NVD-CWE-noinfo and NVD-CWE-Other are no
// entries. The API's weakness/all has been seen to end in the middle, so it is
// not asked. Archives with no XML file, or two, have been seen as well.
//
// # How it stays true
//
// The version is asked for, and the catalogue when it has changed, or when it has
// not been looked at for sources.cwe.max_age. The catalogue is believed when it
// reads as XML to its end, is not older than the one held, and has nine tenths of
// its entries at least. Entries that a later catalogue lacks are marked as
// withdrawn; those deprecated stay, with that status.
package cwe

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"vulnmirror/fetch"
	format "vulnmirror/format/cwe"
	"vulnmirror/source"
	"vulnmirror/source/edition"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "cwe"

var (
	catalogue = fetch.Location{Name: "catalogue", URL: "https://cwe.mitre.org/data/xml/cwec_latest.xml.zip"}
	version   = fetch.Location{Name: "version", URL: "https://cwe-api.mitre.org/api/v1/cwe/version"}
	files     = fetch.Location{Name: "json", URL: "https://raw.githubusercontent.com/CWE-CAPEC/REST-API-wg/main/json_repo/{file}"}
)

// Version 4.19.1 has 969 weaknesses, 420 categories and 58 views.
const floor = 900

// New returns the source.
func New() *edition.Source {
	return edition.New(edition.Publication{
		Info: source.Info{
			Name: Name, Title: "MITRE CWE, Common Weakness Enumeration", Kind: vuln.KindCWE,
			Home:        "https://cwe.mitre.org/",
			Licence:     "MITRE CWE terms of use: royalty-free, also commercially; copies carry the copyright notice",
			Attribution: "CWE(TM) is © The MITRE Corporation and used with its permission, https://cwe.mitre.org/about/termsofuse.html",
			Locations:   []fetch.Location{catalogue, version, files},
			Interval:    24 * time.Hour, Floor: floor,
		},
		Ways: []edition.Way{
			{Name: "XML", Requests: 1, Gather: gatherXML, Open: openXML},
			{Name: "JSON", Requests: 1000, Gather: gatherJSON, Open: openJSON},
		},
		Check: changed,
		Read:  format.Decode,
	})
}

// changed asks for the version, where the catalogue is or where its JSON is.
func changed(ctx context.Context, up *fetch.Client, last source.Cursor) (bool, error) {
	var failures []error
	for _, url := range []string{up.At(version), up.At(files, "file", versionFile)} {
		var now format.Release
		_, _, err := up.Read(ctx, fetch.Request{URL: url, Check: func(r io.Reader) (err error) {
			now, err = format.ReadVersion(r)
			return err
		}}, 64<<10)
		if err == nil {
			return now.Version != last.Release, nil
		}
		failures = append(failures, err)
	}
	return true, errors.Join(failures...)
}

const zipFile = "cwec_latest.xml.zip"

func gatherXML(ctx context.Context, g *edition.Gathering) error {
	return g.Get(ctx, edition.Part{Path: zipFile, URLs: []string{g.Up.At(catalogue)}, Check: func(r io.Reader) error {
		data, err := io.ReadAll(r)
		if err == nil {
			_, err = theXML(data)
		}
		return err
	}})
}

// theXML finds the one XML file in a zip.
func theXML(data []byte) (*zip.File, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	var found []*zip.File
	for _, f := range archive.File {
		if strings.EqualFold(path.Ext(f.Name), ".xml") {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("the zip holds %d XML files instead of one", len(found))
	}
	return found[0], nil
}

func openXML(fsys fs.FS) (edition.Reading, error) {
	data, err := fs.ReadFile(fsys, zipFile)
	if err != nil {
		return edition.Reading{}, err
	}
	member, err := theXML(data)
	if err != nil {
		return edition.Reading{}, fmt.Errorf("%s: %w", zipFile, err)
	}
	in, err := member.Open()
	if err != nil {
		return edition.Reading{}, fmt.Errorf("%s in %s: %w", member.Name, zipFile, err)
	}
	r := format.NewReader(in)
	return edition.OfList(r, func() (string, time.Time) { return r.Release().Version, r.Release().Date }, in.Close), nil
}

// The files of the repository beside those of single weaknesses.
const (
	versionFile    = "cwev.json"
	treeFile       = "cwe_tree.json"
	categoriesFile = "C/categories.json"
	viewsFile      = "V/views.json"
)

// gatherJSON takes all files anew when the version says so.
func gatherJSON(ctx context.Context, g *edition.Gathering) error {
	at := func(file string, check func(io.Reader) error) edition.Part {
		return edition.Part{Path: file, URLs: []string{g.Up.At(files, "file", file)}, Check: check}
	}
	if err := g.Get(ctx, at(versionFile, edition.JSON)); err != nil {
		return err
	}
	now, err := readFile(g.Open, versionFile, format.ReadVersion)
	if err != nil {
		return err
	}
	if g.Held != nil && g.Held.Way == "JSON" && now.Version == g.Held.Release && g.KeepAll() {
		return nil
	}
	if err := g.Get(ctx, at(treeFile, edition.JSON)); err != nil {
		return err
	}
	weaknesses, err := readFile(g.Open, treeFile, listWeaknesses)
	if err != nil {
		return err
	}
	parts := []edition.Part{at(categoriesFile, edition.JSON), at(viewsFile, edition.JSON)}
	for _, id := range weaknesses {
		parts = append(parts, at("W/"+id+".json", edition.JSON))
	}
	return g.All(ctx, parts)
}

// readFile reads a file whole.
func readFile[T any](open func(string) (io.ReadCloser, error), name string, read func(io.Reader) (T, error)) (T, error) {
	in, err := open(name)
	if err != nil {
		var none T
		return none, err
	}
	out, err := read(in)
	if err := errors.Join(err, in.Close()); err != nil {
		return out, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

// listWeaknesses reads the numbers of weaknesses from the repository's tree.
func listWeaknesses(r io.Reader) ([]string, error) {
	var tree struct{ TypeDict map[string]string }
	if err := json.NewDecoder(r).Decode(&tree); err != nil {
		return nil, err
	}
	var out []string
	for id, kind := range tree.TypeDict {
		if strings.HasSuffix(kind, "_weakness") {
			out = append(out, id)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("it names no weakness in TypeDict")
	}
	slices.Sort(out)
	return out, nil
}

// openJSON reads the files one after the other.
func openJSON(fsys fs.FS) (edition.Reading, error) {
	open := func(name string) (io.ReadCloser, error) { return fsys.Open(name) }
	release, err := readFile(open, versionFile, format.ReadVersion)
	if err != nil {
		return edition.Reading{}, err
	}
	entries, err := fs.ReadDir(fsys, "W")
	if err != nil {
		return edition.Reading{}, err
	}
	paths := []string{categoriesFile, viewsFile}
	for _, e := range entries {
		paths = append(paths, "W/"+e.Name())
	}
	c := edition.Chain(fsys, paths, func(r io.Reader) edition.Nexter { return format.NewReader(r) })
	return edition.OfList(c, func() (string, time.Time) { return release.Version, release.Date }, c.Close), nil
}
