// Package nvdcve is the source of NVD's CVE records.
//
// # Upstream
//
// NVD publishes the same records twice. The API at services.nvd.nist.gov
// answers pages of at most 2,000 records, ordered by publication date, 5
// requests in any 30 seconds (50 with a key), and windows of at most 120 days
// of modification or publication dates. The 2.0 feeds at nvd.nist.gov are one
// gzip file for every year of the CVE identifier from 2002 on (2002 holds the
// older ones too), made anew each night when something in them changed, and
// "modified", made every two hours, with what changed in the last eight days.
// Beside each feed a .meta file states when it was made and the size and
// SHA-256 of its JSON.
//
// # Quirks this package lives with
//
// lastModified is not moved by every change: descriptions and statuses change
// under an old one, so the same lastModified may come with other content, and
// only the feeds tell. Windows have been answered with nothing although they
// were not empty; totals move while one pages; files and their .meta are out of
// step while NVD publishes; errors come as HTML under status 200; a bad key or
// an overlong window is a 404 whose reason is in the header "message". Feeds
// are indented and carry a time without a zone; the API is compact.
//
// # How it stays true
//
// A page is believed when it is whole JSON with as many records as it says and
// as its place in the total demands. Paging is repeated until every page of a
// pass states the same total and that many distinct records were seen. The
// watermark is a lastModified actually held, never the clock's time; a window
// that contains it cannot be empty. What is fetched is decided in auto.go.
package nvdcve

import (
	"context"
	"io/fs"
	"iter"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/format/nvd"
	"vulnmirror/source"
	"vulnmirror/source/nvdupstream"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "nvd-cve"

// collection is what is particular about CVE records. None is ever taken away:
// NVD marks those it gives up as rejected.
var collection = nvdupstream.Collection{
	Name: Name, Title: "NVD CVE records", Noun: "CVE records", Kind: vuln.KindCVE,
	Home: "https://nvd.nist.gov/vuln", Interval: 2 * time.Hour,
	Endpoint: "https://" + nvdupstream.APIHost + "/rest/json/cves/2.0",
	Format:   nvd.FormatCVE, PageSize: 2000, Window: nvdupstream.ByModification,
	FeedBase: "https://" + nvdupstream.FeedHost + "/feeds/json/cve/2.0/",
	About:    400_000, PerDay: 3000,
}

// Config is what an operator may choose.
type Config struct {
	nvdupstream.Settings
	Plan  string // full load by API: "pages" or "quarters"; empty means pages
	Years []int  // feed years wanted; empty means 2002 to now
}

// Source fetches and decodes NVD's CVE records.
type Source struct {
	Config
}

// New returns the source. Empty fields of c take their defaults.
func New(c Config) *Source {
	c.Settings = c.WithDefaults()
	if c.Plan == "" {
		c.Plan = "pages"
	}
	return &Source{c}
}

// Info describes the source.
func (s *Source) Info() source.Info { return collection.Info() }

// Decode yields the records of an archived feed or API page.
func (s *Source) Decode(tree fs.FS, filename string) iter.Seq2[vuln.Record, error] {
	return collection.Decode(tree, filename)
}

// Fetch puts what changed since last into run, by feeds or by API as
// configured.
func (s *Source) Fetch(ctx context.Context, up *fetch.Client, run *archive.Run, last source.Cursor) (source.Cursor, error) {
	p, err := s.newPass(up, run, last)
	if err != nil {
		return last, err
	}
	switch s.Method {
	case "feeds":
		err = p.feeds(ctx)
	case "api":
		err = p.api(ctx)
	default:
		err = p.auto(ctx)
	}
	return p.Close(p.state(), err)
}

func (s *Source) years() []int {
	if len(s.Years) > 0 {
		return s.Years
	}
	var years []int
	for y := vuln.FirstFeedYear; y <= s.Now().UTC().Year(); y++ {
		years = append(years, y)
	}
	return years
}
