// Package nvdcvehistory is the source of the changes that NVD made to its CVE
// records.
//
// # Upstream
//
// The API at services.nvd.nist.gov lists every event in the life of every CVE
// record, such as "Initial Analysis" or "CVE Modified", with the values before
// and after: 2.3 million and more, oldest first, in pages of at most 5,000, with
// windows of at most 120 days of the time of the change. There is no feed;
// nvd.method does not count here. The source is off unless it is named, because
// its first load takes an hour without a key and its records as much room as all
// the others together.
//
// # Quirks this package lives with
//
// The parameters of windows are changeStartDate and changeEndDate. Names of events
// are not laid down anywhere and new ones appear. Details may be empty, and since
// 2026 their values are texts, lists or objects. A change is never changed itself,
// so its time of creation is also its modification.
//
// # How it stays true
//
// The whole list is read once by offset, until as many changes were seen as the
// API counts; later what came since the newest change held. Changes are added and
// never taken away.
package nvdcvehistory

import (
	"time"

	"vulnmirror/format/nvd"
	"vulnmirror/source/nvdupstream"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "nvd-cvehistory"

var collection = nvdupstream.Collection{
	Name: Name, Title: "NVD CVE change history", Noun: "CVE changes", Kind: vuln.KindCVEChange,
	Home: "https://nvd.nist.gov/developers/vulnerabilities", Interval: 2 * time.Hour,
	Endpoint: "https://" + nvdupstream.APIHost + "/rest/json/cvehistory/2.0",
	Format:   nvd.FormatCVEChange, PageSize: 5000, Window: nvdupstream.ByChange,
	About: 2_500_000, PerDay: 3000,
}

// Source fetches and decodes changes of CVE records.
type Source struct{ *nvdupstream.Catalogue }

// New returns the source. Empty settings take their defaults.
func New(s nvdupstream.Settings) *Source {
	return &Source{nvdupstream.NewCatalogue(collection, s)}
}
