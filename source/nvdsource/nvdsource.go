// Package nvdsource is the source of NVD's list of those who supply it with
// data.
//
// # Upstream
//
// CVE records name who reported, scored or classified them by a source
// identifier: an address, or a UUID. The API at services.nvd.nist.gov tells who
// that is: about 500 organisations, in pages of at most 1,000. There is no feed;
// nvd.method does not count here.
//
// # Quirks this package lives with
//
// One organisation has several identifiers; it is kept under the first, and found
// by all of them. Name, address and each acceptance level may be missing. The
// format is called NVD_SOURCE; its case does not count here, for it is nowhere
// laid down.
//
// # How it stays true
//
// The list is one page and read whole each time, which takes no more requests
// than asking for changes. Should it outgrow the page, it is read whole once and
// then what changed since the newest modification held. A page is believed when it
// is whole JSON with as many records as it says and as its place in the total
// demands.
package nvdsource

import (
	"time"

	"vulnmirror/format/nvd"
	"vulnmirror/source/nvdupstream"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "nvd-source"

var collection = nvdupstream.Collection{
	Name: Name, Title: "NVD data sources", Noun: "data sources", Kind: vuln.KindNVDSource,
	Home: "https://nvd.nist.gov/developers/data-sources", Interval: 24 * time.Hour,
	Endpoint: "https://" + nvdupstream.APIHost + "/rest/json/source/2.0",
	Format:   nvd.FormatSource, PageSize: 1000, Window: nvdupstream.ByModification,
	Leaves: true, Repeats: true,
	About: 500, PerDay: 2,
}

// Source fetches and decodes the list of data sources.
type Source struct{ *nvdupstream.Catalogue }

// New returns the source. Empty settings take their defaults.
func New(s nvdupstream.Settings) *Source {
	return &Source{nvdupstream.NewCatalogue(collection, s)}
}
