// Package nvdcpematch is the source of NVD's match criteria.
//
// # Upstream
//
// A match criterion is a CPE match string with bounds of versions, as the
// configurations of CVE records use it, with the names of the dictionary that
// NVD found it to describe. NVD publishes some 650,000 twice. The API at
// services.nvd.nist.gov answers pages of at most 500 (once 5,000) and windows of
// at most 120 days of modification dates, which look at the criterion and at its
// list of names. The archive nvdcpematch-2.0.tar.gz at nvd.nist.gov, almost 800
// megabytes, is made anew each night and holds them all in chunks,
// nvdcpematch-2.0-chunks/nvdcpematch-2.0-chunk-00001.json and so on, each a
// document like a page of the API. Beside it a .meta file states when it was made
// and the size and SHA-256 of the chunks one after the other.
//
// # Quirks this package lives with
//
// Chunks count their records from 1, pages from 0. One criterion may list ten
// thousand names, one that describes none has no list at all. Criteria that no
// configuration uses any more are Inactive and stay; some vanish, and nothing but
// a whole list tells. A CVE record that was edited does not announce new criteria,
// nor the other way round: each has its own watermark. Criteria are spelled as
// analysts typed them, with raw spaces and padded bounds, and are kept so.
//
// # How it stays true
//
// As for nvd-cpe: the archive first, then what the API says has changed, either
// when the other fails, the archive again when it is a month old; criteria that it
// lacks are marked as withdrawn. Reading everything by the API takes about two
// hours without a key.
package nvdcpematch

import (
	"time"

	"vulnmirror/format/nvd"
	"vulnmirror/source/nvdupstream"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "nvd-cpematch"

var collection = nvdupstream.Collection{
	Name: Name, Title: "NVD match criteria", Noun: "match criteria", Kind: vuln.KindMatchCriteria,
	Home: "https://nvd.nist.gov/developers/products", Interval: 2 * time.Hour,
	Endpoint: "https://" + nvdupstream.APIHost + "/rest/json/cpematch/2.0",
	Format:   nvd.FormatCPEMatch, PageSize: 500, Window: nvdupstream.ByModification,
	FeedBase: "https://" + nvdupstream.FeedHost + "/feeds/json/cpematch/2.0/", Archive: "nvdcpematch-2.0",
	Leaves: true,
	About:  650_000, PerDay: 2000,
}

// Source fetches and decodes match criteria.
type Source struct{ *nvdupstream.Catalogue }

// New returns the source. Empty settings take their defaults.
func New(s nvdupstream.Settings) *Source {
	return &Source{nvdupstream.NewCatalogue(collection, s)}
}
