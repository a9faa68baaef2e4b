// Package nvdcpe is the source of the CPE names in NVD's dictionary.
//
// # Upstream
//
// NVD publishes its product dictionary, some 1.5 million CPE names, twice. The
// API at services.nvd.nist.gov answers pages of at most 10,000 names and windows
// of at most 120 days of modification dates. The archive nvdcpe-2.0.tar.gz at
// nvd.nist.gov, about 80 MB, is made anew each night and holds the whole
// dictionary in chunks, nvdcpe-2.0-chunks/nvdcpe-2.0-chunk-00001.json and so on,
// each a document like a page of the API. Beside it a .meta file states when it
// was made and the size and SHA-256 of the chunks one after the other.
//
// # Quirks this package lives with
//
// Chunks count their records from 1, pages from 0, and every chunk states the
// total of all. The size and SHA-256 in the .meta are not those of the archive;
// they are taken for those of the tar as well, in case that changes. A name that
// NVD gives up stays, marked as deprecated, with the names that replace it in
// deprecatedBy; the change is not announced by the CVE records that use it. A
// few names do vanish, and nothing but a whole list tells. Nothing promises that a name stands in the dictionary only
// once; of several the one modified last counts.
//
// # How it stays true
//
// An empty mirror takes the archive, and then what the API says has changed
// since the newest modification in it; later runs ask the API alone. Either
// stands in when the other fails, and the archive comes again when it is a month
// old. It is believed when its chunks are whole, follow each other without a
// gap, hold as many names as they say and at least nine tenths of those held
// before, and are the ones its .meta describes. A member with a path that leads
// out of the archive, a link, or more than any dictionary could hold is refused.
// Names held that the archive lacks, and that were not modified after it was
// made, are marked as withdrawn.
package nvdcpe

import (
	"time"

	"vulnmirror/format/nvd"
	"vulnmirror/source/nvdupstream"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "nvd-cpe"

var collection = nvdupstream.Collection{
	Name: Name, Title: "NVD CPE dictionary", Noun: "CPE names", Kind: vuln.KindCPE,
	Home: "https://nvd.nist.gov/products/cpe", Interval: 2 * time.Hour,
	Endpoint: "https://" + nvdupstream.APIHost + "/rest/json/cpes/2.0",
	Format:   nvd.FormatCPE, PageSize: 10_000, Window: nvdupstream.ByModification,
	FeedBase: "https://" + nvdupstream.FeedHost + "/feeds/json/cpe/2.0/", Archive: "nvdcpe-2.0",
	Leaves: true, Repeats: true,
	About: 1_600_000, PerDay: 2000,
}

// Source fetches and decodes CPE names.
type Source struct{ *nvdupstream.Catalogue }

// New returns the source. Empty settings take their defaults.
func New(s nvdupstream.Settings) *Source {
	return &Source{nvdupstream.NewCatalogue(collection, s)}
}
