// Package msrccsv is the source of exports of Microsoft's Security Update Guide,
// which people save in a browser and drop into a folder.
//
// # Upstream
//
// https://msrc.microsoft.com/update-guide shows vulnerabilities, updates and
// deployments, and lets everybody save what it shows as CSV, at most a year at a
// time. There is no stable address for that. The exports say which updates (KB
// numbers) remedy what on which products, and what they supersede; they tell more
// of that than the documents of the source msrc for products like the servicing
// stack, and less of everything else.
//
// Exports are put into the folder msrc-csv of the data folder, as DIR/msrc-csv/*.csv,
// and the next sync takes in what is new there or has changed. Files may be
// of any year and have any name; they are left where they are. Microsoft's
// bulletins before 2016, BulletinSearch.xlsx, are taken in when saved as CSV.
//
// # Quirks this package lives with
//
// The columns and their names have changed over the years, dates are spelled in
// many ways, and older exports have two columns called Article; columns go by
// their names and may stand in any order, with commas, semicolons or tabs
// between, with or without a byte order mark. An export holds what its maker
// chose to see, so two of them may say different things of one update.
//
// # How it stays true
//
// A file is copied, and the copy is read to its end before anything of it is
// kept: it must have the columns of an export and at least one row that names a
// vulnerability or an update. One that has not goes to the quarantine as a copy,
// the run tells its name, the line and what to do, and the others go on; until it
// changes that fails no other run, whose notes name it. Rows that cannot be used are counted
// as refused, the others count.
//
// What several exports, or one file at several times, say of a vulnerability or
// an update is put together, and nothing is ever withdrawn: that a row is missing
// from an export means nothing. What the source msrc has of the same record counts
// instead, as it says more.
package msrccsv

import (
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "msrc-csv"

var folder = fetch.Location{Name: "folder", URL: "file:DIR/msrc-csv/*.csv"}

// Source takes in exports and decodes them.
type Source struct{ folder string }

// New returns the source for the folder that people put files into, which is also
// where the archive keeps what the source has: DIR/msrc-csv of the data folder
// DIR. Empty means that of ./data.
func New(folder string) *Source {
	if folder == "" {
		folder = archive.Open("").Source(Name).Dir()
	}
	return &Source{folder}
}

// Info describes the source.
func (*Source) Info() source.Info {
	return source.Info{
		Name: Name, Title: "Exports of Microsoft's Security Update Guide",
		Kind: vuln.KindMSRC, With: []vuln.Kind{vuln.KindMSKB},
		Home:        "https://msrc.microsoft.com/update-guide",
		Licence:     "Microsoft's terms of use",
		Attribution: "Security update data by the Microsoft Security Response Center, https://msrc.microsoft.com/.",
		Restricted:  true,
		Locations:   []fetch.Location{folder},
		Interval:    24 * time.Hour, DependsOn: []string{"nvd-cve"}, Copies: true, Once: true,
	}
}

// Preview lists the files that a Fetch would look at.
func (s *Source) Preview(source.Cursor) (source.Preview, error) {
	p := source.Preview{Way: fmt.Sprintf("files that people put into %s", s.folder)}
	files, err := list(s.folder, everyExport)
	for _, name := range files {
		p.URLs = append(p.URLs, address(filepath.Join(s.folder, name)))
	}
	return p, err
}

// Decode yields the records of an archived export: its vulnerabilities, then the
// updates it names.
func (*Source) Decode(tree fs.FS, filename string) iter.Seq2[vuln.Record, error] {
	return func(yield func(vuln.Record, error) bool) {
		content, err := archive.OpenContent(tree, filename)
		if err == nil {
			defer content.Close()
			err = each(content, filename, yield)
		}
		if err != nil {
			yield(vuln.Record{}, fmt.Errorf("%s: %w", filename, err))
		}
	}
}
