// Package nvdupstream is how NVD is asked and what of its answers is believed:
// pages, listings, windows of changes, feeds with their .meta, archives of
// chunks. What NVD's collections of records differ in is data, a Collection.
// One that has nothing more to it than an API and perhaps an archive is a
// Catalogue, which is a whole source.
package nvdupstream

import (
	"time"

	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/vuln"
)

// The hosts, for whoever sets request rates and keys.
const (
	APIHost  = "services.nvd.nist.gov"
	FeedHost = "nvd.nist.gov"
)

// Attribution is the notice that NVD asks for.
const Attribution = "This product uses data from the NVD API but is not endorsed or certified by the NVD."

// MaxWindow is the longest span of time that the API may be asked for at once.
const MaxWindow = 120 * 24 * time.Hour

// The parameters of windows: NAMEStartDate and NAMEEndDate.
const (
	ByModification = "lastMod"
	ByPublication  = "pub"
	ByChange       = "change"
)

// Collection is one of NVD's collections of records, and how NVD publishes it.
type Collection struct {
	Name  string // of the source
	Title string // of the source, for people
	Noun  string // of the records, plural
	Home  string // page for people
	Kind  vuln.Kind
	// Interval is how often NVD is worth asking.
	Interval time.Duration

	Endpoint string // of the API, without query
	Format   string // of the documents; case does not count
	PageSize int    // most records of a page, and NVD's default
	Window   string // the parameters that ask for changes: ByModification or ByChange

	// FeedBase is the folder of the feeds, with a slash at its end, Archive the
	// name there, less its extension, of the .tar.gz that lists everything in
	// chunks; empty where there is none.
	FeedBase, Archive string

	// Leaves tells that NVD takes records away, so that a list may get shorter
	// while it is read.
	Leaves bool
	// Repeats tells that NVD's list may give one identifier to several records.
	Repeats bool

	// About and PerDay are how many records there are, and change in a day,
	// roughly: for estimates only.
	About, PerDay int
}

// Info describes the source that a collection is.
func (c Collection) Info() source.Info {
	info := source.Info{
		Name: c.Name, Title: c.Title, Kind: c.Kind, Home: c.Home,
		Licence: "public domain", Attribution: Attribution,
		Locations: []fetch.Location{c.api()}, Interval: c.Interval,
	}
	if c.FeedBase != "" {
		info.Locations = []fetch.Location{c.feeds(), c.api()}
	}
	return info
}

func (c Collection) api() fetch.Location { return fetch.Location{Name: "api", URL: c.Endpoint} }

func (c Collection) feeds() fetch.Location { return fetch.Location{Name: "feeds", URL: c.FeedBase} }

// At returns the collection with the addresses that the operator has for it.
func (c Collection) At(up *fetch.Client) Collection {
	c.Endpoint = up.At(c.api())
	if c.FeedBase != "" {
		c.FeedBase = up.At(c.feeds())
	}
	return c
}

// Settings are what an operator may choose for all of NVD.
type Settings struct {
	Method  string           // "auto", "feeds" or "api"; empty means auto
	Overlap time.Duration    // how far windows reach back before the watermark; 0 means two hours
	Now     func() time.Time // the end of windows; nil means the system clock
}

// WithDefaults returns s with defaults in place of what is empty.
func (s Settings) WithDefaults() Settings {
	if s.Method == "" {
		s.Method = "auto"
	}
	if s.Overlap <= 0 {
		s.Overlap = 2 * time.Hour
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	return s
}
