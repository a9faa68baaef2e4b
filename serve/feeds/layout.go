package feeds

import (
	"sync/atomic"
	"time"
	_ "time/tzdata" // NVD's times need America/New_York also where the host has no zone files

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// A layout is one way to cut the records into feeds, to order them inside and
// to describe the files. Several folders may show the same layout.
type layout struct {
	name   string // of its folder in the cache
	prefix string // of every file name
	kind   vuln.Kind
	native bool // no converted records
	order  store.Order
	zone   *time.Location // of the timestamp inside and the date in .meta
	packed form           // how the files that are built are packed
	shape  shape
	chunk  int // most records in one JSON document; 0 means all

	complete atomic.Bool // a first complete load never becomes undone

	// year narrows a query to the records of one year's feed; nil for a layout of
	// one feed with all records.
	year func(q *store.Query, year int)
	// windows narrow a query to what is not older than since.
	windows map[string]window
	// meta writes the .meta file.
	meta func(b build, zipSize int64, zone *time.Location) []byte
}

// A window is a feed of what happened lately.
type window struct {
	span   time.Duration
	narrow func(q *store.Query, since time.Time)
}

const day = 24 * time.Hour

func changedSince(q *store.Query, since time.Time)   { q.Modified.From = since }
func publishedSince(q *store.Query, since time.Time) { q.Published.From = since }

// nvdLayout is how NVD publishes: by the year of the identifier, 8 days of
// changes and of new records (contract D).
func nvdLayout(native bool) *layout {
	return &layout{
		name:   "nvd",
		prefix: "nvdcve-2.0-",
		kind:   vuln.KindCVE,
		native: native,
		packed: gzipForm,
		shape:  cveShape,
		order:  store.ByPublished,
		zone:   eastern(),
		year:   func(q *store.Query, year int) { q.Year = year },
		windows: map[string]window{
			"modified": {8 * day, changedSince},
			"recent":   {8 * day, publishedSince},
		},
		meta: nvdMeta,
	}
}

// vulnzLayout is how vulnz writes its cache: by the year of publication, 7
// days of changes (contract F).
func vulnzLayout(native bool) *layout {
	return &layout{
		name:    "vulnz",
		prefix:  "nvdcve-",
		kind:    vuln.KindCVE,
		native:  native,
		packed:  gzipForm,
		shape:   cveShape,
		order:   store.ByID,
		zone:    time.UTC,
		year:    publishedIn,
		windows: map[string]window{"modified": {7 * day, changedSince}},
		meta:    vulnzMeta,
	}
}

// archiveLayout is how NVD publishes what there is too much of for one JSON
// document: all records, in a tar of documents.
func archiveLayout(prefix string, kind vuln.Kind, of shape, chunk int, native bool) *layout {
	return &layout{
		name:   prefix,
		prefix: prefix,
		kind:   kind,
		native: native,
		packed: tarForm,
		shape:  of,
		chunk:  chunk,
		order:  store.ByPublished,
		zone:   eastern(),
		meta:   archiveMeta,
	}
}

// all asks for the records of all the layout's feeds.
func (l *layout) all() store.Query {
	return store.Query{Kind: l.kind, Native: l.native, Order: l.order}
}

// publishedIn selects a year of publication. The oldest feed has no lower end:
// it takes whatever is older, and records without a date.
func publishedIn(q *store.Query, year int) {
	if year > vuln.FirstFeedYear {
		q.Published.From = time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	q.Published.To = time.Date(year+1, time.January, 1, 0, 0, 0, 0, time.UTC).Add(-time.Nanosecond)
}

// eastern is the zone NVD's feeds are dated in.
func eastern() *time.Location {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		panic("time/tzdata is linked in and holds America/New_York: " + err.Error())
	}
	return zone
}

// A feed is one set of records of a layout.
type feed struct {
	layout *layout
	name   string // "2002", "modified", "recent"; "" for all records
	year   int    // 0 for the others
}

// key is the feed's folder in the cache.
func (f feed) key() string {
	if f.name == "" {
		return f.layout.name + "/all"
	}
	return f.layout.name + "/" + f.name
}

// file is the name of the feed's file with this ending.
func (f feed) file(ending string) string { return f.layout.prefix + f.name + ending }

// isWindow tells a feed of what happened lately from others.
func (f feed) isWindow() bool {
	_, ok := f.layout.windows[f.name]
	return ok
}

// query asks for the feed's records. newest is the newest change held of any
// record, and of no matter to years: windows reach back from there, so that a
// mirror which is behind still offers its last days of changes. A record dated
// in the future does not push the window ahead of now.
func (f feed) query(newest, now time.Time) store.Query {
	q := f.layout.all()
	if !f.isWindow() {
		if f.year != 0 {
			f.layout.year(&q, f.year)
		}
		return q
	}
	if newest.IsZero() || now.Before(newest) {
		newest = now
	}
	w := f.layout.windows[f.name]
	w.narrow(&q, newest.Add(-w.span))
	return q
}

// empty is the date of the feed while it holds no record: 31 December 00:00 UTC
// of the year before, when NVD's next year comes into being.
func (f feed) empty() time.Time {
	year := max(f.year, vuln.FirstFeedYear) - 1
	return time.Date(year, time.December, 31, 0, 0, 0, 0, time.UTC)
}

// lastYear is the newest year a feed exists for whether or not it has records.
// The next one begins on 31 December 00:00 UTC: clients take the year of the
// zone where it starts first, UTC+14, from 10:00 UTC of that day on.
func lastYear(now time.Time) int { return now.UTC().Add(day).Year() }
