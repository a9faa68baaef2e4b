// Package msrccsv reads exports of Microsoft's Security Update Guide
// (https://msrc.microsoft.com/update-guide), CSV files that a browser saves and
// people hand over: any year, any selection of rows and columns, and any of the
// generations the guide has had. Columns go by their names, whatever their case
// and order:
//
//   - by product, since 2020: Release Date, Product Family, Product, Platform,
//     Impact, Max Severity, Article, Article Link, Supercedence, Download, Download
//     Link, Build Number, Details, Details Link, Base Score, Temporal Score, Customer
//     Action Required; before, with two columns called Article,
//   - by vulnerability: Release Date, CVE Number, CVE Title, Tag, …,
//   - by update: Release Date, Product, Article, Download, …,
//   - the bulletins to 2017 (BulletinSearch.xlsx, saved as CSV): Date Posted,
//     Bulletin KB, Component KB, Supersedes, CVEs, ….
//
// There are two kinds of records, both Converted, as exports say less than the
// documents of the API that format/msrc reads. A vulnerability is all rows that
// name it, {"id": "CVE-2024-10001", "rows": [{"Release Date": "9 Jan 2024", …}]}:
// the cells as spelled by the names as spelled, without empty ones; a name met
// before in the header has its place behind it, "Article (2)". An update is a
// msrc.Update whose documents are "csv" and the day of release.
package msrccsv

import (
	"fmt"
	"time"

	"vulnmirror/format/msrc"
)

// FormatError says in which line a file was found to be no export.
type FormatError struct {
	Line int
	Err  error
}

func (e *FormatError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the reason.
func (e *FormatError) Unwrap() error { return e.Err }

// RecordError concerns one row; the others are read.
type RecordError struct {
	Line int
	Err  error
}

func (e *RecordError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the reason.
func (e *RecordError) Unwrap() error { return e.Err }

// Release tells which part of the guide a file is.
type Release struct {
	Version string    // always empty: exports have none
	Date    time.Time // the newest day of release among the rows
	First   time.Time // the oldest
	Rows    int
}

// ParseID normalises the identifier of a vulnerability in any spelling people use.
func ParseID(s string) (string, bool) { return msrc.ParseID(s) }

// ParseKB normalises the number of an update in any spelling people use.
func ParseKB(s string) (string, bool) { return msrc.ParseKB(s) }
